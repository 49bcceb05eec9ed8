"""A program's text inside another one: with quotation marks and line breaks written plainly.

JSON, a notebook and HTML write them in other notations. Only without these, the literals of the
program are read as in its own file.
"""

from collections.abc import Iterator

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.notations.entities import ENTITY_APOSTROPHE, ENTITY_PLUS, ENTITY_QUOTE
from tokcheck.paste.notations.signs import PlainText, with_signs

_ESCAPED = r"\\{1,7}"
_QUOTE = rf"(?:\\{{0,7}}(?:[\"'`]|{ENTITY_QUOTE})|{_ESCAPED}u002[27])"
_WRITTEN = LazyRegex(
    # The end of a line, which notebooks write as an element of a list.
    rf"(?P<line>{_ESCAPED}n(?:{_QUOTE},\s{{0,60}}{_QUOTE})?)"
    rf"|(?P<single>{_ESCAPED}(?:'|u0027)|\\{{0,7}}{ENTITY_APOSTROPHE})"
    rf"|(?P<double>{_ESCAPED}(?:\"|u0022)|\\{{0,7}}{ENTITY_QUOTE})"
    rf"|(?P<back>{_ESCAPED}`)"
    rf"|(?P<plus>{_ESCAPED}u002[Bb]|{ENTITY_PLUS})"
    r"|(?P<and>&amp;|\\{1,7}u0026)"
    rf"|(?P<tab>{_ESCAPED}t)|(?P<return>{_ESCAPED}r(?={_ESCAPED}n))"
    r"|(?P<slash>\\\\(?=\\{1,7}n))"
)
_WRITTEN_OR_OUTER = LazyRegex(rf"{_WRITTEN.pattern}|(?P<outer>\"(?:\s{{0,8}}[:,]\s{{0,8}}\")?)")
_SIGNS = {
    "line": "\n", "single": "'", "double": '"', "back": "`", "plus": "+", "and": "&", "tab": "\t",
    "return": "\r", "slash": "\\", "outer": "\n",
}  # fmt: skip


def has_written_signs(text: str, first: int, last: int) -> bool:
    """Return whether a part of a text has a sign of a program in the notation of another text."""
    return _WRITTEN.compiled.search(text, first, last) is not None


def plain_program(text: str, first: int, last: int | None, *, quotes_inside: bool) -> PlainText:
    """Return a text with a part of it as a program has it.

    Unless the program has plain ``quotes_inside``, they are the other text's, and end a line here.
    """
    part = text[:last]
    return with_signs(part, _signs(part, first, _WRITTEN if quotes_inside else _WRITTEN_OR_OUTER))


def _signs(text: str, first: int, expression: LazyRegex) -> Iterator[tuple[int, int, str]]:
    for match in expression.compiled.finditer(text, first):
        yield match.start(), match.end(), _SIGNS[match.lastgroup or ""]
