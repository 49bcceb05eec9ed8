"""Anchors, the bytes that every credential contains, and one search for all of them.

Aho-Corasick with a vectorised prefilter finds every anchor in one pass, at several gigabytes a
second: reading the files takes longer.
"""

import binascii
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

# A copy of the providers' anchors: loading the providers for them would take as long as starting
# Python at every commit. A test keeps them equal.
PREFIXES = (
    "ya29.", "1//0", "1%2F%2F0", "1%252F%252F0", r"1\/\/0", "4/0", "4%2F0", "4%252F0", r"4\/0",
    "GOCSPX-",
)  # fmt: skip
LABELS = ("refresh", "Refresh", "REFRESH")
NAMES = ("fitbit", "Fitbit", "FITBIT", "FitBit")

# base64url's two characters of its own, as plain Base64 writes them.
URL_SAFE = bytes.maketrans(b"-_", b"+/")

# Searched slice by slice, so that a file of nothing but anchors does not fill the memory.
_SLICE = 1 << 20


# Takes the digest and the text of each credential that is found.
Collect = Callable[[bytes, str], None]


class Sign(IntEnum):
    """What an anchor begins."""

    SIGNED = 0
    PREFIX = 1
    LABEL = 2
    NAME = 3


class Coding(IntEnum):
    """How the characters are written: bytes a character, or Base64 around the token."""

    NARROW = 1
    UTF_16 = 2
    UTF_32 = 4
    BASE64 = 64


class Anchor(NamedTuple):
    """An anchor at ``start`` of the data; ``text`` is its plain form."""

    start: int
    sign: Sign
    coding: Coding
    text: str


class Anchors:
    """Searches data for the anchors of all credentials.

    ``prefixes`` begin a credential of a known form; ``labels`` are words in front of one, and
    ``names`` those of providers with credentials that only such words distinguish from other text.
    """

    def __init__(
        self, prefixes: tuple[str, ...], labels: tuple[str, ...], names: tuple[str, ...]
    ) -> None:
        self._meanings: list[tuple[Sign, Coding, str]] = []
        patterns: list[bytes] = []

        def add(pattern: bytes, sign: Sign, coding: Coding, text: str) -> None:
            if pattern not in patterns:
                patterns.append(pattern)
                self._meanings.append((sign, coding, text))

        for text, sign in [("eyJ", Sign.SIGNED), *((p, Sign.PREFIX) for p in prefixes)]:
            add(text.encode(), sign, Coding.NARROW, text)
            # Either byte order holds the same bytes from the first letter to the last.
            for coding in (Coding.UTF_16, Coding.UTF_32):
                add(("\0" * (coding - 1)).join(text).encode(), sign, coding, text)
        # Every signed token's header begins with one of a few names; a bare eyJ is too short.
        for text, sign in [
            ("eyJhbGciOi", Sign.SIGNED), ("eyJ0eXAiOi", Sign.SIGNED), ("eyJraWQiOi", Sign.SIGNED),
            ("ya29.", Sign.PREFIX),
        ]:  # fmt: skip
            for pattern in _in_base64(text.encode()):
                add(pattern, sign, Coding.BASE64, text)
        for text in labels:
            add(text.encode(), Sign.LABEL, Coding.NARROW, text)
        for text in names:
            add(text.encode(), Sign.NAME, Coding.NARROW, text)
        self._longest = max(map(len, patterns))
        self._search = BytesAhoCorasick(patterns, matchkind=MatchKind.LeftmostFirst)

    def find(self, data: bytes) -> Iterable[Anchor]:
        """Return the anchors of the data in their order; nearly always there is none.

        They can be iterated several times. In large data each iteration searches again, since
        keeping millions of anchors would fill the memory.
        """
        if len(data) > _SLICE:
            return _SlicedAnchors(self, data)
        matches = self._search.find_matches_as_indexes(data)
        return [Anchor(start, *self._meanings[number]) for number, start, _ in matches]

    def in_slices(self, data: bytes) -> Iterator[Anchor]:
        """Yield the anchors of large data in their order."""
        for begin in range(0, len(data), _SLICE):
            part = data[begin : begin + _SLICE + self._longest]
            for number, start, _ in self._search.find_matches_as_indexes(part):
                if start < _SLICE:
                    yield Anchor(begin + start, *self._meanings[number])


class _SlicedAnchors:
    """The anchors of large data; each iteration searches again."""

    def __init__(self, anchors: Anchors, data: bytes) -> None:
        self._anchors = anchors
        self._data = data

    def __iter__(self) -> Iterator[Anchor]:
        return self._anchors.in_slices(self._data)


def _in_base64(text: bytes) -> Iterator[bytes]:
    """Yield the three strings of which one is in the Base64 of every text that has this one in it.

    Each is for one of the places that the first byte can have in a group of three.
    """
    for place in range(3):
        encoded = binascii.b2a_base64(b"\0" * place + text, newline=False)
        first = -(-place * 8 // 6)
        last = (place + len(text)) * 8 // 6
        yield encoded[first:last]
