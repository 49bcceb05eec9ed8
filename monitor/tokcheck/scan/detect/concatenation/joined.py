"""A text in which the pieces of an opaque token are one."""

import re
from collections.abc import Callable
from enum import Enum, auto
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
# What begins a word that a program puts behind a whole token.
_WORD_SIGNS = (".", "-", "_")
_MOST_PIECES = 12

Gap = Callable[[str, int], re.Match[str] | None]
"""Matches what stands between two pieces, at a place of a text."""


class Evenness(Enum):
    """Whether the pieces of a text are equally long, as those that a program has made."""

    NONE = auto()
    POSSIBLE = auto()  # two pieces, of which the second one is hardly shorter
    SURE = auto()


class Joined(NamedTuple):
    """A text in which the pieces are one, with the token at ``start``.

    ``end`` is where the piece ends up to which the text was read, ``sure`` whether no piece may be
    a word, and ``ends`` whether the program's own words show where the token ends. The pieces have
    an ``evenness``.
    """

    text: str
    end: int
    sure: bool = True
    start: int = 0
    ends: bool = True
    evenness: Evenness = Evenness.NONE


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
    if last == end:
        return None
    joined = "".join(pieces) + text[last:]
    return Joined(joined, last, are_sure(pieces), evenness=evenness_of(pieces))


def is_continuation(piece: str) -> bool:
    """Return whether a piece may continue a token, and begins none."""
    return _BEGINNING.match(piece, 0) is None


def are_sure(pieces: list[str]) -> bool:
    """Return whether no piece behind the first one looks like a word."""
    *others, last = pieces[1:]
    if not all(map(_is_sure, others)):
        return False
    # What is left over behind equal pieces may be a single letter.
    return _is_sure(last) or evenness_of(pieces) is Evenness.SURE


def _is_sure(piece: str) -> bool:
    return len(piece) >= _LEAST_PIECE or is_irregular(piece)


def evenness_of(pieces: list[str]) -> Evenness:
    """Return whether some pieces are equally long, but for the last one, which may be shorter."""
    *full, last = map(len, pieces)
    if len({*full}) != 1 or last > full[0] or pieces[-1].startswith(_WORD_SIGNS):
        return Evenness.NONE
    if len(full) > 1:
        return Evenness.SURE
    return Evenness.POSSIBLE if 2 * last >= full[0] else Evenness.NONE
