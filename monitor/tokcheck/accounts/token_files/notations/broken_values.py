"""Complete values with a space or a line break in their middle, at which most readers end. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.accounts.token_files.notations.whole_text import WholeText, is_complete
from tokcheck.core.lazy import LazyRegex

_BREAKABLE = ("refresh_token", "client_secret", "access_token")
_HEXADECIMAL = LazyRegex(r"(?:[0-9a-f]{32}){1,2}")
_DIGITS = LazyRegex(r"[0-9a-f]+")
# A command, a keyword or the end of a shell's text: words, with a number behind, or a path.
_WORD = LazyRegex(
    r"(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+)(?:[_./-]?(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+))*+[0-9]{0,5}"
    r"|[./~-].*"
)
_LONGEST = 4_096
_NAMED = LazyRegex(r"[A-Za-z_][\w.-]{0,60}[\"']?[ \t]?(?:[:=](?!=|\s|\Z)|[:=]>?[ \t]+\S)")
_MORE = LazyRegex(r"[A-Za-z0-9]")
_BREAK = LazyRegex(r"\\[rn]|\s")
# What shows where a value begins, and the end that belongs to it.
_OPENING = LazyRegex(r"""(["'`>])(?:[A-Za-z_][\w.-]{0,60}=)?\Z""")
_LONGEST_OPENING = 63
_CLOSING = {">": "<"}
_REST = LazyRegex(r"(?:(?:\\[rn]|\s)+[A-Za-z0-9._~+/-]+=*)+\s*")
# A line that continues an indented setting, as parsers of INI files read it.
_INDENTED = LazyRegex(r"(?:[ \t]*\r?\n[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:\r?\n|\Z)))+")
# A line that is nothing but a part of a value.
_WRAPPED = LazyRegex(
    r"(?:[ \t]*\r?\n(?=\S*[0-9]|\S*[a-z][A-Z])[A-Za-z0-9._~+/-]{8,}"
    r"(?=[ \t]*(?:\r?\n|\Z)))+"
)
_ASSIGNED = LazyRegex(r"[=:][ \t]*\Z")


def whole_values(fields: Mapping[str, Any], text: str) -> dict[str, str]:
    """Return the tokens and the client secret of some fields as the text has them.

    A quote, a tag or an indentation shows that a value continues behind a break.
    """
    values = ((name, fields.get(name)) for name in _BREAKABLE)
    return {
        name: _whole_value(value, text)
        for name, value in values
        if isinstance(value, str) and not isinstance(value, WholeText)
    }


def is_cut_at_break(part: str, whole: str) -> bool:
    """Return whether a text is the part of a value up to a break in its middle."""
    bare = whole.strip("\"'` \t\r\n")
    rest = bare.removeprefix(part)
    if not part or rest == bare or _BREAK.match(rest) is None:
        return False
    # Neither a sign of the shell that the line continues, nor a line of several fields.
    return _MORE.search(rest) is not None and _NAMED.search(rest) is None


def continues_with(part: str, pieces: Sequence[str]) -> bool:
    """Return whether the next lines can belong to the part of a value in front of them.

    They do not if that is whole, or if one of them is a word.
    """
    if is_complete(part) or any(map(_WORD.fullmatch, pieces)):
        return False
    # So many digits may be all, but not if more of them follow.
    return not _HEXADECIMAL.fullmatch(part) or _DIGITS.fullmatch("".join(pieces)) is not None


def _whole_value(value: str, text: str) -> str:
    """Return the value in a text of which ``value`` may be the beginning."""
    part = value.lstrip("\"'`")
    whole = None
    position = text.find(part) if part else -1
    while position >= 0:
        end = position + len(part)
        rest = _rest_of(text, position, end)
        if rest is None:  # one place where it is whole is enough
            return value
        whole = whole or part + rest
        position = text.find(part, end)
    return whole or value


def _rest_of(text: str, start: int, end: int) -> str | None:
    """Return what belongs to a value behind its part between two positions, or ``None``."""
    before = text[max(0, start - _LONGEST_OPENING) : start]
    opening = _OPENING.search(before)
    if opening is not None:
        rest = _REST.match(text, end, end + _LONGEST)
        closing = _CLOSING.get(opening[1], opening[1])
        return rest.group() if rest and text.startswith(closing, rest.end()) else None
    if _ASSIGNED.search(before) is None:
        return None
    part = text[start:end]
    indented = _INDENTED.match(text, end)
    if indented is not None:
        is_part = continues_with(part, indented.group().split())
        return indented.group() if is_part else None
    wrapped = _WRAPPED.match(text, end)
    if wrapped is not None and not continues_with(part, wrapped.group().split()):
        return None
    width = end - text.rfind("\n", 0, end) - 1
    is_wrapped = wrapped is not None and max(map(len, wrapped.group().split())) <= width
    return wrapped.group() if wrapped is not None and is_wrapped else None
