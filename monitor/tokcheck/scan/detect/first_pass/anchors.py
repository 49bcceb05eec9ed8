"""Anchors, the bytes that every credential contains, and the searches for all of them.

Each search is fast with up to 64 patterns only; so there are five, and a pattern is a part of what
it stands for, which a joint or another notation of a sign does not change.
"""

import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import cache
from itertools import islice
from typing import NamedTuple

from tokcheck.scan.detect.first_pass.byte_search import ByteSearch
from tokcheck.scan.detect.first_pass.prefix_heads import INVISIBLE, TORN

# A copy of the providers' prefixes: loading the providers for them would take as long as starting
# Python at every commit. A test keeps them equal. Each with what it contains in any notation, or
# in front of or behind a joint inside it.
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "ya29.": ("ya29", "a29.", "9.a0"),
    "1//0": (
        "1//", "//0", '1/"', "1/'", "1/`", "1/\n", "1/\r", "1/\\", "1/=", "1/%", "1/<", "1%2F",
        "1%2f", "1%25", "1\\/", "1\\\\/", "1&#", "1&sol", "1\\x", "1\\u", "1\\U0", "1\\05", "1\\57",
        "1\\2", "1\\\\u", "1=2F",
    ),
    "GOCSPX-": ("GOCS", "SPX-"),
    "4/0": (
        "4/0", "4%2F", "4%2f", "4%25", "4\\/", "4\\\\", "4&#", "4&sol", "4\\x", "4\\u", "4\\U0",
        "4\\05", "4\\57", "4\\2", "4=2F",
    ),
}  # fmt: skip
DECLARED_STEMS = ("gh", "gl", "dckr")
"""What the prefixes of the ready-made declarations begin with, or ``github`` does."""
PREFIX_REACH = 100
"""How far from an anchor the prefix that it belongs to may begin and end, with its joints."""
# Without the first letter, which is a capital where a name continues.
LABELS = ("efresh", "EFRESH")
NAMES = ("itbit", "ITBIT", "itBit")
# The beginning of every signed token's header, and of its payload.
_SIGNED = ("eyJhbG", "eyJ0eX", "eyJraW", ".eyJ")

COMPRESSED = "compressed"
"""The text of an anchor with which a whole text in Base64 begins."""
ARCHIVE = "archive"
"""The text of an anchor at which a zip archive may end, or a stream of gzip may begin."""
# As scan/sources/archives/ has them; a test compares both.
ZIP_END = b"PK\x05\x06"
GZIP_MARKS = (b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x08")
# The first bytes of gzip (RFC 1952), in Base64 once, and twice as a release of Helm is stored.
_GZIP = ("H4sI", "SDRzSU")
# Those of a zip archive, as a mail attaches one.
_ZIP = ("UEsDB",)
# Those of zlib (RFC 1950) in Base64, of each level, and the usual one in Base64 twice.
_ZLIB = tuple(
    head + last
    for head, lasts in (("eJ", "wxyz"), ("eN", "opqr"), ("eA", "EFGH"), ("eF", "4567"))
    for last in lasts
)
_ZLIB_TWICE = ("ZUp3", "ZUp4", "ZUp5", "ZUp6")

# base64url's two characters of its own, as plain Base64 writes them.
URL_SAFE = bytes.maketrans(b"-_", b"+/")

_BASE64_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
# Searched slice by slice, so that a file of nothing but anchors does not fill the memory.
_SLICE = 1 << 20
_MOST_KEPT = 4_096


# Takes the digest and the text of each credential that is found.
Collect = Callable[[bytes, str], None]


class Sign(IntEnum):
    """The part of a credential that an anchor belongs to."""

    SIGNED = 0
    PREFIX = 1
    LABEL = 2
    NAME = 3


class Coding(IntEnum):
    """How the characters are written: bytes a character, or an encoding around the token."""

    NARROW = 1
    UTF_16 = 2
    UTF_32 = 4
    BASE64 = 64
    CHARACTERS = 65  # each of them in a notation


class Anchor(NamedTuple):
    """An anchor at ``start`` of the data; ``text`` is the prefix that it belongs to."""

    start: int
    sign: Sign
    coding: Coding
    text: str


Data = bytes | memoryview
_Meaning = tuple[Sign, Coding, str]
_IN_CHARACTERS: _Meaning = (Sign.SIGNED, Coding.CHARACTERS, "")


class AnchorSearch:
    """Searches data for the anchors of all credentials in one or several codings.

    The patterns from the number ``beginnings`` on count where a text in Base64 begins.
    """

    def __init__(self, patterns: Mapping[bytes, _Meaning], beginnings: int | None = None) -> None:
        self._longest = max(map(len, patterns))
        self._search = ByteSearch([*patterns])
        self._meanings = [patterns[each] for each in self._search.patterns]
        numbers = {pattern: number for number, pattern in enumerate(patterns)}
        self._begins = [
            beginnings is not None and numbers[each] >= beginnings for each in self._search.patterns
        ]

    def find(self, data: Data) -> Iterable[Anchor]:
        """Return the anchors of the data in their order; nearly always there is none.

        They can be iterated several times. If large data has many, each iteration searches again,
        since keeping millions of anchors would fill the memory.
        """
        if len(data) > _SLICE:
            first = list(islice(self.in_slices(data), _MOST_KEPT + 1))
            return first if len(first) <= _MOST_KEPT else _SlicedAnchors(self, data)
        return [
            Anchor(start, *self._meanings[number])
            for number, start, _ in self._search.find(data)
            if not (self._begins[number] and start and data[start - 1] in _BASE64_BYTES)
        ]

    def in_slices(self, data: Data) -> Iterator[Anchor]:
        """Yield the anchors of large data in their order."""
        whole = memoryview(data)
        for begin in range(0, len(data), _SLICE):
            part = whole[begin : begin + _SLICE + self._longest]
            for number, start, _ in self._search.find(part):
                is_inside = self._begins[number] and begin + start > 0
                is_inside = is_inside and data[begin + start - 1] in _BASE64_BYTES
                if start < _SLICE and not is_inside:
                    yield Anchor(begin + start, *self._meanings[number])


class _SlicedAnchors:
    """The anchors of large data; each iteration searches again."""

    def __init__(self, search: AnchorSearch, data: Data) -> None:
        self._search = search
        self._data = data

    def __iter__(self) -> Iterator[Anchor]:
        return self._search.in_slices(self._data)


# Of the beginning of Google's codes, of which the encoded search has room for one.
_CODES_IN_BASE64 = (b"QvME", b"0LzB")


@cache
def plain_search() -> AnchorSearch:
    """Return the search of plain text, and of text in UTF-32."""
    return AnchorSearch(
        {
            pattern.encode(): (sign, Coding.NARROW, text)
            for pattern, sign, text in [
                ("eyJ", Sign.SIGNED, "eyJ"),
                *((part, Sign.PREFIX, text) for text, parts in PREFIXES.items() for part in parts),
                *((label, Sign.LABEL, label) for label in LABELS),
                *((name, Sign.NAME, name) for name in NAMES),
            ]
        }
        | _wide(Coding.UTF_32)
        | dict.fromkeys(_CODES_IN_BASE64, (Sign.SIGNED, Coding.BASE64, ""))
    )


@cache
def encoded_search() -> AnchorSearch:
    """Return the search of texts in Base64, those that gzip compressed as well."""
    patterns: dict[bytes, _Meaning] = {
        head.encode(): (Sign.SIGNED, Coding.BASE64, COMPRESSED)
        for head in (*_GZIP, *_ZIP, *_ZLIB_TWICE)
    }
    patterns[b"NC8wQ"] = (Sign.SIGNED, Coding.BASE64, "")
    plain = [*_SIGNED, "ya29", "9.a0", "GOCS", "1//0", "efresh", "REFRESH"]
    for text in (
        *(each.encode() for each in plain),
        *(each.encode("utf-16-le") for each in ("eyJ", "ya29", "GOCS", "1//0", "efresh")),
        *(each.encode("utf-16-le") for each in DECLARED_STEMS),
    ):
        for pattern in _in_base64(text):
            patterns.setdefault(pattern, (Sign.SIGNED, Coding.BASE64, ""))
    # Encoded three times, alone.
    for token in ("eyJhbG", "ya29.a"):
        encoded = token.encode()
        for _ in range(3):
            encoded = binascii.b2a_base64(encoded, newline=False)
        patterns.setdefault(encoded[:9], (Sign.SIGNED, Coding.BASE64, ""))
    return AnchorSearch(patterns)


@cache
def compressed_search() -> AnchorSearch:
    """Return the search of texts in Base64 that zlib compressed, and of text in UTF-16.

    It finds texts in Base64 of UTF-32 as well, and where zip archives end, which would be slower in
    a search of their own: as would be short patterns that all begin with a frequent letter.
    """
    meaning = (Sign.SIGNED, Coding.BASE64, COMPRESSED)
    wide = _wide(Coding.UTF_16)
    # In Base64 as well: PowerShell writes in UTF-16 what a command prints.
    for text in (".eyJ", "eyJhbG", "ya29", "GOCS", "1//0", "efresh", "REFRESH"):
        for encoded in _in_base64(text.encode()):
            pattern = encoded.decode().encode("utf-16-le")[:-1]
            wide.setdefault(pattern, (Sign.SIGNED, Coding.UTF_16, ""))
    for text in ("eyJ", "ya29", "GOCS", "1//0", "efresh"):
        for encoded in _in_base64(text.encode("utf-32-le")[:-3]):
            wide.setdefault(encoded, (Sign.SIGNED, Coding.BASE64, ""))
    wide[ZIP_END] = (Sign.SIGNED, Coding.NARROW, ARCHIVE)
    return AnchorSearch(wide | {head.encode(): meaning for head in _ZLIB}, beginnings=len(wide))


@cache
def nested_search() -> AnchorSearch:
    """Return the search of texts that are in Base64 twice."""
    patterns: dict[bytes, _Meaning] = {}
    for text in (".eyJ", "eyJhbG", "ya29", "GOCS", "1//0", "efresh", "REFRESH"):
        for once in _in_base64(text.encode()):
            for twice in _in_base64(once):
                patterns.setdefault(twice, (Sign.SIGNED, Coding.BASE64, ""))
    # GitHub's tokens alone.
    alone = binascii.b2a_base64(binascii.b2a_base64(b"ghp", newline=False), newline=False)
    patterns[alone[:5]] = (Sign.SIGNED, Coding.BASE64, "")
    return AnchorSearch(patterns)


# What stands in a text of which every character is in a notation: letters of which nearly every
# token has one, and how the others begin. More patterns would take longer to find.
_LETTERS = ("65", "61", "67", "47", "31")
_WRITTEN = (
    "\\x6", "\\u006", "U0000006", "\\u{6", "\\x{6", "&#10", "&#11", "&#12", "&#x6", "&#X6", "x006",
    "\\14", "\\151", "\\153", "\\157", "\\014", "%256",
    *(f"{sign}{code}{sign}" for sign in "%=" for code in _LETTERS),
)  # fmt: skip
# Pairs of digits alone stand in many other texts.
_PAIRS = tuple(text.encode().hex() for text in ("eyJ", "ya29", "1//0", "GOCS", "hp_", "ho_"))


@cache
def characters_search() -> AnchorSearch:
    """Return the search of texts of which every character is in a notation."""
    written = dict.fromkeys((*_WRITTEN, *_PAIRS, *map(str.upper, _PAIRS)))
    patterns = {pattern.encode(): _IN_CHARACTERS for pattern in written}
    # Text in UTF-32 in Base64, for which the other searches have no room.
    for stem in DECLARED_STEMS:
        for encoded in _in_base64(stem.encode("utf-32-le")[:-3]):
            patterns[encoded] = (Sign.SIGNED, Coding.BASE64, "")
    patterns |= dict.fromkeys(GZIP_MARKS, (Sign.SIGNED, Coding.NARROW, ARCHIVE))
    patterns |= dict.fromkeys(INVISIBLE, (Sign.PREFIX, Coding.NARROW, TORN))
    return AnchorSearch(patterns)


def _wide(coding: Coding) -> dict[bytes, _Meaning]:
    """Return the patterns of text with so many bytes a character, in either byte order.

    Both hold the same bytes from the first letter to the last.
    """
    return {
        ("\0" * (coding - 1)).join(text).encode(): (sign, coding, text)
        for text, sign in [
            *((text, Sign.PREFIX) for text in ("eyJ", "ya29", "1//0", "GOCS", "4/0")),
            *((text, Sign.LABEL) for text in LABELS),
            *((text, Sign.NAME) for text in NAMES),
        ]
    }


def _in_base64(text: bytes) -> Iterator[bytes]:
    """Yield the three strings of which one is in the Base64 of every text that has this one in it.

    Each is for one of the places that the first byte can have in a group of three.
    """
    for place in range(3):
        encoded = binascii.b2a_base64(b"\0" * place + text, newline=False)
        first = -(-place * 8 // 6)
        last = (place + len(text)) * 8 // 6
        yield encoded[first:last]
