"""The program around a piece of a token that JSON, a notebook or HTML quotes: plainly."""

from tokcheck.paste.notations.program_signs import has_written_signs, plain_program
from tokcheck.paste.notations.signs import PlainText
from tokcheck.scan.detect.hit import Budget

# How much of a text is read in front of the piece and behind it, and how near a sign of the program
# stands.
_FRONT, _BEHIND = 1_500, 4_000
_NEAR = 200


def program_around(text: str, start: int, end: int, budget: Budget) -> PlainText | None:
    """Return the text with the program around a piece plain; ``None`` if it already is."""
    if not has_written_signs(text, end, end + _NEAR):
        return None
    first, last = max(0, start - _FRONT), min(len(text), end + _BEHIND)
    if not budget.spend(last - first):
        return None
    inside = text.endswith('"', 0, start) and not text.endswith('\\"', 0, start)
    return plain_program(text, first, last, quotes_inside=inside)
