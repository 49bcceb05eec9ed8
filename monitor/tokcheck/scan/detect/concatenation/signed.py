"""Put a signed token together from pieces: its payload has to decode, its signature to fit."""

from collections.abc import Iterator
from enum import Enum

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import RSA_LENGTHS, decode_segment, signature_length
from tokcheck.paste.jwt.whole_token import WholeToken, whole_at
from tokcheck.paste.wrapping.word_shapes import is_irregular, is_random_line
from tokcheck.scan.detect.hit import Budget

_FIRST = LazyRegex(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+)*+")
_HEADER = LazyRegex(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]+)\.\Z")
_LONGEST_HEADER = 400
# A quoted literal of a token's characters, a bare word that is long enough to be a part, or one
# behind a line that continues.
_PIECE = LazyRegex(
    r"(?P<quote>[\"'`])(\.?[A-Za-z0-9_-]{1,4096}(?:\.[A-Za-z0-9_-]{1,4096}){0,2}\.?)\\{0,3}(?P=quote)"
    r"|(?<![A-Za-z0-9_.-])"
    r"((?:[A-Za-z0-9_-]{20,4096}|[A-Za-z0-9_-]{0,19}\.[A-Za-z0-9_-]{20,4096}(?=\.|(?![A-Za-z0-9_-])))"
    r"(?:\.[A-Za-z0-9_-]{1,4096}){0,2}\.?"
    r"|(?:(?<=[\\^`=]\n)|(?<=[\\^`=]\r\n))[A-Za-z0-9_-]{1,19}"
    r"(?=[\"'\r\n]|[ \t]{1,8}[\\^`]\r?\n|\Z))"
    r"(?![A-Za-z0-9_.(-])"
)
_CONTINUED = LazyRegex(r"[ \t]{0,8}[\\^`=]\r?\n")
# A piece that may begin with a hyphen that marks its line, as in a diff.
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
# The beginning of a JSON object, with a key or a blank behind its bracket.
_OBJECTS = ("eyJ", "eyA", "ew")


class _State(Enum):
    WHOLE = "whole"
    OPEN = "open"  # it may become whole


def complete_signed(text: str, start: int, budget: Budget) -> tuple[WholeToken, int] | None:
    """Return the token that begins at ``start`` with pieces that complete it, and its first end."""
    first = _FIRST.match(text, start)
    if first is None or _state_of(first.group()) is not _State.OPEN:
        return None
    if text.startswith(".", start - 1) and _stands_behind_header(text, start):
        return None  # a payload, which only the end of its own token completes
    end = first.end()
    behind = _pieces(text, max(0, start - _BEHIND), start)
    ahead = _pieces(text, end, min(len(text), end + _AHEAD))
    steps = _Steps(budget)
    whole = _join(first.group(), [*ahead, *behind, *reversed(behind)], steps)
    if whole is None and behind:
        # The payload stands in front of its header, and the signature behind both.
        steps = _Steps(budget, steps.longest)
        whole = _join(first.group(), [*behind, *ahead], steps)
    token = whole_at(whole, 0)[0] if whole else _part_of(steps.longest)
    if token is None:
        return None
    marked = _MARKED.compiled.search(text, end, end + _AHEAD) is not None
    sure = whole and not marked and _is_piece(steps.last)
    return (token if sure else token._replace(unclear=True)), end


def _stands_behind_header(text: str, start: int) -> bool:
    front = _HEADER.search(text[max(0, start - _LONGEST_HEADER) : start])
    header = None if front is None else decode_segment(front[1])
    return header is not None and "alg" in header


class _Steps:
    """Counts the ways that are tried.

    ``longest`` is the longest token with a signature that may be whole or a part; ``last`` is the
    piece that completes the whole one.
    """

    def __init__(self, budget: Budget, longest: str = "") -> None:
        self._budget = budget
        self._left = _MOST_STEPS
        self.longest = longest
        self.last = ""

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0 and self._budget.spend(_STEP)


def _pieces(text: str, first: int, last: int) -> list[str]:
    found: list[str] = []
    end = first
    for match in _PIECE.compiled.finditer(text, first, last):
        # Only directly behind another piece, a short word is one.
        short = match[3] is not None and len(match[3]) < _LEAST_PIECE
        if not short or _CONTINUED.fullmatch(text, end, match.start()):
            found.append(match[2] or match[3])
            end = match.end()
    return found[:_MOST_PIECES]


def _join(beginning: str, pieces: list[str], steps: _Steps) -> str | None:
    """Return the whole token made of this beginning and some of the pieces, in their order."""
    for at, piece in enumerate(pieces):
        for joined in _ways_to_join(beginning, piece):
            if not steps.take():
                return None
            state = _state_of(joined)
            if state is None:
                continue
            if len(joined) > len(steps.longest) and _is_part(joined):
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
    return len(piece) >= _LEAST_PIECE or is_irregular(piece)


def _ways_to_join(beginning: str, piece: str) -> Iterator[str]:
    """Yield the ways to join a piece: a full stop stands behind a part that is complete."""
    complete = decode_segment(beginning.rpartition(".")[2]) is not None
    if not complete or piece.startswith("."):
        yield beginning + piece
    elif not beginning.endswith("."):
        yield f"{beginning}.{piece}"


def _state_of(beginning: str) -> _State | None:
    """Return how far a token is complete that begins so; ``None`` if nothing can complete it."""
    parts = beginning.split(".")
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
        opens = not parts[1] or parts[1].startswith(_OBJECTS) or parts[1] in _OBJECTS[0]
        return _State.OPEN if opens and len(parts) == _PARTS - 1 else None
    if len(parts) < _PARTS:
        return _State.OPEN
    length = signature_length(header)
    lengths = (length,) if length else RSA_LENGTHS
    if len(parts[2]) in lengths:
        return _State.WHOLE
    return _State.OPEN if len(parts[2]) < lengths[-1] else None


def _part_of(beginning: str) -> WholeToken | None:
    """Return a token with a signature of which a part may be missing; ``None`` for no text."""
    first, *others = beginning.split(".")
    header = decode_segment(first)
    payload = decode_segment(others[0]) if others else None
    if header is None or payload is None:
        return None
    length = signature_length(header) or _SHORTEST_SIGNATURE
    return WholeToken(
        beginning, header, payload, others[1], unclear=True, cut=len(others[1]) < length
    )


def _is_part(beginning: str) -> bool:
    """Return whether a token has a signature, of which a part may be missing."""
    header, *others = beginning.split(".")
    if len(others) < _PARTS - 1:
        return False
    if signature_length(decode_segment(header)) is None:
        return len(others[-1]) >= _SHORTEST_SIGNATURE
    # One of fixed length shows itself that it is a part.
    return is_random_line(others[-1]) and _OBJECTS[0] not in others[-1]
