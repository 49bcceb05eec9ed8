"""The written samples of all accounts, kept so that a whole scrape is a join of them."""

from collections.abc import Iterator, Mapping

from tokcheck.exporter.exposition.families import FAMILIES


class Columns:
    """For each family, in the order of the table, the block of each account that has one."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, bytes]] = {family.name: {} for family in FAMILIES}

    def put(self, account: str, blocks: Mapping[str, bytes]) -> bool:
        """Replace all blocks of an account; tell whether that changed anything."""
        changed = False
        for family, column in self._columns.items():
            block = blocks.get(family)
            if block is None:
                changed = column.pop(account, None) is not None or changed
            elif column.get(account) != block:
                column[account] = block
                changed = True
        return changed

    def joined(self) -> Iterator[tuple[str, bytes]]:
        """Yield each family's name and all of its samples."""
        for family, column in self._columns.items():
            yield family, b"".join(column.values())
