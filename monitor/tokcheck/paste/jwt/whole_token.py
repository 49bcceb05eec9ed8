"""A signed token that stands whole at a place, even with other characters glued to it."""

from typing import Any, NamedTuple

from tokcheck.paste.grammar import ENDING, PIECE, decode_segment, signature_length
from tokcheck.paste.jwt.jwt_reader import PARTS, SHORTEST_SIGNATURE, Reader, Run
from tokcheck.paste.wrapping.word_shapes import is_irregular, is_random_line

# Where the rest of a signature may stand, and how long it is.
_NEAR = 400
_LEAST_REST = 4
_LONGEST_REST = 683


class WholeToken(NamedTuple):
    """A signed token that stands whole in a text, even with other characters glued to it.

    ``unclear`` is whether it may continue in the next line, as one of open length may. ``cut`` is
    whether a part of its signature was found and other text stands in front of the rest.
    """

    raw: str
    header: dict[str, Any]
    payload: dict[str, Any]
    signature: str
    unclear: bool = False
    cut: bool = False


def whole_at(text: str, start: int) -> tuple[WholeToken | None, int]:
    """Return the whole signed token that begins at ``start``, and where it ends.

    If it is not whole, the token is ``None`` and the position is how far the reader came: the
    token may continue after the end of the text.
    """
    run = Reader(text, start).run()
    if len(run.parts) != PARTS or run.header is None or "alg" not in run.header:
        return None, run.end
    payload = decode_segment(run.parts[1])
    signature = run.parts[2]
    cut = len(signature) < (signature_length(run.header) or SHORTEST_SIGNATURE)
    if payload is None or (cut and not _may_have_rest(text, run)):
        return None, run.end
    raw = ".".join(run.parts)
    return WholeToken(raw, run.header, payload, signature, run.unclear or cut, cut), run.end


def _may_have_rest(text: str, run: Run) -> bool:
    """Return whether the rest of a signature may stand behind what ends it."""
    if not run.parts[2]:
        return False
    if run.joints or ENDING.match(text, run.end) is None:
        return True
    length = signature_length(run.header)
    missing = length - len(run.parts[2]) if length else _LONGEST_REST
    for word in PIECE.finditer(text, run.end, min(len(text), run.end + _NEAR)):
        if len(word[0]) == missing and (missing >= _LEAST_REST or is_irregular(word[0])):
            return True
        if len(word[0]) <= missing and is_random_line(word[0]):
            return True
    return False
