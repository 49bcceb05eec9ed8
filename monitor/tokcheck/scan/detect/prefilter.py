"""The fast first pass over bytes: what may be a credential.

The anchors of all credentials are found in two passes, and those that cannot belong to one are
dropped.
"""

import binascii
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.detect.anchors import (
    PREFIX_REACH,
    URL_SAFE,
    Anchor,
    Coding,
    Sign,
    encoded_search,
    plain_search,
)

# How far from a provider's name its labelled credentials are searched, in bytes.
_BESIDE = 1_000
# A piece of at most so many bytes is searched whole if its path names the provider.
_NAMED = 49_152
_HEAD = LazyBytesRegex(rb"[A-Za-z0-9_-]{4,24}")
_FIRST_KEY = LazyBytesRegex(rb'\{"[\w-]*(?:"|\Z)')
# What may begin a joint behind a header's first letters.
_JOINTS = {bytes([byte]) for byte in b" \t\r\n\"'`\\%<&=^|\xe2\x0b\x0c"}
_DIGITS = LazyBytesRegex(
    rb"[0-9a-f]{32}|[0-9a-f]{8,31}[^0-9A-Za-z]{0,4}[\r\n\\\"'][^0-9A-Za-z]{0,16}[0-9a-f]{8}"
)
_BASIC = LazyBytesRegex(rb"(?i:basic)(?:[\s:=+]|%20){1,6}[A-Za-z0-9+/_-]{48}")
# How far in front of a label and behind it its value may stand; rows of a table are longer.
_LABELLED = (320, 2_048)
_CODE_LENGTH = 24
_CODE = LazyBytesRegex(rb"(?i:code)[^A-Za-z0-9]")
# What may stand between two characters of a prefix, and how a slash may be written.
_BETWEEN = rb"[^A-Za-z0-9/]{0,40}+(?:(?<=\\)[nr][^A-Za-z0-9/]{0,40}+)?+"
_SLASH = rb"(?:/|(?:x|u00|(?:25){1,2}|[xX]?0{0,4})?(?:2[Ff]|47|57);?|sol;)"
_PREFIXES = {
    "ya29.": LazyBytesRegex(_BETWEEN.join((b"y", b"a", b"2", b"9"))),
    "1//0": LazyBytesRegex(_BETWEEN.join((b"1", _SLASH, _SLASH, b"0"))),
    "GOCSPX-": LazyBytesRegex(_BETWEEN.join((b"G", b"O", b"C", b"S", b"P", b"X"))),
    "4/0": LazyBytesRegex(_BETWEEN.join((rb"(?<=[^A-Za-z0-9])4", _SLASH, b"0"))),
}
# Credentials without any joint or notation inside, so far as their beginning shows.
_PLAIN = {
    "eyJ": LazyBytesRegex(rb"eyJ[A-Za-z0-9_-]{8,300}+\.eyJ"),
    "ya29.": LazyBytesRegex(rb"(?<![A-Za-z0-9_-])ya29\.[A-Za-z0-9_-]{30}"),
    "1//0": LazyBytesRegex(rb"(?<![A-Za-z0-9_-])1//0[A-Za-z0-9_-]{20}"),
    "GOCSPX-": LazyBytesRegex(rb"(?<![A-Za-z0-9_-])GOCSPX-[A-Za-z0-9_-]{20}"),
    "4/0": LazyBytesRegex(rb"(?<![A-Za-z0-9_-])4/0[A-Za-z0-9_-]{16}"),
}


class Candidates(NamedTuple):
    """The anchors of some data that may begin a credential, and the ranges near a name."""

    anchors: Iterable[Anchor]
    places: list[tuple[int, int]]


class Prefilter:
    """Finds what may be a credential."""

    def __init__(self) -> None:
        self._plain = plain_search()
        self._encoded = encoded_search()

    def candidates(self, data: bytes, path: str = "") -> Candidates | None:
        """Return the candidates of some data; nearly always there is none."""
        plain, encoded = self._plain.find(data), self._encoded.find(data)
        named = "fitbit" in path.lower() and len(data) <= _NAMED
        if not (plain or encoded or named):
            return None
        places = [(0, len(data))] if named else []
        some = bool(encoded)
        likelihood = _Likelihood(data)
        for anchor in plain:
            if anchor.sign is Sign.NAME and anchor.coding is Coding.NARROW:
                places.append((max(0, anchor.start - _BESIDE), anchor.start + _BESIDE))
            else:
                some = some or likelihood.has(anchor)
        places = [place for place in _merge_ranges(places) if _may_hold(data, place)]
        if not some and not places:
            return None
        # A likelihood goes through the data once.
        return Candidates(filter(_Likelihood(data).has, merge(plain, encoded)), places)


# Of the patterns here.
_LONGEST_MATCH = 400
_STEP = 4_096


class _NextMatch:
    """Finds the next match of a pattern in some data, for places in their order."""

    def __init__(self, data: bytes, pattern: LazyBytesRegex) -> None:
        self._data = data
        self._pattern = pattern
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
            match = self._pattern.compiled.search(self._data, begin, self._clear + _LONGEST_MATCH)
            if match is not None:
                self._start = match.start()
                self._clear = self._start + 1
        return first <= self._start < last


class _Likelihood:
    """Decides for the anchors of some data, in their order, whether they may be a credential's."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._digits = _NextMatch(data, _DIGITS)
        self._prefixes = {text: _NextMatch(data, each) for text, each in _PREFIXES.items()}

    def has(self, anchor: Anchor) -> bool:
        """Return whether the anchor may belong to a credential."""
        if anchor.coding is not Coding.NARROW:
            return True
        if anchor.sign is Sign.LABEL:
            return self._digits.is_near(anchor.start, *_LABELLED)
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


def is_plain(data: bytes, anchor: Anchor) -> bool:
    """Return whether a credential without any joint or notation seems to begin at an anchor."""
    pattern = _PLAIN.get(anchor.text)
    return pattern is not None and pattern.compiled.match(data, anchor.start) is not None


def _may_hold(data: bytes, place: tuple[int, int]) -> bool:
    return (
        _DIGITS.compiled.search(data, *place) or _BASIC.compiled.search(data, *place)
    ) is not None


def _begins_json(data: bytes, start: int) -> bool:
    """Return whether a place begins a JSON object with a key, in Base64."""
    head = _HEAD.compiled.match(data[start : start + 24])
    if head is None:
        return data[start + 3 : start + 4] in _JOINTS
    run = head.group().translate(URL_SAFE)
    return _FIRST_KEY.compiled.match(binascii.a2b_base64(run[: len(run) // 4 * 4])) is not None


def _merge_ranges(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
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
