"""Which columns a table shows in a terminal of some width, and how wide each one is.

Account, verdict and quota always stay, shortened if they have to be; the others go one by one.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

GAP = 2
"""Spaces between two columns."""
NAMES = ("account", "verdict", "quota", "resets", "runs out", "expires", "next probe")
"""All columns, from left to right."""
_FIRST_TO_GO = ("next probe", "resets", "expires", "runs out")
_COMFORTABLE = {"account": 20, "verdict": 20}
# Shortened to no less than this before it goes.
_SHORTENED = {"next probe": 16}
SMALL_BAR = 6
"""Cells of a quota's bar where there is little room."""
_LEAST = 4
LONGEST_NAME = 40
"""Cells of an account's name at most: a longer one is shortened."""


class QuotaWidths(NamedTuple):
    """How wide the texts of the quotas are: those beside a bar, and those without one."""

    beside_bar: int
    alone: int

    def with_bar(self, cells: int) -> int:
        """Return the width of the column with bars of this many cells."""
        bar = cells + 1 if cells and self.beside_bar else 0
        return max(len("quota"), self.alone, self.beside_bar + bar)


def shorten_name(name: str, cells: int, *, blocks: bool = True) -> str:
    """Return a name of at most so many cells, cut in the middle: either end may tell it apart.

    ``blocks`` is whether the terminal can show other characters than ASCII.
    """
    if cell_len(name) <= cells:
        return name
    mark = "…" if blocks else ".."
    room = max(0, cells - len(mark))
    tail = set_cell_size(name[::-1], room // 2)[::-1]
    return f"{set_cell_size(name, room - room // 2)}{mark[:cells]}{tail}"


def fit_columns(
    natural: Mapping[str, int], width: int, *, quota: QuotaWidths, empty: frozenset[str]
) -> dict[str, int]:
    """Return the width of each column that is shown, from left to right.

    ``natural`` are the widths at which nothing is shortened, and ``empty`` the columns without any
    value, which go before anything is shortened.
    """
    shown = [name for name in NAMES if name in natural]
    for name in _FIRST_TO_GO:
        if name in empty and name in shown and _total(natural, shown) > width:
            shown.remove(name)
    comfortable = {name: min(size, _COMFORTABLE.get(name, size)) for name, size in natural.items()}
    comfortable["quota"] = min(natural["quota"], quota.with_bar(SMALL_BAR))
    for name in _FIRST_TO_GO:
        over = _total(comfortable, shown) - width
        if over <= 0 or name not in shown:
            continue
        if comfortable[name] - over >= _SHORTENED.get(name, width):
            comfortable[name] -= over
        else:
            shown.remove(name)
    sizes = {name: comfortable[name] for name in shown}
    spare = width - _total(sizes, shown)
    if spare < 0:
        return _squeeze(sizes, width, quota.with_bar(0))
    for name in ("account", "verdict", "quota"):
        more = min(spare, natural[name] - sizes[name])
        sizes[name] += more
        spare -= more
    return sizes


def _squeeze(sizes: dict[str, int], width: int, quota_text: int) -> dict[str, int]:
    """Shorten the three columns that stay: first the bar, then the verdict and the account."""
    room = max(3 * _LEAST, width - 2 * GAP)
    quota = max(min(sizes["quota"], room - sizes["account"] - sizes["verdict"]), quota_text)
    quota = min(quota, max(_LEAST, room // 2))
    room -= quota
    account = min(sizes["account"], max(room // 2, room - sizes["verdict"]))
    verdict = min(sizes["verdict"], room - account)
    return {"account": account, "verdict": verdict, "quota": quota}


def _total(sizes: Mapping[str, int], shown: list[str]) -> int:
    return sum(sizes[name] for name in shown) + GAP * (len(shown) - 1)
