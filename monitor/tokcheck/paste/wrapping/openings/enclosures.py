"""The mark that opens in front of a token, and whether it closes behind the token's next line.

What stands between such a mark and the one that closes it is one value. So a line in it belongs to
the token, or nothing shows where the token ends, whatever the line reads like.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BREAK, SPACE, joint_at
from tokcheck.paste.wrapping.other_text import WRITTEN_QUOTE
from tokcheck.paste.wrapping.token_lines import LINE

CLOSING_OF = {"(": ")", "[": "]", "{": "}", "<": ">", "\u201c": "\u201d", "\u00ab": "\u00bb"}
"""The marks that close brackets and typographic quotation marks."""

# The last quotation mark of a line, if it opens one: in code, those around it are of other texts.
_OPENED = LazyRegex(r"(?:[\s=:(\[{,]|\A)[\\^$]{0,8}([\"'`])\1?[^\"'`]{0,80}\Z")
_PERCENT = LazyRegex(r"%(?:25){0,2}([0-7][0-9A-Fa-f])")
_WRITTEN_QUOTE = LazyRegex(rf"{WRITTEN_QUOTE}|\\{{1,4}}(?:u00|x)22")
# So many characters behind a line break are read.
_FAR = 120
_SCHEME = LazyRegex(r"(?<![A-Za-z0-9_])(?i:bearer|token)\s{1,4}\Z")
_NAME = LazyRegex(r"(?<![A-Za-z0-9_])[A-Za-z][\w .-]{0,40}[:=]\s{0,4}\Z")
_EMPHASIS = LazyRegex(r"(?<![A-Za-z0-9*_])([*_]{1,6})\Z")
_TAG = LazyRegex(r"<([A-Za-z][A-Za-z0-9:-]{0,30})(?:\s[^<>]{0,60})?>\s*\Z")
_FENCE = LazyRegex(r"(```|~~~)[\w-]{0,20}[ \t]*\r?\n[ \t]*\Z")
# Marks that close as they open, and brackets. Behind a word at a line's end, a quotation mark
# closes.
_MARK = LazyRegex(
    r"(?!(?:(?<=[A-Za-z0-9_])|(?<=[A-Za-z0-9_][\"'`]))[\"'`]\s*[\r\n])"
    r"(<!--|~~|[\"'`(\[{<\u2018\u201c\u00ab])\s*\Z"
)
_CLOSING = {**CLOSING_OF, "<!--": "-->", "\u2018": "\u2019"}
# So many characters of a token's are no fence, and no mark in another notation.
_PLAIN = 23
_PLAIN_LINE = LazyRegex(r"[A-Za-z0-9_.-]{21,22}\r?\n")
_BLANKS = LazyRegex(rf"(?:{SPACE}|{BREAK}|[\\^])*+\Z")
_BREAK = LazyRegex(BREAK)
_WORD = LazyRegex(r"[A-Za-z0-9_.-]+")
_NUMBER = LazyRegex(r"[0-9.-]+")
# The last section of a GitLab token, behind a full stop, has at least nine characters.
_SHORT_SECTION = LazyRegex(r"\.[0-9a-z]{0,8}\Z")
_DIGITS_ALONE = LazyRegex(r"[0-9]+(?![A-Za-z0-9_-])")


def may_hold_next_line(text: str, start: int, end: int) -> bool:
    """Return whether the line behind the token at ``start`` to ``end`` stands in its own marks."""
    joint = joint_at(text, end)
    if joint is None or joint.lastgroup not in {"wrap", "blank"}:
        return False
    front = text[max(0, start - LINE) : start]
    wrapped = joint.lastgroup == "wrap"
    opens = not _opens_nothing(front)
    quote = ""
    if opens:
        front = with_plain_signs(front)
        quote = opening_quote(last_line(front))
    if joint.group().startswith("`") and quote == "`":
        return False  # it closes the token's own quotation
    short = wrapped and _SHORT_SECTION.search(text[start:end])
    if short and _DIGITS_ALONE.match(text, joint.end()):
        return True
    if not opens:
        return False
    behind = with_plain_signs(text[joint.end() : joint.end() + _FAR])
    front = _without(_SCHEME, front)
    between = _text_before(behind, _closing_of(front))
    if between or not wrapped:
        return bool(between) and (wrapped or _NUMBER.fullmatch(between) is not None)
    # A mark further in front may also enclose a text of several lines, and a break ends the last.
    named = _text_before(behind, _closing_of(_without(_NAME, front)))
    quoted, closed, _ = behind.partition(quote) if quote else ("", "", "")
    return (
        _WORD.fullmatch(named) is not None
        or (bool(closed) and _WORD.fullmatch(quoted.rstrip(" \t\\^")) is not None)
        or _NUMBER.fullmatch(_text_before(behind, quote)) is not None
    )


def _opens_nothing(front: str) -> bool:
    """Return whether a line begins behind a text that ends with a plain word, as in a list.

    Most tokens in a long list stand so, and to search for each mark takes longer.
    """
    return front.endswith("\n") and _PLAIN_LINE.compiled.fullmatch(front[-_PLAIN:]) is not None


def _without(end: LazyRegex, front: str) -> str:
    """Return a text without what matches at its end."""
    found = end.search(front)
    return front[: found.start()] if found is not None else front


def _closing_of(front: str) -> str:
    """Return what closes the mark at the end of a text; empty if there is none."""
    emphasised = _EMPHASIS.search(front)
    if emphasised is not None:
        return emphasised[1][::-1]
    tag = _TAG.search(front)
    if tag is not None:
        return f"</{tag[1]}"
    opening = _FENCE.search(front) or _MARK.search(front)
    return _CLOSING.get(opening[1], opening[1]) if opening is not None else ""


def _text_before(behind: str, closing: str) -> str:
    """Return the text of one line in front of a closing mark; empty without the mark."""
    if not closing:
        return ""
    between, found, _ = behind.partition(closing)
    blank = _BLANKS.search(between)
    between = between[: blank.start()] if blank is not None else between
    return between if found and not _BREAK.search(between) else ""


def opening_quote(before: str) -> str:
    """Return the last quotation mark in front of a token in its line, if it opens there."""
    quote = _OPENED.search(before)
    return quote[1] if quote else ""


def last_line(text: str) -> str:
    """Return the last line of a text, with plain signs."""
    return re.split(r"[\r\n]", with_plain_signs(text))[-1]


def with_plain_signs(text: str) -> str:
    """Return a text with the marks that are percent-encoded or written in HTML as plain ones."""
    text = _WRITTEN_QUOTE.compiled.sub('"', text)
    return _PERCENT.compiled.sub(lambda match: chr(int(match[1], 16)), text)
