"""A token's prefix with joints between its characters, found without one pattern of all of it.

Such a pattern repeats what a joint is for each character, and takes longer to compile than most
pastes take to be read.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.paste.grammar import SEAM, SEAM_BESIDE_SLASH

_SEAM, _SEAM_BESIDE_SLASH = LazyRegex(SEAM), LazyRegex(SEAM_BESIDE_SLASH)
# No joint begins with one of these.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")


class PrefixMatch(NamedTuple):
    """The places of a prefix's characters in a text."""

    places: tuple[int, ...]

    @property
    def start(self) -> int:
        """The place of the first character."""
        return self.places[0]

    @property
    def end(self) -> int:
        """The place behind the last one."""
        return self.places[-1] + 1

    def seams(self, text: str) -> list[str]:
        """Return what stands between each two characters, which may be nothing."""
        ends = (place + 1 for place in self.places)
        return [text[end:start] for end, start in zip(ends, self.places[1:], strict=False)]


class TornPrefix(NamedTuple):
    """Finds a prefix, which may have joints in it."""

    anchor: str

    def match(self, text: str, start: int) -> PrefixMatch | None:
        """Return the match that begins at a place."""
        if not text.startswith(self.anchor[0], start):
            return None
        seam = _SEAM_BESIDE_SLASH if "/" in self.anchor else _SEAM
        further = _places_behind(text, start + 1, self.anchor[1:], seam)
        return None if further is None else PrefixMatch((start, *further))

    def search(self, text: str, start: int) -> PrefixMatch | None:
        """Return the first match from a place on."""
        if not _has_in_order(text, start, self.anchor):
            return None
        beginning = _beginning_of(self.anchor)
        while (first := beginning.search(text, start)) is not None:
            match = self.match(text, first.start())
            if match is not None:
                return match
            start = first.start() + 1
        return None

    def find_all(self, text: str) -> Iterator[PrefixMatch]:
        """Yield the matches, which do not overlap."""
        match = self.search(text, 0)
        while match is not None:
            yield match
            match = self.search(text, match.end)


def _has_in_order(text: str, start: int, characters: str) -> bool:
    """Return whether a text has these characters in this order, whatever stands between."""
    for character in characters:
        start = text.find(character, start) + 1
        if start == 0:
            return False
    return True


def _beginning_of(anchor: str) -> re.Pattern[str]:
    """Return the pattern of a prefix's first character where its second one may follow."""
    first, second = re.escape(anchor[0]), re.escape(anchor[1:2])
    return compile_cached(rf"{first}(?={second}|[^A-Za-z0-9.-])")


def _places_behind(
    text: str, start: int, characters: str, seam: LazyRegex
) -> tuple[int, ...] | None:
    """Return the places of the characters from a place on, each behind a joint if one is there.

    A sign of the prefix may also begin a joint, and is itself if what follows the joint is wrong.
    """
    if not characters:
        return ()
    ends = [start]
    if text[start : start + 1] not in _PLAIN:
        joint = seam.match(text, start)
        if joint is not None and joint.end() > start:
            ends.insert(0, joint.end())
    for place in ends:
        if text.startswith(characters[0], place):
            further = _places_behind(text, place + 1, characters[1:], seam)
            if further is not None:
                return (place, *further)
    return None
