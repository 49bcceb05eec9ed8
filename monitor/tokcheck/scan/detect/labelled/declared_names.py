"""The first pass over bytes for credentials of declared providers: their prefixes and their names.

It is a search of its own: that of the other credentials is fast with few patterns only.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, MatchKind

# A copy of what the ready-made declarations say: loading them would take as long as starting
# Python at every commit. A test keeps them equal.
PREFIXES = (
    "dckr_oat_", "dckr_pat_", "ghp_", "github_pat_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-",
    "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-",
)  # fmt: skip
NAMES = ("oura", "ouraring", "polar_", "polaraccesslink", "spotify", "strava", "whoop", "withings")
"""What names the providers whose credentials have no prefix."""

# Searched slice by slice, since few matches are enough; the overlap is longer than any pattern.
_SLICE = 1 << 16
_OVERLAP = 128
# A shorter name also occurs inside of words.
_LEAST_INSIDE = 6


class DeclaredNames:
    """Finds whether some data may hold a credential of a declared provider.

    ``tables`` are the user's own declarations, beside the ready-made ones.
    """

    def __init__(self, tables: Iterable[Mapping[str, Any]] = ()) -> None:
        prefixes, names = {*PREFIXES}, {*NAMES}
        for table in tables:
            forms = table.get("tokens", ())
            prefixes |= {form["prefix"] for form in forms if form.get("prefix")}
            if not all(form.get("prefix") for form in forms):
                names |= {*table.get("names", [table["name"]])}
        self._patterns = [*prefixes]
        # Of two that begin at one place, the first counts: a short one may be a part of a word.
        for name in sorted(names, key=len, reverse=True):
            self._patterns += dict.fromkeys((name.lower(), name.capitalize(), name.upper()))
        # The prefilter that makes it fast exists for this kind of match only.
        self._search = _search_for(tuple(self._patterns))

    def may_be_in(self, data: bytes, path: str) -> bool:
        """Return whether a prefix or a name stands in the data, or a name in its path."""
        return any(True for _ in self.places(data)) or self.names_provider(path)

    def names_provider(self, path: str) -> bool:
        """Return whether a name stands in a path, or a prefix."""
        return any(True for _ in self.places(path.lower().encode("utf-8", "surrogatepass")))

    def places(self, data: bytes | memoryview) -> Iterator[int]:
        """Yield the places of prefixes and names that no other word contains."""
        whole = memoryview(data)
        for begin in range(0, len(data), _SLICE):
            part = whole[begin : begin + _SLICE + _OVERLAP]
            for number, start, _ in self._search.find_matches_as_indexes(part):
                at = begin + start
                is_long = len(self._patterns[number]) >= _LEAST_INSIDE
                if is_long or not bytes(data[max(0, at - 1) : at]).isalpha():
                    yield at


def mentions_in(data: bytes, names: Iterable[str]) -> list[int]:
    """Return the places of names in some data, in any case; a short one stands alone."""
    longest_first = tuple(sorted(names, key=len, reverse=True))
    folded = data.lower()
    return [
        start
        for number, start, _ in _search_for(longest_first).find_matches_as_indexes(folded)
        if len(longest_first[number]) >= _LEAST_INSIDE
        or not folded[max(0, start - 1) : start].isalpha()
    ]


def prefix_places(data: bytes, prefixes: Iterable[str]) -> dict[int, list[str]]:
    """Return the places in some data where prefixes stand, each with those that do."""
    longest_first = tuple(sorted(prefixes, key=len, reverse=True))
    return {
        start: [prefix for prefix in longest_first if data.startswith(prefix.encode(), start)]
        for _, start, _ in _search_for(longest_first).find_matches_as_indexes(data)
    }


@lru_cache(maxsize=8)
def _search_for(words: tuple[str, ...]) -> BytesAhoCorasick:
    return BytesAhoCorasick([word.encode() for word in words], matchkind=MatchKind.LeftmostFirst)
