"""A text in which the pieces of an opaque token are one."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.word_shapes import is_irregular

QUOTE = r"\\{0,3}[\"'`]"
"""A quotation mark, which another text may escape."""
PREFIX = r"[rbufRBUFLN$@]{0,2}"
"""The prefix of a literal, in front of its quotation mark."""

_BODY = LazyRegex(r"[A-Za-z0-9_.-]{1,4096}+")
# The beginning of another credential is no further piece of one.
_BEGINNING = LazyRegex(r"ya29\.|GOCSPX-|eyJ[\w-]{8}")
_LEAST_PIECE = 20
_MOST_PIECES = 12

Gap = Callable[[str, int], re.Match[str] | None]
"""Matches what stands between two pieces, at a place of a text."""


class Joined(NamedTuple):
    """A text in which the pieces are one, from the token on.

    ``end`` is where the piece ends up to which the text was read, and ``sure`` whether no piece
    may be a word.
    """

    text: str
    end: int
    sure: bool = True


def join_while(text: str, start: int, end: int, gap: Gap) -> Joined | None:
    """Return the text in which the first piece and those behind such gaps are one."""
    pieces = [text[start:end]]
    last = end
    while len(pieces) < _MOST_PIECES:
        seam = gap(text, last)
        body = _BODY.match(text, seam.end()) if seam is not None else None
        if seam is None or body is None or not is_continuation(body.group()):
            break
        pieces.append(body.group())
        last = body.end()
        if seam.lastgroup == "final":
            break
    return Joined("".join(pieces) + text[last:], last, are_sure(pieces[1:])) if last > end else None


def is_continuation(piece: str) -> bool:
    """Return whether a piece may continue a token, and begins none."""
    return _BEGINNING.match(piece, 0) is None


def are_sure(pieces: list[str]) -> bool:
    """Return whether no piece looks like a word."""
    return all(len(piece) >= _LEAST_PIECE or is_irregular(piece) for piece in pieces)
