"""Read a signed token that is doubtful or torn: put right, or from pieces."""

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import SEAM
from tokcheck.paste.jwt.whole_token import WholeToken, whole_at
from tokcheck.paste.notations import signs
from tokcheck.paste.wrapping.openings import line_openings, repeated_marks
from tokcheck.scan.detect.concatenation.emphasis import without_emphasis
from tokcheck.scan.detect.concatenation.expressions import join_front
from tokcheck.scan.detect.concatenation.quoted_program import program_around
from tokcheck.scan.detect.concatenation.signed import complete_signed
from tokcheck.scan.detect.hit import ATTEMPT, JOINING_FRONT, REWRITING, Budget
from tokcheck.scan.detect.prefixed_tokens import are_joined

_TORN_HEAD = LazyRegex(f"(e){SEAM}(y){SEAM}(J)")
_LONGEST_HEADER = 160
# The rest of a header in a literal, in front of a payload.
_HEADER_FRONT = LazyRegex(r"[\"'`]([A-Za-z0-9_-]{8,150}\.)\Z")
_PIECE = LazyRegex(r"[A-Za-z0-9_.-]+")


def read_again(text: str, start: int, end: int, budget: Budget) -> tuple[WholeToken, int] | None:
    """Read a doubtful token with plain signs, as ``validate`` puts it right, or from pieces."""
    if not budget.spend(ATTEMPT):
        return None
    unwrapped = repeated_marks.unmarked_at(text, start, is_part=True)
    unwrapped = unwrapped or line_openings.unwrapped_at(text, start)
    if unwrapped is not None:
        lines, first, at = unwrapped
        budget.spend(REWRITING * len(lines.text))
        token, last = whole_at(lines.text, at)
        if token is not None and not token.cut:
            return token, first + lines.place_of(last)
    if signs.FIRST.search(text[start : end + 1]) is not None:
        plain = signs.plain_text(text, start)
        budget.spend(REWRITING * (len(text) - start))
        if plain is not None:
            token, last = whole_at(plain.text, start)
            if token is not None and not token.cut:
                return token, plain.place_of(last)
    from tokcheck.paste.context import substitutes

    restored = substitutes.restore_at(text, start)
    if restored is not None:
        budget.spend(restored[1] - start)
        token, _ = whole_at(restored[0], 0)
        if token is not None:
            return token, restored[1]
    joined = _complete(text, start, end, budget)
    if joined is not None and not joined[0].cut:
        return joined
    return _read_emphasised(text, start, budget) or joined


def _complete(text: str, start: int, end: int, budget: Budget) -> tuple[WholeToken, int] | None:
    """Read a token from its pieces, also in a program that another text quotes."""
    joined = complete_signed(text, start, budget)
    if joined is not None and not joined[0].cut:
        return joined
    program = program_around(text, start, end, budget)
    found = program and complete_signed(program.text, program.find_place(start), budget)
    return (found[0], program.place_of(found[1])) if program and found else joined


def _read_emphasised(text: str, start: int, budget: Budget) -> tuple[WholeToken, int] | None:
    """Read a token with its lines or parts emphasised by underscores."""
    for plain in without_emphasis(text, start):
        if not budget.spend(ATTEMPT + REWRITING * len(plain.text)):
            return None
        token, last = whole_at(plain.text, 0)
        if token is None or token.cut or token.unclear:
            token, last = complete_signed(plain.text, 0, budget) or (None, 0)
        if token is not None and not token.cut:
            return token, start + plain.place_of(last)
    return None


def torn_start(text: str, start: int, budget: Budget) -> tuple[int, int] | None:
    """Return where a header begins that has a joint between its first three letters.

    The text at ``start`` is the payload behind it, or the rest of its header.
    """
    if not text.startswith(".", start - 1) or not budget.spend(ATTEMPT):
        return None
    first = max(0, start - _LONGEST_HEADER)
    for match in _TORN_HEAD.compiled.finditer(text, first, start):
        if match.end() - match.start() > len("eyJ") and are_joined(match):
            return match.span()
    return None


def read_front(text: str, start: int, budget: Budget) -> tuple[WholeToken, int, int] | None:
    """Read the token with first letters that have a name of their own, its place and its end.

    The text at ``start`` is the payload behind its header.
    """
    header = _HEADER_FRONT.search(text[max(0, start - _LONGEST_HEADER) : start])
    piece = _PIECE.match(text, start) if header is not None else None
    if header is None or piece is None or not budget.spend(JOINING_FRONT):
        return None
    joined = join_front(text, start - len(header[1]), piece.end())
    token = whole_at(joined.text, 0)[0] if joined is not None else None
    if joined is None or token is None or token.cut:
        return None
    return token, joined.start, piece.end()
