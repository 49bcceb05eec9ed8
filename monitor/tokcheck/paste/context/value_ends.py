"""Whether a credential of no certain length ends where its value does."""

import re

from tokcheck.core.credential import Kind
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.context.line_breaks import LENGTHS, rest_of_digits
from tokcheck.paste.flaws import Diagnosis, odd_letter_at
from tokcheck.paste.grammar import TOKEN_CHARS, joint_at
from tokcheck.paste.opaque_credentials.found_credential import OpaqueCredential
from tokcheck.paste.wrapping.continuation import follow
from tokcheck.paste.wrapping.foreign_character import (
    character_at,
    describe_character,
    foreign_flaw,
)
from tokcheck.paste.wrapping.joined_code import is_joined
from tokcheck.paste.wrapping.joined_names import is_joined_by_name, may_name_parts
from tokcheck.paste.wrapping.openings.enclosures import CLOSING_OF, opening_quote, with_plain_signs
from tokcheck.paste.wrapping.text_behind import line_before, open_quote
from tokcheck.paste.wrapping.word_shapes import is_random_line

_DIGITS = LazyRegex(r"[0-9a-f]+|[0-9A-F]+")
_PART = LazyRegex(r"[0-9a-f]{8,63}")
# Tags, signs, and line breaks as they are escaped, percent-encoded and written in HTML.
_MORE_DIGITS = LazyRegex(
    r"(?:</?[A-Za-z][^<>\r\n]{0,60}>|\\(?:[nrt]|[ux](?:00)?0[AaDd])|%0[AaDd]|&(?:#\w{1,5}|[A-Za-z]{2,8});"
    r"|[\"'][ \t]*&[ \t]*_\r?\n|[^A-Za-z0-9_-]|-[ \t]){1,24}+"
    r"([0-9a-f]{4,56})(?![A-Za-z0-9_-])"
)
_NAME = r"(?:export\s+|set\s+|-\s+)?[\"']?([A-Za-z_][\w.-]{0,80})[\"']?[ \t]?(?:[:=]|=>)"
# What is no name: a file's name and line, as grep writes them, and a level of a log.
_NO_NAME = (
    r"(?![A-Za-z_][\w.-]{0,80}:[0-9]{1,7}[:-])"
    r"(?!(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL):)"
)
_OWN_NAME = LazyRegex(rf"\s*{_NAME}[ \t]*[\"'`]?(?:[Bb]earer )?\Z")
# The end of a line, empty ones and comments, and the assignment of another value.
_NEXT_VALUE = LazyRegex(
    rf"[\"'`]?[,;]?[ \t]*(?:#[^\r\n]{{0,200}})?(?:\r?\n[ \t]*(?:#[^\r\n]{{0,200}})?)+"
    rf"{_NO_NAME}{_NAME}[ \t]*[\"'`$\w]"
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


# A mark that closes, also as HTML or a command writes it, and a scheme behind one that opens.
_CLOSING = LazyRegex(
    r"[\\^]{0,4}([\"'`])\1{0,2}|&(?:quot|\#34|\#39|apos);|([)\]}>\u201d\u2019\u00bb])"
)
_SCHEME = LazyRegex(r"(?<![A-Za-z0-9_])(?i:bearer|token)[ \t]{1,4}\Z")
_QUOTES = frozenset("\"'`")
_TYPOGRAPHIC = {**CLOSING_OF, "\u2018": "\u2019"}
# The next literal: behind a separator or none, in the same line or another, and whether it is the
# name of a value.
_LITERAL = LazyRegex(
    r"(?P<seam>\s{0,80}[,;]?[\s\\^]{0,80}(?:(?:\#|//|[*|>])[ \t]{0,8})?)"
    r"[rRbBfFuUL$@]{0,2}[\\^]{0,4}"
    r"(?P<quote>[\"'`])(?P<word>[A-Za-z0-9_.~+/=-]{0,512})(?P<rest>[^\"'`\r\n]{0,80})"
    r"(?P<key>[\\^]{0,4}(?P=quote)\s{0,8}(?::|=>?))?"
)
# A call that puts its arguments together.
_JOINING = LazyRegex(r"(?i)(?:join|concat|paste|cat|sprintf|format|str)\w{0,10}\(\s{0,8}[\"'`]\Z")
_CALL = LazyRegex(r"[A-Za-z0-9_]\(\s{0,8}[\"'`]\Z")
# An operator that joins texts, behind the end of a literal.
_OPERATOR = LazyRegex(
    r"[)\]\s\\^]{0,20}(?:\+|&(?!&|[a-z])|~|\.(?!\s?[A-Z]?[a-z])|\|\||<>|<<)[^\"'`]{0,40}[\"'`]"
)


def is_enclosed(text: str, start: int, end: int) -> bool:
    """Return whether the mark closes right behind a credential that opened in front of it.

    Then it ends there, unless a program joins the next text to it.
    """
    closing = _CLOSING.match(text, end)
    if closing is None:
        return False
    before = line_before(text, start)
    front = _SCHEME.compiled.sub("", with_plain_signs(before))
    if closing[2]:
        return _TYPOGRAPHIC.get(front.rstrip(" ")[-1:]) == closing[2]
    plain = with_plain_signs(before)
    quote = closing[1] or ("'" if "39" in closing[0] or "apos" in closing[0] else '"')
    if quote not in {open_quote(plain), opening_quote(plain)}:
        return False
    at = closing.end()
    return not (_is_glued(text, at, plain) or _has_next_part(text, start, end, at))


def _is_glued(text: str, at: int, before: str) -> bool:
    """Return whether more of one word stands behind a closing quotation mark, as in a shell."""
    following = text[at : at + 1]
    if following in _QUOTES:  # it closes a text around the credential's own, or opens the next one
        return before.count(following) % 2 == 0
    return following == "$" or (following != "" and following in TOKEN_CHARS)


def _has_next_part(text: str, start: int, end: int, at: int) -> bool:
    """Return whether a program joins what follows to the literal that ends at ``at``."""
    if is_joined_by_name(text, start, end):
        return True
    following = _LITERAL.match(text, at)
    if following is None:
        return _OPERATOR.match(text, at) is not None or is_joined(text, start, end)
    if following["key"]:
        return False
    if not following["seam"].strip(" \t\r\n\\^").startswith((",", ";")):
        return True  # two literals beside each other are one in some languages
    return is_random_line(following["word"]) and not _is_argument(text, start, following)


def _is_argument(text: str, start: int, following: re.Match[str]) -> bool:
    """Return whether a credential and the next literal are arguments of a call in one line."""
    front = _SCHEME.compiled.sub("", line_before(text, start))
    if "\n" in following["seam"] or _JOINING.search(front) is not None:
        return False
    return _CALL.search(front) is not None


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
    if own is not None and following is not None and not may_name_parts(own[1], following[1]):
        return True
    return is_enclosed(text, start, end)


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


def value_of_no_form(
    text: str, start: int, end: int, kind: Kind = Kind.UNKNOWN
) -> OpaqueCredential:
    """Return the credential ``text[start:end]``, which only the text around it shows."""
    raw, flaw = text[start:end], foreign_in_value(text, start, end)
    if flaw is not None:
        return OpaqueCredential(raw, start, end, (), kind, None, *flaw)
    unclear = may_go_on(text, start, end)
    return OpaqueCredential(raw, start, end, (), kind, None, unclear=unclear)


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
