"""Join the lines of a text that a terminal or a mail program wrapped.

A terminal breaks a line where it is full, a mail program between two words.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SHORTEST, _LONGEST = 20, 250  # usual widths
_MOST_CHARACTERS = 20_000


class UnwrappedText(NamedTuple):
    """A text with lines joined."""

    text: str
    is_certain: bool
    """Whether all lines but the last are full, so that nothing else broke them."""


def unwrap(text: str) -> Iterator[UnwrappedText]:
    """Yield the readings of a text that may have been wrapped."""
    lines = text.strip("\n").split("\n") if len(text) <= _MOST_CHARACTERS else []
    width = max(map(len, lines), default=0)
    if len(lines) < 2 or not _SHORTEST <= width <= _LONGEST:
        return
    yield _join(lines, [len(line) == width for line in lines[:-1]], "")
    yield _join(lines, _between_words(lines, width), " ")


def _between_words(lines: Sequence[str], width: int) -> list[bool]:
    """Return for each line but the last whether the next one's first word found no room in it."""
    words = [line.strip().partition(" ")[0] for line in lines[1:]]
    return [
        bool(line.strip() and word) and len(line.rstrip()) + 1 + len(word) > width
        for line, word in zip(lines[:-1], words, strict=True)
    ]


def _join(lines: Sequence[str], full: Sequence[bool], joint: str) -> UnwrappedText:
    """Return the lines joined behind those that are full; ``full`` has all but the last."""
    ends = [*(joint if is_full else "\n" for is_full in full), ""]
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return UnwrappedText(text, all(full))
