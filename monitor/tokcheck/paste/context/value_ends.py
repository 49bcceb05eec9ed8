"""Whether a credential of no certain length ends where its value does."""

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.line_breaks import LENGTHS, rest_of_digits
from tokcheck.paste.flaws import Diagnosis, odd_letter_at
from tokcheck.paste.grammar import joint_at
from tokcheck.paste.wrapping.continuation import follow
from tokcheck.paste.wrapping.foreign_character import (
    character_at,
    describe_character,
    foreign_flaw,
)
from tokcheck.paste.wrapping.joined_names import may_name_parts
from tokcheck.paste.wrapping.text_behind import line_before, open_quote

_DIGITS = LazyRegex(r"[0-9a-f]+|[0-9A-F]+")
_PART = LazyRegex(r"[0-9a-f]{8,63}")
# Tags, signs, and line breaks as they are escaped, percent-encoded and written in HTML.
_MORE_DIGITS = LazyRegex(
    r"(?:</?[A-Za-z][^<>\r\n]{0,60}>|\\(?:[nrt]|[ux](?:00)?0[AaDd])|%0[AaDd]|&(?:#\w{1,5}|[A-Za-z]{2,8});"
    r"|[\"'][ \t]*&[ \t]*_\r?\n|[^A-Za-z0-9_-]|-[ \t]){1,24}+"
    r"([0-9a-f]{4,56})(?![A-Za-z0-9_-])"
)
_NAME = r"(?:export\s+|set\s+|-\s+)?[\"']?([A-Za-z_][\w.-]{0,80})[\"']?[ \t]?(?:[:=]|=>)"
_OWN_NAME = LazyRegex(rf"\s*{_NAME}[ \t]*[\"'`]?(?:[Bb]earer )?\Z")
# The end of a line, empty ones and comments, and the assignment of another value.
_NEXT_VALUE = LazyRegex(
    rf"[\"'`]?[,;]?[ \t]*(?:#[^\r\n]{{0,200}})?(?:\r?\n[ \t]*(?:#[^\r\n]{{0,200}})?)+"
    rf"{_NAME}[ \t]*[\"'`$\w]"
)
# Behind a comma, a literal that is no key may be the next part.
_ENDED = LazyRegex(
    r"[ \t]*(?:\)|\}|\]|;|:|/?>|\r?\n[ \t]*[#/)\]}]|\Z"
    r"|,(?!\s*[\"'`])|,\s*[\"'][\w.-]{1,60}[\"']\s*(?::|=>))"
)
# The mark in front of a value that stands alone in a literal.
_OPENED = LazyRegex(r"([\"'`])(?:(?i:bearer|token)[ \t]{1,4})?\Z")
_LONGEST_OPENING = 12
_OTHER_SIGNS = frozenset(".<\N{HORIZONTAL ELLIPSIS}*")
_SEPARATORS = frozenset(",;")
_WORD = LazyRegex(r"[A-Za-z0-9_~+/-]{4}")
_NEXT_FIELD = LazyRegex(r"[\w.-]{1,60}[\"'`\]]{0,2}\s?[=:(]")


def ends_with_value(text: str, start: int, end: int) -> bool:
    """Return whether ``text[start:end]`` is whole, by its digits or by the signs around it."""
    return not _has_more_digits(text, text[start:end], end) and _is_ended(text, start, end)


def _is_ended(text: str, start: int, end: int) -> bool:
    """Return whether digits have a usual number, or the signs around a word show its end."""
    raw = text[start:end]
    if len(raw) in LENGTHS and _DIGITS.fullmatch(raw) and rest_of_digits(text, raw, end) is None:
        return True
    before = line_before(text, start)
    quote = open_quote(before)
    if quote and text.startswith(quote, end) and _ENDED.match(text, end + 1):
        return True
    own, following = _OWN_NAME.match(before), _NEXT_VALUE.match(text, end)
    if own is None or following is None:
        return False
    return not may_name_parts(own[1], following[1])


def _has_more_digits(text: str, raw: str, end: int) -> bool:
    """Return whether the next word would complete hexadecimal digits to a usual number."""
    rest = _MORE_DIGITS.match(text, end) if _PART.fullmatch(raw) else None
    return rest is not None and len(raw) + len(rest[1]) in LENGTHS


def may_go_on(text: str, start: int, end: int) -> bool:
    """Return whether the word ``text[start:end]`` may be the first part of one."""
    if _has_more_digits(text, text[start:end], end):
        return True
    if _is_ended(text, start, end):
        return False
    followed = follow(text, start, end, text[start:end])
    return followed.unclear or followed.end > end


def foreign_in_value(text: str, start: int, end: int) -> Diagnosis | None:
    """Return the flaw of a value that continues behind a character that no token has."""
    behind = character_at(text, end)
    if behind is None or behind.value.isspace() or joint_at(text, end) is not None:
        return None
    opened = _OPENED.search(text, max(0, start - _LONGEST_OPENING), start)
    if opened is not None:
        # Full stops may be the sign of a shortened one, and a tag that of a wrapped one.
        is_end = behind.value == opened[1] or behind.value in _OTHER_SIGNS
        return None if is_end else foreign_flaw(describe_character(behind))
    if behind.value not in _SEPARATORS:
        return odd_letter_at(text, end)
    is_value = _WORD.match(text, behind.end) and not _NEXT_FIELD.match(text, behind.end)
    return foreign_flaw(describe_character(behind)) if is_value else None
