"""Find a declared provider's token that is wrapped, and too short for its form in its first line.

Nothing shows where such a token ends: what complete lines have of it is reported as a part.
"""

import re

from tokcheck.core.credential import ServiceForm
from tokcheck.core.lazy import compile_cached
from tokcheck.paste.grammar import PIECE, glue_before, joint_at
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_certain,
    may_begin_other_credential,
)
from tokcheck.paste.wrapping.word_shapes import is_irregular, is_plain, looks_random

# A token has hardly more lines.
_MOST_LINES = 64
# Fewer characters may be drawn and look like a word.
_SHORT = 6
# So many are drawn if they are irregular, whatever follows.
_LONG = 10
# One of so many lines may look like a word by chance.
_OF_MANY = 3


def part_in_lines(text: str, start: int, form: ServiceForm) -> tuple[str, int] | None:
    """Return a token's first line with those behind it that continue it, and where they end.

    Together they have the form, are of one length but for the first and the last, and look drawn.
    """
    first = PIECE.match(text, start)
    if first is None or glue_before(text, start) is not None:
        return None
    body = first.group().removeprefix(form.prefix)
    if body == first.group() or not body or (len(body) >= _SHORT and is_plain(body)):
        return None
    pieces = [body]
    end = first.end()
    pattern = compile_cached(f"(?a:{re.escape(form.prefix)}(?:{form.rest}))")
    while len(pieces) < _MOST_LINES and (following := _next_line(text, end)) is not None:
        piece = following.group()
        if len(pieces) > 1 and len(piece) > len(pieces[-1]):
            return None
        if len(pieces) > 2 and len(pieces[-1]) < len(pieces[-2]):  # noqa: PLR2004 - that was the last
            return None
        pieces.append(piece)
        end = following.end()
        joined = "".join(pieces)
        if pattern.match(form.prefix + joined):
            return (form.prefix + joined, end) if _are_drawn(pieces, joined) else None
    return None


def _next_line(text: str, end: int) -> re.Match[str] | None:
    """Return the characters behind a line break that may continue a token."""
    joint = joint_at(text, end)
    if joint is None or joint.lastgroup != "wrap":
        return None
    piece = PIECE.match(text, joint.end())
    if piece is None or is_certain(text, piece.start()):
        return None
    if may_begin_other_credential(text, piece.start()):
        return None
    return None if begins_other_credential(text, piece.start(), piece.group()) else piece


def _are_drawn(pieces: list[str], joined: str) -> bool:
    """Return whether the lines look drawn, and not like a list of names."""
    if len(pieces[0]) >= _LONG and is_irregular(pieces[0]):
        return True
    plain = sum(is_plain(piece) for piece in pieces if len(piece) >= _SHORT)
    return looks_random(joined) and plain * _OF_MANY <= len(pieces)
