"""Whether an anchor may belong to a credential, so far as the bytes around it show."""

import binascii

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.detect.first_pass.anchors import (
    ARCHIVE,
    COMPRESSED,
    PREFIX_REACH,
    URL_SAFE,
    Anchor,
    Coding,
    Data,
    Sign,
)
from tokcheck.scan.detect.first_pass.prefix_heads import (
    AHEAD,
    BEHIND,
    TORN,
    TornHead,
    continuations,
    ends_literal,
    heads_before,
    torn_at,
)

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
# By the prefixes of anchors.PREFIXES.
PREFIX_PATTERNS = {
    "ya29.": LazyBytesRegex(
        _BETWEEN.join((b"y", b"a", b"2", b"9"))
        # The first of these in a literal that has a name.
        + rb"|[\"'`](?:y|ya|ya2|ya29)[\"'`][;,]?\s[^\"'`]{0,60}[\"'`]a?2?9?\."
    ),
    "1//0": LazyBytesRegex(_BETWEEN.join((b"1", _SLASH, _SLASH, b"0"))),
    "GOCSPX-": LazyBytesRegex(_BETWEEN.join((b"G", b"O", b"C", b"S", b"P", b"X"))),
    "4/0": LazyBytesRegex(_BETWEEN.join((rb"(?<=[^A-Za-z0-9])4", _SLASH, b"0"))),
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


class TornJoints:
    """Decides for the joints of some data, in their order, whether they may tear a prefix."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._next: dict[bytes, _NextMatch] = {}

    def may_tear(self, joint: int) -> bool:
        """Return whether the rest of a prefix is behind a joint, or in a literal near it."""
        if not ends_literal(self._data, joint):
            return torn_at(self._data, joint) is not None
        return self._may_tear_literal(joint)

    def torn_at(self, joint: int) -> TornHead | None:
        """Return the prefix that a joint tears; ``None`` if it tears none."""
        # What stands around each end of a literal takes too long to read without a reason.
        if ends_literal(self._data, joint) and not self._may_tear_literal(joint):
            return None
        return torn_at(self._data, joint)

    def _may_tear_literal(self, joint: int) -> bool:
        return any(self._is_near(head, joint) for head in heads_before(self._data, joint))

    def _is_near(self, head: bytes, joint: int) -> bool:
        if head not in self._next:
            self._next[head] = _NextMatch(self._data, continuations(head))
        return self._next[head].is_near(joint, BEHIND + len(head), AHEAD)


class Likelihood:
    """Decides for the anchors of some data, in their order, whether they may be a credential's."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._digits = _NextMatch(data, _DIGITS, _HEXADECIMAL)
        self._encoded_digits = _NextMatch(data, _ENCODED_DIGITS, _ALPHANUMERIC)
        self._characters = _NextMatch(data, _CHARACTERS)
        self._prefixes = {text: _NextMatch(data, each) for text, each in PREFIX_PATTERNS.items()}

    def has(self, anchor: Anchor) -> bool:
        """Return whether the anchor may belong to a credential."""
        if anchor.text == ARCHIVE:
            return False
        if anchor.text == TORN:
            return torn_at(self._data, anchor.start) is not None
        if anchor.coding is Coding.CHARACTERS:
            return self._characters.is_near(anchor.start, _CHARACTERS_REACH, 1)
        if anchor.coding is not Coding.NARROW:
            return anchor.text != COMPRESSED or begins_run(self._data, anchor.start)
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


def may_hold_labelled(data: Data, place: tuple[int, int]) -> bool:
    """Return whether a range of the data may hold a credential that only its label shows."""
    part = bytes(data[slice(*place)])
    # A condition that follows from a match spares most scans compiling the expressions.
    return (_HEXADECIMAL.is_in(part) and _DIGITS.compiled.search(part) is not None) or any(
        word in part.lower() and pattern.compiled.search(part) is not None
        for word, pattern in ((b"basic", _BASIC), (b"secret", _ENCODED_DIGITS))
    )


def begins_run(data: Data, start: int) -> bool:
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
