"""Find a value that was read in part: the text continues it in a way that no reader joins. Pure."""

import re
from collections.abc import Mapping

from tokcheck.core.lazy import LazyRegex

_MARK = r"[\"'`]"
# An operator with another literal behind it, in the same line or the next one.
_OPERATOR = (
    rf"{_MARK}[ \t]{{0,8}}(?:\\?\r?\n[ \t]{{0,40}})?(?:\+|\.{{1,2}}|&(?!&)|~|<>)[ \t]{{0,8}}"
    rf"(?:[\\`_]?[ \t]?\r?\n[ \t]{{0,40}})?{_MARK}[A-Za-z0-9]"
)
_BEHIND = LazyRegex(
    rf"{_OPERATOR}"
    # A line that a sign continues.
    r"|[\\^`]\r?\n[A-Za-z0-9]"
    # The elements of a list that a program joins.
    rf"|{_MARK},\s{{0,40}}{_MARK}[^\"'`\n]{{1,4096}}{_MARK}\s{{0,40}}\]\s{{0,8}}\.\s{{0,8}}join\b"
)
# A quotation that opens at the end of an unquoted value, as a shell joins words.
_GLUED = LazyRegex(r"[\"'][A-Za-z0-9]")
_DEFINED = LazyRegex(r"[ \t]{0,4}#[ \t]{0,4}define[ \t]+\w+[ \t]+\"\Z")
_NEXT_LITERAL = LazyRegex(r"\"[ \t]{1,8}\"[A-Za-z0-9]")
_HEREDOC = LazyRegex(r"<<[-~]?[\"']?(\w{1,40})[\"']?[ \t]*\r?\n[ \t]*\Z")
_REST_OF_HEREDOC = LazyRegex(r"[ \t]*\r?\n[ \t]*([A-Za-z0-9._~+/=-]+)")
_NAME = LazyRegex(r"(?:^|[\s;])(\w{1,80})=[\"']?\Z")
_APPENDED = LazyRegex(r"(?m)^[^\S\n]*+(\w{1,80})\+=")
_BEFORE = 200


def is_cut(text: str, value: str) -> bool:
    """Return whether a text continues a value wherever it has it."""
    whole = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(value)}(?![A-Za-z0-9_])")
    places = [match.span() for match in whole.finditer(text)]
    if not places:
        return False
    # Where each name is appended to for the last time.
    appended = {match[1]: match.start() for match in _APPENDED.compiled.finditer(text)}
    return all(_continues(text, *place, appended) for place in places)


def _continues(text: str, start: int, end: int, appended: Mapping[str, int]) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    if _BEHIND.match(text, end):
        return True
    mark = before[-1:]
    if mark not in {'"', "'"} and _GLUED.match(text, end):
        return True
    if _DEFINED.search(before.rpartition("\n")[2]) and _NEXT_LITERAL.match(text, end):
        return True
    heredoc, rest = _HEREDOC.search(before), _REST_OF_HEREDOC.match(text, end)
    if heredoc is not None and rest is not None and rest[1] != heredoc[1]:
        return True
    name = _NAME.search(before)
    return name is not None and appended.get(name[1], -1) >= end
