"""The spellings of a character: as code, HTML, mail and addresses of the web write it.

A text that is read in all of them hides no token behind one. All that is not ASCII reads as one
character, since no token has it.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tokcheck.core.lazy import LazyRegex

Span = tuple[int, int]
"""Where a part of a text begins and ends."""

NAMED_SIGNS = {
    "period": ".", "hyphen": "-", "dash": "-", "lowbar": "_", "UnderBar": "_", "sol": "/",
    "colon": ":", "percnt": "%", "bsol": "\\", "num": "#", "equals": "=", "ast": "*",
    "dollar": "$", "commat": "@", "semi": ";", "comma": ",", "quot": '"', "apos": "'", "amp": "&",
    "lt": "<", "gt": ">", "vert": "|", "tilde": "~", "plus": "+",
}  # fmt: skip
"""The signs that HTML has names for: https://html.spec.whatwg.org/#named-character-references"""

_SHORT = (
    r"%(?:25){0,8}([0-9A-Fa-f]{2})"
    r"|\\{1,8}(?:u\{0{0,8}([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|u([0-9A-Fa-f]{4})"
    r"|x\{?([0-9A-Fa-f]{2})\}?)"
    r"|&(?:amp;){0,4}\#[xX]0{0,8}([0-9A-Fa-f]{1,6})(?:;|(?![0-9A-Fa-f]))"
)
_REST = (
    r"|\\{1,8}([01][0-7]{2})"
    r"|&(?:amp;){0,4}\#0{0,8}([0-9]{1,7})(?:;|(?![0-9]))"
    rf"|&(?:amp;){{0,4}}({'|'.join(NAMED_SIGNS)});"
)
_OCTAL, _DECIMAL, _NAMED, _QUOTED = 7, 8, 9, 10
_WRITTEN = LazyRegex(_SHORT + _REST)
# Quoted-printable looks like an equals sign with a value of two digits behind it, too.
_WRITTEN_IN_MAIL = LazyRegex(rf"{_SHORT}{_REST}|=(?:3[Dd])?([0-9A-Fa-f]{{2}})")
_SIGNS = "%\\&"
_IN_MAIL = LazyRegex(r"=[0-9A-Fa-f]{2}")
# How often a text may be encoded again; percent signs count once.
_MOST_LAYERS = 4
_ASCII = 128
_UNKNOWN = "\ufffd"


class Reading:
    """A text with each character written plainly, and where it stands in the original."""

    def __init__(self, text: str, starts: Sequence[int], ends: Sequence[int]) -> None:
        self.text = text
        self._starts = starts
        self._ends = ends

    def place_of(self, span: Span) -> Span:
        """Return where a part of the text stands in the original."""
        start, end = span
        return self._starts[start], self._ends[end - 1]

    def is_spelled(self, span: Span) -> bool:
        """Return whether a part of the text is written in another way in the original."""
        start, end = self.place_of(span)
        return end - start > span[1] - span[0]

    def decode(self, pattern: LazyRegex) -> "Reading | None":
        """Return the reading in which this pattern's spellings are undone, too."""
        letters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.compiled.finditer(self.text):
            begin, end = match.span()
            letters += (self.text[done:begin], _character(match))
            starts += self._starts[done : begin + 1]
            ends += self._ends[done:begin]
            ends.append(self._ends[end - 1])
            done = end
        if not done:
            return None
        letters.append(self.text[done:])
        return Reading(
            "".join(letters), [*starts, *self._starts[done:]], [*ends, *self._ends[done:]]
        )


def readings(text: str) -> Iterator[Reading]:
    """Yield the readings of a text with spellings undone; nearly every text has none."""
    for pattern in (_WRITTEN, _WRITTEN_IN_MAIL):
        if pattern is _WRITTEN_IN_MAIL and _IN_MAIL.search(text) is None:
            return
        if not may_be_spelled(text):
            return
        reading = Reading(text, range(len(text)), range(1, len(text) + 1))
        for _ in range(_MOST_LAYERS):
            following = reading.decode(pattern)
            if following is None:
                break
            reading = following
            yield reading


def may_be_spelled(text: str) -> bool:
    """Return whether a text may have a character in another spelling."""
    return any(sign in text for sign in _SIGNS) or _IN_MAIL.search(text) is not None


def unescape(text: str) -> str:
    """Return a text with percent-encoding, string escapes and entities decoded."""
    return _WRITTEN.compiled.sub(_character, text)


def spelled_spans(text: str, find: Callable[[str], Iterator[Span]]) -> list[Span]:
    """Return where ``find`` finds something in a reading of a text that is spelled there."""
    return [
        reading.place_of(span)
        for reading in readings(text)
        for span in find(reading.text)
        if reading.is_spelled(span)
    ]


def _character(match: re.Match[str]) -> str:
    group = match.lastindex or 0
    value = match[group]
    if group == _NAMED:
        return NAMED_SIGNS[value]
    code = int(value, {_OCTAL: 8, _DECIMAL: 10}.get(group, 16))
    return chr(code) if code < _ASCII else _UNKNOWN
