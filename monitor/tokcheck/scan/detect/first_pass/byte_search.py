"""A search of bytes for up to 64 patterns at several gigabytes a second.

Aho-Corasick's vectorised prefilter (Teddy) puts the patterns into 8 or 16 buckets by their number,
and compares 16 or 32 bytes at once with the half bytes that a bucket's patterns begin with. What
passes is compared in full, which takes most of the time where unlike patterns share a bucket: any
mixture of their half bytes passes. So those with like beginnings are put together here.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

_MOST_WITH_PREFILTER = 64
_MOST_IN_FEW_BUCKETS = 32
_FEW_BUCKETS, _BUCKETS = 8, 16
# So many first bytes are compared, if every pattern has as many.
_COMPARED = 4


class ByteSearch:
    """A search for some patterns; of those that begin at one place, the first counts.

    ``patterns`` are in the order of the numbers in the matches, which is not the given one.
    """

    def __init__(self, patterns: Sequence[bytes]) -> None:
        few = len(patterns) <= _MOST_WITH_PREFILTER
        self.patterns = [*_in_buckets(patterns)] if few else [*patterns]
        # The automaton only confirms what the prefilter finds, which exists for this kind of match
        # and so many patterns; so the one that is built fastest is best.
        search = BytesAhoCorasick(
            self.patterns,
            matchkind=MatchKind.LeftmostFirst,
            implementation=Implementation.NoncontiguousNFA if few else None,
        )
        self.find = search.find_matches_as_indexes
        """Returns the number, the start and the end of each match in some bytes."""


def _in_buckets(patterns: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the patterns in an order in which those with like beginnings are in one bucket."""
    count = _FEW_BUCKETS if len(patterns) <= _MOST_IN_FEW_BUCKETS else _BUCKETS
    compared = min(_COMPARED, *map(len, patterns), _COMPARED)
    # Those with the same beginning, which are in one bucket whatever their numbers are, keep their
    # order: which of them comes first matters.
    same: dict[bytes, list[bytes]] = {}
    for pattern in patterns:
        same.setdefault(pattern[:compared], []).append(pattern)
    left = {beginning: iter(each) for beginning, each in same.items()}
    alike = sorted(pattern[:compared] for pattern in patterns)
    size, more = divmod(len(alike), count)
    starts = [number * size + min(number, more) for number in range(count + 1)]
    buckets = [alike[first:last] for first, last in pairwise(starts)]
    # The number of a pattern, modulo that of the buckets, is its bucket.
    for row in range(size + 1):
        yield from (next(left[bucket[row]]) for bucket in buckets if row < len(bucket))


class FirstForm:
    """Finds the first of some forms that a text begins with; each is given with its bytes.

    Its table is made at the first use, since few patterns of a search are ever found.
    """

    def __init__(self, forms: Sequence[tuple[bytes, str]]) -> None:
        self.forms = forms
        self._table: dict[bytes, str] = {}
        self._lengths: list[int] = []

    def first_in(self, text: bytes) -> str | None:
        """Return the form; ``None`` if the text begins with none."""
        if not self._table:
            self._make_table()
        for length in self._lengths:
            if form := self._table.get(text[:length]):
                return form
        return None

    def _make_table(self) -> None:
        rank = {raw: rank for rank, (raw, _) in reversed([*enumerate(self.forms)])}
        for raw, own in rank.items():
            # All others that a text with these bytes begins with are beginnings of them.
            first = min(rank.get(raw[:end], own) for end in range(1, len(raw) + 1))
            self._table[raw] = self.forms[first][1]
        self._lengths = sorted(set(map(len, rank)), reverse=True)
