"""Put a token together from the pieces that a program gives to names, elements and calls.

The parts of a signed token prove which pieces belong to it: its payload has to decode, and its
signature has a known length. An opaque token shows nothing of the kind, so only a program's own
operators put it together.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste import jwt
from tokcheck.paste.grammar import RSA_LENGTHS, decode_segment, signature_length
from tokcheck.paste.jwt import WholeToken
from tokcheck.paste.wrapping.word_shapes import is_drawn
from tokcheck.scan.detect.hit import Budget

_FIRST = LazyRegex(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+)*+")
# A quoted literal of a token's characters, or a bare word that is long enough to be a part.
_PIECE = LazyRegex(
    r"(?P<quote>[\"'`])(\.?[A-Za-z0-9_-]{1,4096}(?:\.[A-Za-z0-9_-]{1,4096}){0,2}\.?)\\{0,3}(?P=quote)"
    r"|(?<![A-Za-z0-9_.-])([A-Za-z0-9_-]{20,4096}(?:\.[A-Za-z0-9_-]{1,4096}){0,2}\.?)(?![A-Za-z0-9_.(-])"
)
# A piece at whose beginning a hyphen may mark its line, as in a diff.
_MARKED = LazyRegex(r"[\r\n]-[A-Za-z0-9_-]{19}")
# How far pieces may stand from the first one, in characters, how many count, and how many ways to
# join them are tried.
_AHEAD = 4_000
_BEHIND = 1_500
_MOST_PIECES = 12
_MOST_STEPS = 300
_STEP = 64
_LEAST_PIECE = 20
_PARTS = 3
_SHORTEST_SIGNATURE = 32


class _State(Enum):
    WHOLE = "whole"
    OPEN = "open"  # it may become whole


def complete_signed(text: str, start: int, budget: Budget) -> tuple[WholeToken, int] | None:
    """Return the token that begins at ``start`` with pieces that complete it, and its first end."""
    first = _FIRST.match(text, start)
    if first is None or _state_of(first.group()) is not _State.OPEN:
        return None
    end = first.end()
    behind = _pieces(text, max(0, start - _BEHIND), start)
    pieces = [
        *_pieces(text, end, min(len(text), end + _AHEAD)),
        *behind,
        *reversed(behind),
    ]
    steps = _Steps(budget)
    whole = _join(first.group(), pieces, steps)
    token, _ = jwt.whole_at(whole or steps.longest, 0)
    if token is None:
        return None
    marked = _MARKED.compiled.search(text, end, end + _AHEAD) is not None
    sure = whole and not marked and _is_piece(steps.last)
    return (token if sure else token._replace(unclear=True)), end


class _Steps:
    """Counts the ways that are tried.

    ``longest`` is the longest token whose signature may be whole or a part; ``last`` is the piece
    that completes the whole one.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._left = _MOST_STEPS
        self.longest = ""
        self.last = ""

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0 and self._budget.spend(_STEP)


def _pieces(text: str, first: int, last: int) -> list[str]:
    found = [match[2] or match[3] for match in _PIECE.compiled.finditer(text, first, last)]
    return found[:_MOST_PIECES]


def _join(begun: str, pieces: list[str], steps: _Steps) -> str | None:
    """Return the whole token that begins so and goes on with some of the pieces in their order."""
    for at, piece in enumerate(pieces):
        for joined in _ways_to_join(begun, piece):
            if not steps.take():
                return None
            state = _state_of(joined)
            if state is None:
                continue
            if len(joined) > len(steps.longest) and _may_be_whole(joined):
                steps.longest = joined
            if state is _State.WHOLE:
                steps.last = piece
                return joined
            whole = _join(joined, pieces[at + 1 :], steps)
            if whole is not None:
                return whole
    return None


def _is_piece(piece: str) -> bool:
    """Return whether a piece is no word or name that has a fitting length by chance."""
    return len(piece) >= _LEAST_PIECE or is_drawn(piece)


def _ways_to_join(begun: str, piece: str) -> Iterator[str]:
    """Yield the ways to join a piece: a full stop stands behind a part that is complete."""
    complete = decode_segment(begun.rpartition(".")[2]) is not None
    if not complete or piece.startswith("."):
        yield begun + piece
    elif not begun.endswith("."):
        yield f"{begun}.{piece}"


def _state_of(begun: str) -> _State | None:
    """Return how far a token is complete that begins so; ``None`` if nothing can complete it."""
    parts = begun.split(".")
    if len(parts) > _PARTS:
        return None
    header = decode_segment(parts[0])
    if header is None:
        return _State.OPEN if len(parts) == 1 else None
    if "alg" not in header:
        return None
    if len(parts) == 1:
        return _State.OPEN
    if decode_segment(parts[1]) is None:
        return _State.OPEN if len(parts) == _PARTS - 1 else None
    if len(parts) < _PARTS:
        return _State.OPEN
    length = signature_length(header)
    lengths = (length,) if length else RSA_LENGTHS
    if len(parts[2]) in lengths:
        return _State.WHOLE
    return _State.OPEN if len(parts[2]) < lengths[-1] else None


def _may_be_whole(begun: str) -> bool:
    """Return whether a signature of open length is long enough to be whole."""
    header, *others = begun.split(".")
    if len(others) < _PARTS - 1 or len(others[-1]) < _SHORTEST_SIGNATURE:
        return False
    return signature_length(decode_segment(header)) is None


class Joined(NamedTuple):
    """A text in which a token's pieces are one, from the token on, and where the last one ends."""

    text: str
    end: int


_BODY = LazyRegex(r"[A-Za-z0-9_.-]{1,4096}+")
_ASSIGNED = LazyRegex(
    r"(?:^|[^\w$])[$@]{0,2}([A-Za-z_]\w{0,60}(?:(?:\.|->)\w{1,60}){0,3}(?:\[[\"'\w]{1,40}\])?)\s{0,20}(?::?=|<-|\.append\(|\.push\(|\.add\()"
    r"\s{0,20}(?:new\s+\w+\()?[rbufRBUF$@]{0,2}[\"'`](?:Bearer\s)?\Z"
)
_NEXT = (
    r"\\{{0,3}}[\"'`]\)?\s{{0,20}};?\s{{0,40}}(?:[$@]{{0,2}}{name}\s{{0,20}}"
    r"(?:\+=|\.=|\.\.=|<>=|&=|~=|<<|=\s{{0,20}}[$@]{{0,2}}{name}\s{{0,20}}(?:\.\.|<>|[+.&~])"
    r"|\.(?:append|push|push_str|add|concat|write|Append|WriteString)\()"
    r"|\.(?:append|push|add|concat|Append)\()\s{{0,20}}[rbufRBUF$@]{{0,2}}[\"'`]"
)
# The first argument of a call that joins texts, and what stands between two of them.
_CALLED = LazyRegex(
    r"(?:\.(?:append|concat|add)|\b(?:concat!?|CONCAT|paste0|str_c|join))\(\s{0,40}[\[({]?\s{0,40}"
    r"[rbufRBUF@]{0,2}[\"'`](?:Bearer\s)?\Z"
)
_CONCAT = LazyRegex(r"\\{0,3}[\"'`]\s{0,20}\.concat\(")
_ARGUMENT = LazyRegex(
    r"\\{0,3}[\"'`](?:\s{0,20},|\)?\s{0,40}\.(?:append|concat|add|push)\()\s{0,40}"
    r"[rbufRBUF@]{0,2}[\"'`]"
)
_ARRAY_END = LazyRegex(r"[\"'`]\s{0,20},?\s{0,20}\]\s{0,20}\.join\(\s?(?:\"\"|''|``)\s?\)")
_ASSIGNMENTS = LazyRegex(
    r"(?<![\w.])[$@]{0,2}([A-Za-z_]\w{0,60})\s{0,20}(?::\s?[&'\w ]{1,20})?\s{0,20}(?::?=|:|<-)"
    r"\s{0,20}"
    r"[rbufRBUF@]{0,2}[\"'`]?([A-Za-z0-9_.-]{1,4096})(?![A-Za-z0-9_.(-])"
)
_WORD = LazyRegex(r"(?:\.(?:concat|append|plus|add)\()?[^A-Za-z0-9_]{0,10}?([A-Za-z_]\w{0,60})")


def join_opaque(text: str, start: int, end: int) -> Joined | None:
    """Return the text from ``start`` on with the pieces that a program joins to the first one."""
    before = text[max(0, start - 160) : start]
    front = _ASSIGNED.search(before)
    if front is not None:
        joined = _join_while(text, start, end, _compile_next(front[1])) or _join_names(
            text, start, end, front[1]
        )
        if joined is not None:
            return joined
    joined = _join_while(text, start, end, _ARGUMENT)
    if joined is None:
        return None
    is_call = _CALLED.search(before) or _CONCAT.match(text, end)
    return joined if is_call or _ARRAY_END.match(text, joined.end) else None


def _join_while(text: str, start: int, end: int, gap: LazyRegex | re.Pattern[str]) -> Joined | None:
    """Return the text in which pieces with such a gap in front of each are one."""
    joined, last = text[start:end], end
    while (seam := gap.match(text, last)) and (body := _BODY.match(text, seam.end())):
        joined, last = joined + body.group(), body.end()
    return Joined(joined + text[last:], last) if last > end else None


def _compile_next(name: str) -> re.Pattern[str]:
    return re.compile(_NEXT.format(name=re.escape(name)))


def _join_names(text: str, start: int, end: int, name: str) -> Joined | None:
    """Return the text in which an expression of names is what their values are together."""
    first, last = max(0, start - _BEHIND), min(len(text), end + _AHEAD)
    values = {match[1]: match[2] for match in _ASSIGNMENTS.compiled.finditer(text, first, last)}
    if values.get(name) != text[start:end]:
        return None
    used = re.compile(rf"(?<![\w$])(?:[$@{{]{{0,3}}){re.escape(name)}(?!\w|\s*[:+.]?=|\s*:)")
    for match in used.finditer(text, first, last):
        joined, at = text[start:end], match.end()
        for _ in range(_MOST_PIECES):
            word = _WORD.match(text, at)
            if word is None or word[1] not in values or "\n" in word[0]:
                break
            joined, at = joined + values[word[1]], word.end()
        if len(joined) > end - start:
            return Joined(joined + text[end:], end)
    return None
