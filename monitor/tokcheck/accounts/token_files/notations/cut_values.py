"""Find a value that was read in part: the text continues it in a way that no reader joins. Pure."""

import re
from collections.abc import Mapping

from tokcheck.accounts.token_files.notations.form_bodies import is_parameter
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.foreign_character import Character, describe_character

_MARK = r"[\"'`]"
# An operator with another literal behind it, in the same line or the next one.
_OPERATOR = (
    rf"{_MARK}[ \t]{{0,8}}(?:\\?\r?\n[ \t]{{0,40}})?(?:\+|\.{{1,2}}|&(?!&)|~|<>)[ \t]{{0,8}}"
    rf"(?:[\\`_]?[ \t]?\r?\n[ \t]{{0,40}})?{_MARK}[A-Za-z0-9]"
)
_BEHIND = LazyRegex(
    rf"{_OPERATOR}"
    # Another literal alone, as C and Python join them.
    rf"|{_MARK}\s{{1,40}}{_MARK}[A-Za-z0-9._~+/=%-]{{1,4096}}{_MARK}(?=\s{{0,8}}[;,)\]}}]|\s{{0,40}}\Z)"
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
_LITERAL = "continues in another literal or line, which cannot be joined"
_CLOSING = {'"': '"', "'": "'", "`": "`", ">": "<"}
# An escaped line break may stand in front of a closing quotation mark.
# Line breaks, also written ones, may stand in front of a closing quotation mark. A doubled one is
# a character of the value, as in SQL, and one with more backslashes than the opening, too.
_ENDS_OF_TEXT = {
    mark: LazyRegex(
        rf"(?:\\+[nrt](?=\\*{mark})|[ \t\r\n])*(?P<escape>\\*+){mark}"
        rf"(?![)\]}}]\w|{mark}\w|(?!{mark})[\"'`][\w\"'`])"
    )
    for mark in _CLOSING.values()
}
_SEPARATORS = frozenset(",;&")
_ESCAPES = LazyRegex(r"\\*\Z")
# Signs behind a value, and what follows the last of them.
_SIGNS = LazyRegex(
    r"(?:\\+[nrt]?|[,;&|)\]}>*\"'`.:!?]|%(?:25){0,2}(?:0[AaDd]|2[0267Cc]|3[CcEe]|5[Dd]|7[Dd])"
    r"|&(?:quot|apos|lt|gt|nbsp|\#\d{1,5}|\#[Xx][0-9A-Fa-f]{1,5});)*+"
)
_END = LazyRegex(r"\s|\Z|</?[A-Za-z]{1,20}(?:[ \t][^<>\r\n]{0,200})?/?>|<!|\]\]>")
# The signs that close something, and what has opened it in the same line or before.
_OPENED = {")": "(", "]": "[", "}": "{", ">": "<", "*": "*", "|": "|", '"': '"', "'": "'", "`": "`"}
_NEXT_NAME = LazyRegex(
    r"([A-Za-z_][\w.-]{0,60})[\"'`\\]{0,4}\]?[ \t]?(?:=>|[:=]|%(?:25){0,2}3[AaDd])"
)
_IN_XML = LazyRegex(r"\]\]>|</|<!")
_FAR = 4096  # a bracket may open in front of other long values
_WORD = LazyRegex(r"[a-z]{3,}(?:_[a-z]+)*|[A-Z]{3,}(?:_[A-Z]+)*")


def is_cut(text: str, value: str) -> bool:
    """Return whether a text continues a value wherever it has it."""
    return find_cut(text, value) is not None


def find_cut(text: str, value: str) -> str | None:
    """Return how a text continues a value wherever it has it, as a sentence's predicate."""
    whole = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(value)}(?![A-Za-z0-9_])")
    places = [match.span() for match in whole.finditer(text)]
    if not places:
        return None
    # Where each name is appended to for the last time.
    appended = {match[1]: match.start() for match in _APPENDED.compiled.finditer(text)}
    cuts = (_cut_at(text, *place, appended) for place in places)
    first = next(cuts)
    return first if first is not None and all(cuts) else None


def _cut_at(text: str, start: int, end: int, appended: Mapping[str, int]) -> str | None:
    if _continues(text, start, end, appended):
        return _LITERAL
    if _ends(text, start, end):
        return None
    sign = describe_character(Character(text[end], end + 1, text[end]))
    return f"continues behind {sign}, and where it ends is not certain"


def _ends(text: str, start: int, end: int) -> bool:
    """Return whether what stands behind a value ends it, instead of being its own."""
    opening, sign = text[start - 1 : start], text[end : end + 1]
    before = text[max(0, start - _BEFORE) : start]
    if opening in _CLOSING:
        closing = _ENDS_OF_TEXT[_CLOSING[opening]].match(text, end)
        escapes = _ESCAPES.search(before[:-1])
        same = closing is not None and escapes is not None and closing["escape"] == escapes.group()
        return (same and not _is_doubled(text, start, end, opening)) or sign.isspace()
    if sign == opening and sign and sign not in _SEPARATORS:
        return True
    if _IN_XML.match(text, end):
        return True
    if sign in _OPENED and _OPENED[sign] not in text[max(0, start - _FAR) : start]:
        return False
    if sign == "&" and text[end + 1 : end + 2].strip() == "":
        return False
    signs = _SIGNS.match(text, end)
    behind = end if signs is None else signs.end()
    if _END.match(text, behind):
        return True
    name = _NEXT_NAME.match(text, behind)
    return name is not None and (is_parameter(name[1]) or _WORD.fullmatch(name[1]) is not None)


def _is_doubled(text: str, start: int, end: int, mark: str) -> bool:
    """Return whether two marks stand behind a value and one in front of it, as SQL writes one."""
    return (
        text.startswith(2 * mark, end)
        and not text.startswith(3 * mark, end)
        and not text.startswith(2 * mark, start - 2)
    )


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
