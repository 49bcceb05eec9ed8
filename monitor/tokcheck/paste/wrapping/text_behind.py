"""Judge what stands behind a token in its line, or in the next one behind other signs.

Characters of a token that follow a blank or a sign may be the rest of one: programs wrap and join
texts at signs of their own. So a token is whole only if what follows is certainly another text, or
if what stands between shows that the token ended: a closing mark, a separator of values.
"""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, QUOTES, SPACE, TOKEN_CHARS, closing_mark, mark_at_end
from tokcheck.paste.invisible import INVISIBLE, WRITTEN_INVISIBLE
from tokcheck.paste.wrapping.foreign_character import WRITTEN, character_at
from tokcheck.paste.wrapping.openings.enclosures import CLOSING_OF, last_line, opening_quote
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_certain,
    is_field,
)
from tokcheck.paste.wrapping.token_lines import LINE
from tokcheck.paste.wrapping.word_shapes import is_irregular

_LONGEST_GAP = 32
_QUOTES = "\"'`"
_BREAK = LazyRegex(BREAK)
_SPACE = LazyRegex(SPACE)
_INVISIBLE = LazyRegex(rf"[{INVISIBLE}]++|{WRITTEN_INVISIBLE}")
_TAG = LazyRegex(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})[^<>\r\n]{0,60}>")
_ENTITY = LazyRegex(
    r"(?:&|%(?:25){0,2}26)(?:([A-Za-z]{2,31})|(?:\#|%(?:25){0,2}23)([xX]?[0-9A-Fa-f]{1,6}))"
    r"(?:;|%(?:25){0,2}3[Bb])"
)
_ENTITY_NAME = LazyRegex(r"[A-Za-z0-9]{1,31}(?:;|%(?:25){0,2}3[Bb])")
_WRITTEN = LazyRegex(WRITTEN)
_RUN = LazyRegex(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+")
_OTHER_START = LazyRegex(r"(?:1(?://|(?:%(?:25)?2F){2})|4(?:/|%(?:25)?2F))0")
_OPENING_TAG = LazyRegex(r"<([A-Za-z][A-Za-z0-9:-]{0,30})[^<>]{0,60}>\s*(?:[Bb]earer\s+)?\Z")

# In a gap, as one character: a line break, a tag, and the one that closes the token's own element.
_LINE_BREAK = "\n"
_A_TAG = "\x01"
_ITS_TAG = "\x02"
# Elements of a page: a text may be split over several of these.
_SPLITTING = frozenset(
    ("a", "br", "dd", "div", "dt", "font", "hr", "li", "p", "span", "td", "th", "tr", "u")
)
_ELEMENTS = _SPLITTING | {
    "b", "code", "em", "hr", "i", "kbd", "pre", "s", "small", "strong", "sub", "sup", "table",
    "tbody", "textarea", "thead", "tt", "ul", "wbr", "button", "input", "img", "body", "h1", "h2",
}  # fmt: skip
# Behind these and a blank, another sentence, field or argument begins.
_MARKS = rf"{QUOTES}.,;:!?)\]}}>\uff01-\uff0f\uff1a-\uff1f\u3001-\u3011"
_CLOSED = LazyRegex(rf"[*_~]*[{_MARKS}{_ITS_TAG}]++[*_~]*(?=[\x20|])")
_FENCE = LazyRegex(r"[\n\x20]*(?:```|~~~)")
# The mark that a mail program puts in front of the sender's name.
_SIGNATURE = "\n-- \n"
_HYPHENS = LazyRegex(rf"-++(?={SPACE})|(?<=[<=])-++\Z")
# The end of a word behind an apostrophe.
_CONTRACTED = LazyRegex(r"(?:s|t|d|m|re|ve|ll)(?![A-Za-z0-9_-])")
# An option or a dash stands behind these.
_APART = frozenset(" \n([\"'`")
_BEFORE_HYPHENS = frozenset(" \n<=")
_PROMPT = LazyRegex(r"[.,;\x20]*\n[$%]\x20")


class _Gap(NamedTuple):
    """The text between a token and the next characters of a token, in plain characters."""

    signs: str
    end: int
    other: bool = False
    """Whether letters that no token has stand in it."""


def may_continue(text: str, start: int, end: int, other_at: int) -> bool:
    """Return whether the token at ``start`` to ``end`` may continue behind a blank or a sign.

    The piece that begins at ``other_at`` was found to be other text.
    """
    gap = _read_gap(text, start, end)
    if gap is None or gap.other or gap.end == other_at:
        return False
    at = gap.end
    glued = text[at] == "-" and gap.signs[-1] not in _APART
    if is_certain(text, at) and not glued and not _is_entity(text, gap):
        return False
    return not (_begins_credential(text, at) or _has_ended(text, (start, end), gap))


def _is_entity(text: str, gap: _Gap) -> bool:
    """Return whether the next characters are the name or the number of one, as HTML writes it."""
    return gap.signs.endswith(("&", "&#")) and _ENTITY_NAME.match(text, gap.end) is not None


def _begins_credential(text: str, at: int) -> bool:
    run = _RUN.match(text, at)
    word = run.group() if run else ""
    return begins_other_credential(text, at, word) or _OTHER_START.match(text, at) is not None


def _has_ended(text: str, span: tuple[int, int], gap: _Gap) -> bool:
    """Return whether the signs behind a token show that it ended, whatever comes next."""
    signs, at = gap.signs, gap.end
    start, _ = span
    if signs[-1] in "&?" and is_field(text, at):
        return True
    if signs[-1] in "'\u2019" and _CONTRACTED.match(text, at):
        return True
    if signs == "#" and text.startswith("_=_", at):
        return True
    if signs in {",", ";", _SIGNATURE}:
        return True
    if _PROMPT.fullmatch(signs):
        run = _RUN.match(text, at)
        return run is None or not is_irregular(run.group())
    before = last_line(line_before(text, start))
    if signs.strip(" ") == "|" and "|" in before:
        return True
    if _FENCE.match(signs) and _FENCE.search(text[max(0, start - LINE) : start]):
        return True
    if _is_enclosed(text, span, before, signs):
        return True
    return _LINE_BREAK not in signs and _CLOSED.match(signs) is not None


def _is_enclosed(text: str, span: tuple[int, int], before: str, signs: str) -> bool:
    """Return whether a mark closes that opened in front of the token, and other signs follow."""
    if signs.startswith(_ITS_TAG) and len(signs) > 1:
        return True
    signs = signs.lstrip("\\^")
    start, end = span
    mark = closing_mark(text, start)[mark_at_end(text, start, end) :]
    if "_" in mark and text.startswith(mark, end):
        behind = end + len(mark)
        return text[behind : behind + 1] not in TOKEN_CHARS
    if mark and signs.startswith(mark):
        return len(signs) > len(mark) and mark not in signs[len(mark) :]
    opening = open_quote(before) or opening_quote(before) or before.rstrip(" ")[-1:]
    closing = CLOSING_OF.get(opening, opening if opening in _QUOTES else "")
    if not closing or not signs.startswith(closing):
        return False
    # In CSV, it is doubled.
    rest = signs.removeprefix(closing).removeprefix(closing)
    return bool(rest) and opening not in rest


def open_quote(before: str) -> str:
    """Return the quotation mark that opened in a line and was not closed."""
    marks = [character for character in before if character in _QUOTES]
    if not marks:
        return ""
    return marks[-1] if marks.count(marks[-1]) % 2 else ""


def line_before(text: str, start: int, longest: int = LINE) -> str:
    """Return what stands in front of a token in its line, at most so many characters."""
    return re.split(r"[\r\n]", text[max(0, start - longest) : start])[-1]


def _read_gap(text: str, start: int, end: int) -> _Gap | None:
    """Return what stands in front of the next characters of a token; ``None`` if none follow."""
    signs = ""
    at = end
    dashes: _Gap | None = None
    while at < len(text) and len(signs) < _LONGEST_GAP:
        if signs[-1:] in _BEFORE_HYPHENS and (hyphens := _HYPHENS.match(text, at)):
            if signs[-1] in " \n" and hyphens.end() - at <= len("--"):
                dashes = dashes or _Gap(signs, at)
            signs += hyphens.group()
            at = hyphens.end()
            continue
        if text[at] in TOKEN_CHARS:
            return _Gap(signs, at) if signs else None
        sign, following = _read_sign(text, start, at)
        if len(sign) == 1 and not sign.isascii() and sign.isalpha():
            # A letter directly behind the token is a damaged one of its own.
            return _Gap(signs, following, other=True) if signs else None
        signs += sign
        at = following
    return dashes


def _read_sign(text: str, start: int, at: int) -> tuple[str, int]:
    """Return the plain character that stands or is written at a place, and where it ends."""
    if match := _BREAK.match(text, at):
        return _LINE_BREAK, match.end()
    if match := _INVISIBLE.match(text, at):
        return "", match.end()
    if match := _SPACE.match(text, at):
        return " ", match.end()
    if (match := _TAG.match(text, at)) and (match[1] or match[2].lower() in _ELEMENTS):
        return _name_tag(text, start, match), match.end()
    if match := _ENTITY.match(text, at):
        import html  # noqa: PLC0415 - seldom needed

        value = html.unescape(f"&{match[1] or '#' + match[2]};")
        return (" " if value.isspace() else value if len(value) == 1 else "&"), match.end()
    if text[at] == "\\" and not _WRITTEN.match(text, at):
        return "\\", at + 1
    if text[at] in "%&\\" and (found := character_at(text, at)) is not None:
        return (" " if found.value.isspace() else found.value), found.end
    return text[at], at + 1


def _name_tag(text: str, start: int, tag: re.Match[str]) -> str:
    """Return the sign for a tag: one that closes the token's own element shows its end."""
    opening = _OPENING_TAG.search(text[max(0, start - LINE) : start])
    name = tag.group(2)
    if opening is None or not tag.group(1) or name != opening.group(1) or name in _SPLITTING:
        return _A_TAG
    return _ITS_TAG
