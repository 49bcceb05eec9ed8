"""Put a token together of which each line is in a cell of a table, or each piece in an element.

The same marks repeat between its pieces, and all of these but the last one are of one length.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.notations.signs import PlainText, without_stretches
from tokcheck.paste.wrapping.other_text import may_begin_other_credential
from tokcheck.paste.wrapping.word_shapes import is_random_line, looks_random

NOTE = "marks of a document inside it"

_PIECE = LazyRegex(r"[A-Za-z0-9_./-]++")
_TAG = r"</?[A-Za-z][^<>\r\n]{0,80}>"
_BAR = "[|\u2502\u2503\u2551]"
# Text between two pieces with an element or the edge of a cell: a line break alone is a joint.
_GAP = LazyRegex(rf"[ \t]{{0,80}}+(?P<close>{_BAR}|{_TAG})(?:\s|&nbsp;|{_BAR}|{_TAG}){{0,40}}+")
# Two may be cells of a row; where the first one is no token, they are its pieces as well.
_LEAST_PIECES = 3
_LEAST_PIECE = 4
_FIRST = LazyRegex(
    rf"(?<![A-Za-z0-9_./-])[A-Za-z0-9_./-]{{4,}}+(?=[ \t]{{0,80}}(?:{_BAR}|</?[A-Za-z]))"
)
_MOST_PIECES = 512


class MarkedToken(NamedTuple):
    """A token between marks: the gaps between its pieces, where it ends, and all of its text.

    ``has_ended`` is whether its last piece is shorter than the others.
    """

    gaps: list[tuple[int, int]]
    end: int
    raw: str
    has_ended: bool


def token_at(text: str, start: int, *, is_part: bool) -> MarkedToken | None:
    """Return the token that begins at a place; ``None`` if marks do not split it.

    ``is_part`` is whether the first piece alone is no token.
    """
    first = _PIECE.match(text, start)
    gap = None if first is None else _GAP.match(text, first.end())
    if first is None or gap is None or len(first[0]) < _LEAST_PIECE:
        return None
    pieces, gaps = [first], []
    while len(pieces) < _MOST_PIECES and text.startswith(gap[0], pieces[-1].end()):
        end = pieces[-1].end() + len(gap[0])
        piece = _PIECE.match(text, end)
        if piece is None or len(piece[0]) > len(first[0]):
            break
        if piece[0].startswith(first[0][:_LEAST_PIECE]) or may_begin_other_credential(text, end):
            return None  # a column of tokens
        gaps.append((pieces[-1].end(), end))
        pieces.append(piece)
        if len(piece[0]) < len(first[0]):
            break
    last = pieces[-1]
    has_ended = len(last[0]) < len(first[0])
    two = is_part and len(pieces) == _LEAST_PIECES - 1 and looks_random(last[0])
    two = two and (has_ended or is_random_line(last[0]))
    if len(pieces) < _LEAST_PIECES and not two:
        return None
    if not _is_closed(text, last.end(), gap):
        return None
    return MarkedToken(gaps, last.end(), "".join(piece[0] for piece in pieces), has_ended)


def unmarked_at(text: str, start: int, *, is_part: bool) -> tuple[PlainText, int, int] | None:
    """Return the text with the token at a place in one piece, where it begins, and that place.

    ``None`` if no marks split it; ``is_part`` is as for :func:`token_at`. The text ends with the
    token if that has ended.
    """
    token = token_at(text, start, is_part=is_part)
    if token is None:
        return None
    shown = text[: token.end] if token.has_ended else text
    return without_stretches(shown, token.gaps), 0, start


def without_marks(text: str, prefixes: Collection[str]) -> PlainText | None:
    """Return the text with the tokens that have a prefix in one piece; ``None`` if all are."""
    known = tuple(prefixes)
    heads = {each[:length] for each in known for length in range(_LEAST_PIECE, len(each))}
    gaps: list[tuple[int, int]] = []
    until = 0
    for first in _FIRST.compiled.finditer(text):
        if first.start() < until or not (first[0] in heads or first[0].startswith(known)):
            continue
        token = token_at(text, first.start(), is_part=False)
        if token is not None and token.raw.startswith(known):
            gaps += token.gaps
            until = token.end
    return without_stretches(text, gaps) if gaps else None


def _is_closed(text: str, end: int, gap: re.Match[str]) -> bool:
    """Return whether the mark behind each piece stands behind the last one as well."""
    closing = _GAP.match(text, end)
    return closing is not None and closing["close"] == gap["close"]
