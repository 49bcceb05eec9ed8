"""A text with underscores as the emphasis of Markdown, which a token may have as well."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from tokcheck.core.lazy import compile_cached
from tokcheck.paste.grammar import emphasis

_AHEAD = 4_000
_MOST_LINES = 8
_WORD = "A-Za-z0-9_-"
# The text around a mark: the edge of a line or a word, or a full stop as well.
_EDGES = (
    (r"(?<!\S)", r"(?![^\s,;:!?)]|\.\S)"),
    (rf"(?<![{_WORD}])", rf"(?![{_WORD}])"),
)


class UnmarkedText(NamedTuple):
    """A text without the marks of emphasis, and the places where they stood."""

    text: str
    marks: list[int]

    def place_of(self, at: int) -> int:
        """Return the place in the text with its marks, behind those in front of it."""
        for mark in self.marks:
            if mark > at:
                break
            at += 1
        return at


def without_emphasis(text: str, start: int) -> Iterator[UnmarkedText]:
    """Yield the readings of a text from ``start`` on without the marks of emphasis.

    None unless underscores emphasise what begins there. They may stand around the whole of it,
    around each of its lines, or around each of its parts.
    """
    mark = emphasis(text, start) or ""
    if "_" not in mark:
        return
    rest = text[start : start + _AHEAD]
    begin, end = re.escape(mark), re.escape(mark[::-1])
    closing = compile_cached(rf"(?<=[.{_WORD}]){end}{_EDGES[0][1]}")
    for last in islice(closing.finditer(rest), _MOST_LINES):
        yield UnmarkedText(rest[: last.start()] + rest[last.end() :], [*range(*last.span())])
    for front, behind in _EDGES:
        marks = compile_cached(rf"{front}{begin}(?=[.{_WORD}])|(?<=[.{_WORD}]){end}{behind}")
        stood = [at for match in marks.finditer(rest) for at in range(*match.span())]
        if stood:
            yield UnmarkedText(marks.sub("", rest), stood)
