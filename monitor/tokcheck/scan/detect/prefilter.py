"""The fast first pass over bytes: what may be a credential.

The anchors of all credentials are found in five passes, and those that cannot belong to one are
dropped.
"""

import binascii
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.detect.anchors import (
    ARCHIVE,
    COMPRESSED,
    PREFIX_REACH,
    URL_SAFE,
    Anchor,
    Coding,
    Data,
    Sign,
    characters_search,
    compressed_search,
    encoded_search,
    nested_search,
    plain_search,
)

# How far from a provider's name its labelled credentials are searched, in bytes.
_BESIDE = 1_000
# A piece of at most so many bytes is searched whole if its path names the provider.
_NAMED = 49_152
_HEAD = LazyBytesRegex(rb"[A-Za-z0-9_-]{4,24}")
_RUN = LazyBytesRegex(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32}")
_RUN_LENGTH = 32
_FIRST_KEY = LazyBytesRegex(rb'\{"[\w-]*(?:"|\Z)')
# The first characters of a joint behind a header's first letters.
_JOINTS = {bytes([byte]) for byte in b" \t\r\n\"'`\\%<&=^|\xe2\x0b\x0c"}
_DIGITS = LazyBytesRegex(
    rb"[0-9a-f]{32}|[0-9A-F]{32}|[0-9a-f]{8,31}[^0-9A-Za-z]{0,4}[\r\n\\\"'][^0-9A-Za-z]{0,16}[0-9a-f]{8}"
    rb"|[0-9a-f]{8,31}[\"')]{0,2}[;\s]{1,9}[\w.$]{1,60} ?(?:[+.&]=|\.[a-z]{3,6}\() ?[\"']?"
    rb"[0-9a-f]{8}"
)
# Hexadecimal digits in Base64: three of them are one of few groups.
_ENCODED_DIGITS = LazyBytesRegex(rb"(?:[MNOYZ][DGTWjmz2][A-Za-z0-9][0-5h-mw-z]){10}")
# Characters in any of the notations of paste/encoding/characters.py, so many in a row.
_CHARACTERS = LazyBytesRegex(
    rb"(?:(?:(?:%(?:25){0,2}|=|\\{1,4}(?:u00|x|U000000|[ux]\{0{0,4})|&(?:amp;)?#[xX]0{0,6})"
    rb"[0-7][0-9A-Fa-f][;}]?|&(?:amp;)?#0{0,5}[0-9]{2,3};|\\{1,4}0?[01]?[0-7]{2})(?:\\{0,3}[._-]){0,2}){20}"
    rb"|(?:[0-7][0-9A-Fa-f][ :]?){32}"
)
_CHARACTERS_REACH = 200
# As paste/grammar.py has it, which takes longer to load; a test compares both.
BASIC_GAP = rb"(?:[\s:=+.,\"'`\\]|%20){1,12}"
_BASIC = LazyBytesRegex(rb"(?i:basic)" + BASIC_GAP + rb"[A-Za-z0-9+/_\x80-\xff-]{48}")
REACH = 4_096
"""From how far around an anchor the data decides about it, at most."""
# How far in front of a label and behind it its value may stand; rows of a table are longer.
_LABELLED = (320, 2_048)
_CODE_LENGTH = 24
_CODE = LazyBytesRegex(rb"(?i:code)[^A-Za-z0-9]")
# Joints between two characters of a prefix, and the notations of a slash.
_BETWEEN = (
    rb"[^A-Za-z0-9/]{0,40}+"
    rb"(?:(?:(?<=\\)[nr]|(?<=%)(?:25){0,2}0[AaDd]|(?<=<)br ?/?)[^A-Za-z0-9/]{0,40}+){0,2}+"
)
_SLASH = rb"(?:/|(?:[xu]\{0{0,4}|x|u00|U000000|(?:25){1,2}|[xX]?0{0,4})?(?:2[Ff]|47|57)[;}]?|sol;)"
_PREFIXES = {
    "ya29.": LazyBytesRegex(_BETWEEN.join((b"y", b"a", b"2", b"9"))),
    "1//0": LazyBytesRegex(_BETWEEN.join((b"1", _SLASH, _SLASH, b"0"))),
    "GOCSPX-": LazyBytesRegex(_BETWEEN.join((b"G", b"O", b"C", b"S", b"P", b"X"))),
    "4/0": LazyBytesRegex(_BETWEEN.join((rb"(?<=[^A-Za-z0-9])4", _SLASH, b"0"))),
}
# Credentials without any joint or notation inside, so far as their beginning shows; only the
# beginning is matched, since another one may stand inside.
_PLAIN = LazyBytesRegex(
    rb"(?P<eyJ>eyJ(?=[A-Za-z0-9_-]{8,300}+\.eyJ[A-Za-z0-9_-]{8,8000}+\.(?!eyJ)[A-Za-z0-9_-]{16}))"
    rb"|(?<![A-Za-z0-9_-])(?:(?P<ya29>ya29\.(?=[A-Za-z0-9_-]{30}))"
    rb"|(?P<refresh>1//0(?=[A-Za-z0-9_-]{20}))"
    rb"|(?P<secret>GOCSPX-(?=[A-Za-z0-9_-]{20}))|(?P<code>4/0(?=[A-Za-z0-9_-]{16})))"
)
_PLAIN_MEANINGS = {
    "eyJ": (Sign.SIGNED, Coding.NARROW, "eyJ"),
    "ya29": (Sign.PREFIX, Coding.NARROW, "ya29."),
    "refresh": (Sign.PREFIX, Coding.NARROW, "1//0"),
    "secret": (Sign.PREFIX, Coding.NARROW, "GOCSPX-"),
    "code": (Sign.PREFIX, Coding.NARROW, "4/0"),
}


class _CharacterRun:
    """So many of some characters in a row, which is found much faster than by an expression."""

    def __init__(self, characters: bytes, length: int) -> None:
        self._alike = bytes.maketrans(characters, b"\0" * len(characters))
        # No other byte becomes a NUL.
        self._alike = b"\1" + self._alike[1:]
        self._run = b"\0" * length

    def is_in(self, data: Data) -> bool:
        """Return whether it stands in some data."""
        return self._run in bytes(data).translate(self._alike)


_HEXADECIMAL = _CharacterRun(b"0123456789abcdefABCDEF", 8)
_ALPHANUMERIC = _CharacterRun(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40)


class Candidates(NamedTuple):
    """The anchors of some data, whether one may begin a credential, and the ranges near a name.

    ``is_likely`` takes anchors in their order, once.
    """

    anchors: Iterator[Anchor]
    is_likely: Callable[[Anchor], bool]
    places: list[tuple[int, int]]


class Prefilter:
    """Finds what may be a credential."""

    def __init__(self) -> None:
        self._plain = plain_search()
        self._encoded = encoded_search()
        self._nested = nested_search()
        self._compressed = compressed_search()
        self._characters = characters_search()

    def candidates(self, data: bytes, path: str = "") -> Candidates | None:
        """Return the candidates of some data; nearly always there is none."""
        plain, encoded = self._plain.find(data), self._encoded.find(data)
        nested = self._nested.find(data)
        compressed = self._compressed_runs(data)
        characters = self._characters.find(data)
        named = names_provider(path) and len(data) <= _NAMED
        if not (plain or encoded or nested or compressed or characters or named):
            return None
        places = [(0, len(data))] if named else []
        some = bool(nested or compressed)
        for anchors in (encoded, characters):
            # A likelihood goes through the data once.
            some = some or any(map(_Likelihood(data).has, anchors))
        likelihood = _Likelihood(data)
        for anchor in plain:
            if anchor.sign is Sign.NAME and anchor.coding is Coding.NARROW:
                places.append((max(0, anchor.start - _BESIDE), anchor.start + _BESIDE))
            else:
                some = some or likelihood.has(anchor)
        places = [place for place in merge_ranges(places) if _may_hold(data, place)]
        if not some and not places:
            return None
        anchors = merge(plain, encoded, nested, compressed, characters)
        return Candidates(anchors, _Likelihood(data).has, places)

    def places(self, data: Data) -> list[int]:
        """Return the places in some data that may belong to credentials, in no order.

        Where a zip archive may end is one of them: its members count, too.

        If there is none, :meth:`candidates` returns none for any part of the data, whatever stands
        around it; its path counts as well there.
        """
        plain = self._plain.find(data)
        found = [anchor.start for anchor in self._nested.find(data)]
        found += [anchor.start for anchor in self._compressed_runs(data, archives=True)]
        names = []
        for search in (self._encoded, self._characters):
            is_likely = _Likelihood(data).has
            found += [anchor.start for anchor in search.find(data) if is_likely(anchor)]
        likelihood = _Likelihood(data)
        for anchor in plain:
            if anchor.sign is Sign.NAME and anchor.coding is Coding.NARROW:
                names.append(anchor.start)
            elif likelihood.has(anchor):
                found.append(anchor.start)
        ranges = merge_ranges((max(0, at - _BESIDE), at + _BESIDE) for at in names)
        for first, last in ranges:
            if _may_hold(data, (first, last)):
                found += [at for at in names if first <= at < last]
        return found

    def _compressed_runs(self, data: Data, *, archives: bool = False) -> list[Anchor]:
        """Return the anchors of texts that zlib compressed or that are in UTF-16.

        With ``archives``, also those at which a zip archive may end.
        """
        return [
            anchor
            for anchor in self._compressed.find(data)
            if (anchor.text != COMPRESSED or _begins_run(data, anchor.start))
            and (anchor.text != ARCHIVE or archives)
        ]


# Of the patterns here.
_LONGEST_MATCH = 400
_STEP = 256


class _NextMatch:
    """Finds the next match of a pattern in some data, for places in their order."""

    def __init__(
        self, data: Data, pattern: LazyBytesRegex, run: "_CharacterRun | None" = None
    ) -> None:
        """``run`` is in every match."""
        self._data = data
        self._pattern = pattern
        self._run = run
        # The last match, and up to where no other begins.
        self._start = -1
        self._clear = 0

    def is_near(self, at: int, before: int, ahead: int) -> bool:
        """Return whether a match begins near a place that is not before the previous one."""
        first, last = max(0, at - before), at + ahead
        if self._start < first and self._clear < last:
            begin = max(first, self._clear)
            # Further than needed, or anchors in a row would search the same bytes again.
            self._clear = max(last, begin + _STEP)
            end = self._clear + _LONGEST_MATCH
            if self._run is not None and not self._run.is_in(self._data[begin:end]):
                return False
            match = self._pattern.compiled.search(self._data, begin, end)
            if match is not None:
                self._start = match.start()
                self._clear = self._start + 1
        return first <= self._start < last


class _Likelihood:
    """Decides for the anchors of some data, in their order, whether they may be a credential's."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._digits = _NextMatch(data, _DIGITS, _HEXADECIMAL)
        self._encoded_digits = _NextMatch(data, _ENCODED_DIGITS, _ALPHANUMERIC)
        self._characters = _NextMatch(data, _CHARACTERS)
        self._prefixes = {text: _NextMatch(data, each) for text, each in _PREFIXES.items()}

    def has(self, anchor: Anchor) -> bool:
        """Return whether the anchor may belong to a credential."""
        if anchor.coding is Coding.CHARACTERS:
            return self._characters.is_near(anchor.start, _CHARACTERS_REACH, 1)
        if anchor.coding is not Coding.NARROW:
            return anchor.text != COMPRESSED or _begins_run(self._data, anchor.start)
        if anchor.sign is Sign.LABEL:
            return self._digits.is_near(anchor.start, *_LABELLED) or (
                self._encoded_digits.is_near(anchor.start, *_LABELLED)
            )
        if anchor.sign is Sign.SIGNED:
            return _begins_json(self._data, anchor.start)
        if anchor.sign is Sign.NAME:
            return False
        if not self._prefixes[anchor.text].is_near(anchor.start, PREFIX_REACH, 1):
            return False
        front = max(0, anchor.start - _CODE_LENGTH)
        return (
            anchor.text != "4/0"
            or _CODE.compiled.search(self._data, front, anchor.start + 1) is not None
        )


def names_provider(path: str) -> bool:
    """Return whether a path names the provider of the labelled credentials."""
    return "fitbit" in path.lower()


def plain_anchors(data: bytes, start: int) -> Iterator[Anchor]:
    """Yield the anchors from a place on where a credential without any joint seems to begin."""
    for match in _PLAIN.compiled.finditer(data, start):
        yield Anchor(match.start(), *_PLAIN_MEANINGS[match.lastgroup or ""])


def _may_hold(data: Data, place: tuple[int, int]) -> bool:
    part = bytes(data[slice(*place)])
    # A condition that follows from a match spares most scans compiling the expressions.
    return (_HEXADECIMAL.is_in(part) and _DIGITS.compiled.search(part) is not None) or any(
        word in part.lower() and pattern.compiled.search(part) is not None
        for word, pattern in ((b"basic", _BASIC), (b"secret", _ENCODED_DIGITS))
    )


def _begins_run(data: Data, start: int) -> bool:
    """Return whether a text in Base64 begins at a place."""
    front = min(start, 1)
    around = data[start - front : start + _RUN_LENGTH]
    return _RUN.compiled.match(around, front) is not None


def _begins_json(data: Data, start: int) -> bool:
    """Return whether a place begins a JSON object with a key, in Base64."""
    head = _HEAD.compiled.match(data[start : start + 24])
    if head is None:
        return bytes(data[start + 3 : start + 4]) in _JOINTS
    run = head.group().translate(URL_SAFE)
    return _FIRST_KEY.compiled.match(binascii.a2b_base64(run[: len(run) // 4 * 4])) is not None


def merge_ranges(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges in order, overlapping ones joined."""
    current: tuple[int, int] | None = None
    for start, end in sorted(places):
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current
