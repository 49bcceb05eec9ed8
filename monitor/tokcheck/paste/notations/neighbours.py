"""String literals that stand side by side, which C and Python take for one."""

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.notations.entities import ENTITY_QUOTE

_MARK = rf"\\{{0,3}}(?:[\"'`]|{ENTITY_QUOTE})"
_LETTERS = "[rRbBfFuUL]{0,2}"
# The text in front of a literal that is assigned or returned, and of one in a line of its own.
_FRONT = LazyRegex(
    r"(?:\w\]?[ \t]{1,8}(?::?=|:)[ \t]{0,8}\(?|\breturn[ \t(]{1,8})" rf"{_LETTERS}{_MARK}\Z"
)
_OWN_LINE = LazyRegex(rf"[ \t]{{1,80}}{_LETTERS}{_MARK}\Z")
_BEHIND = LazyRegex(
    rf"{_MARK}(?:\s{{1,60}}+(?:\\\s{{1,60}}+)?{_LETTERS}{_MARK}[A-Za-z0-9_.-]{{1,300}}{_MARK}){{0,24}}+"
)
# The end of a statement, and that of the brackets around lines.
_END = LazyRegex(r"[ \t]{0,8}(?:\)\s{0,60})?[;\r\n]|\s{0,60}(?:\)|\Z)")
_BRACKET = LazyRegex(r"\s{0,60}\)")


def are_one_value(before: str, text: str, end: int) -> bool:
    """Return whether a literal is one value with those at its side.

    The first one has ``before`` in front of it in its line, and the second one ends at ``end``.
    """
    own = _OWN_LINE.match(before)
    if own is None and _FRONT.search(before) is None:
        return False
    last = _BEHIND.match(text, end)
    return last is not None and (_BRACKET if own else _END).match(text, last.end()) is not None
