"""A text in Base64 that a program puts together from pieces, as it does with a token."""

import re
from functools import lru_cache
from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex, LazyRegex
from tokcheck.paste.encoding.base64_text import read_base64
from tokcheck.scan.detect.concatenation.expressions import join_front
from tokcheck.scan.detect.concatenation.opaque import join_opaque
from tokcheck.scan.detect.hit import ATTEMPT, JOINING_FRONT, Budget

_BEFORE, _AHEAD = 1_500, 49_152
# The end of a piece: of a literal, a line or a statement.
_PIECE = LazyRegex(r"[A-Za-z0-9+/_-]{4,}+=*+(?=[\"'`\\;\r\n])")
# The signs of Base64 are operators elsewhere, so that they are replaced in values alone.
_VALUE = LazyRegex(
    r"(?<=[\"'`])([A-Za-z0-9+/_-]+)(=*)([\"'`])|(?<==)([A-Za-z0-9+/_-]{16,})(={0,2})(?=[\s;])"
)
_RUN = LazyRegex(r"[A-Za-z0-9_-]+")
_TEXT = LazyBytesRegex(rb"[\t\r\n -~]+")
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_BASE64URL = str.maketrans("+/", "-_")


class JoinedPieces(NamedTuple):
    """What the pieces stand for together, and where the first one stands in the data.

    ``sure`` is whether no piece may be a word of another kind.
    """

    inner: bytes
    start: int
    end: int
    sure: bool


def join_pieces(data: bytes, at: int, budget: Budget) -> JoinedPieces | None:
    """Return the text in Base64 with a first piece that holds a place; ``None`` if that is all."""
    first = max(0, at - _BEFORE)
    text = data[first : at + _AHEAD].decode("latin-1")
    start = len(text[: at - first].rstrip(_CHARACTERS))
    piece = _PIECE.match(text, start)
    if piece is None or not budget.spend(ATTEMPT):
        return None
    plain = _plain_values(data)[first : first + len(text)]
    is_last = piece.group().endswith("=")
    joined = None if is_last else join_opaque(plain, start, piece.end(), budget)
    if joined is not None:
        return _decode(joined.text, first + start, first + piece.end(), sure=joined.sure)
    if not budget.spend(JOINING_FRONT):
        return None
    # The first characters may have a name of their own.
    whole = join_front(plain, start, start + len(piece.group().rstrip("=")))
    if whole is None:
        return None
    return _decode(whole.text, first + whole.start, first + piece.end(), sure=False)


def _decode(text: str, start: int, end: int, *, sure: bool) -> JoinedPieces | None:
    run = _RUN.match(text)
    if run is None:
        return None
    try:
        inner = read_base64(run.group().encode())
    except ValueError:
        return None
    # A word of another kind hardly ever stands for text.
    return JoinedPieces(inner, start, end, sure or _TEXT.fullmatch(inner) is not None)


@lru_cache(maxsize=1)
def _plain_values(data: bytes) -> str:
    """Return some data, which may have many pieces, with its values in base64url."""
    return _VALUE.compiled.sub(_plain_value, data.decode("latin-1"))


def _plain_value(value: re.Match[str]) -> str:
    """Return a value in base64url without its padding, and as long as before."""
    run = (value[1] or value[4]).translate(_BASE64URL)
    padding = value[2] if value[1] else value[5]
    return run + (value[3] or "") + " " * len(padding)
