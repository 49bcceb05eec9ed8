"""Judge a line behind one that is shorter than those before it, as a token's last line is.

Lines that were broken at random, or behind hyphens, have other lengths, and then any of them may
be the shortest.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, CLOSING, SPACE
from tokcheck.paste.wrapping.other_text import is_certain
from tokcheck.paste.wrapping.token_lines import Lines
from tokcheck.paste.wrapping.word_shapes import is_evident, is_plain, is_random_line

LAST_ON_ITS_LINE = LazyRegex(
    rf"{SPACE}*+(?:\Z|{BREAK}|{CLOSING.pattern}|[,;)\]}}]|%(?:25){{0,2}}(?:2[9C]|3B|5D|7D))"
)
# The marks that close an emphasis, a tag's text or a field of an address.
CLOSED = LazyRegex(r"[*~<>&]")
_SIMPLE_WORD = LazyRegex(r"[A-Za-z]?[a-z]++|[A-Z]++|[0-9]++")


def may_follow_short_line(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> bool:
    """Return whether a piece may be the token's although the line before it is a short one."""
    word = piece.group()
    if is_random_line(word) or not (lines.is_certain or is_plain(word)):
        return True
    is_simple = not lines.are_ragged and _SIMPLE_WORD.fullmatch(word) is not None
    if is_simple or not is_last_on_its_line(text, piece.end()):
        return False
    return not is_text(text, joint, piece)


def is_last_on_its_line(text: str, end: int) -> bool:
    """Return whether a line ends behind a piece, or a mark closes there."""
    return (LAST_ON_ITS_LINE.match(text, end) or CLOSED.match(text, end)) is not None


def is_text(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether the line behind a token's first one is other text."""
    return is_evident(text, joint, piece) or is_certain(text, piece.start())
