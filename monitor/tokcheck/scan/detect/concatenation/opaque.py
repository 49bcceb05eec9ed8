"""Put an opaque token together from the pieces that a program joins with its own operators."""

from tokcheck.scan.detect.concatenation.expressions import join_names
from tokcheck.scan.detect.concatenation.joined import Joined
from tokcheck.scan.detect.concatenation.quoted_program import program_around
from tokcheck.scan.detect.concatenation.statements import (
    join_arguments,
    join_even_list,
    join_statements,
)
from tokcheck.scan.detect.hit import ATTEMPT, Budget

_BEFORE = 160
# The search for expressions costs as much as so many other attempts.
_EXPRESSIONS = 8


def join_opaque(text: str, start: int, end: int, budget: Budget) -> Joined | None:
    """Return the text from ``start`` on with the pieces that a program joins to the first one."""
    joined = _join(text, start, end, budget, _EXPRESSIONS * ATTEMPT)
    plain = None if joined is not None else program_around(text, start, end, budget)
    if plain is None:
        return joined
    start, end = plain.find_place(start), plain.find_place(end)
    # Only a piece that was searched for above has this search as well.
    joined = _join(plain.text, start, end, budget, ATTEMPT)
    if joined is None:
        return Joined(plain.text, plain.place_of(end), start=start, ends=False)
    return joined._replace(end=plain.place_of(joined.end))


def _join(text: str, start: int, end: int, budget: Budget, expressions: int) -> Joined | None:
    before = text[max(0, start - _BEFORE) : start]
    return (
        join_statements(text, before, start, end)
        or join_arguments(text, before, start, end)
        or (join_names(text, start, end) if budget.spend(expressions) else None)
        or join_even_list(text, start, end)
    )
