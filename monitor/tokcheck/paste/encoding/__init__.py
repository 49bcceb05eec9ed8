"""Decode a paste: the bytes of clipboards, shells and editors, and needless escapes.

Some encoders write escapes for characters of a token, though none needs one.
"""

import codecs
import re

from tokcheck.core.lazy import LazyBytesRegex, LazyRegex

_CHARACTERS = {"2e": ".", "2d": "-", "5f": "_"}
_ESCAPED = LazyRegex(r"(?:%(?:25){0,2}|\\u00)(2[EeDd]|5[Ff])")
# A variable of cmd with something appended to its value: the second sign begins no code.
_APPENDED = LazyRegex(
    r"(?<!\w)([A-Za-z_]\w{0,60}+)=[\"']?%\1%|%(?![0-9A-Fa-f]{2})[A-Za-z_]\w{0,60}+%"
)
# A sign in front of lines, at least one of which no code begins: it is in front of all of them.
_LINE_SIGN = LazyRegex(r"^%", re.MULTILINE)
_DIGITS = LazyRegex(r"%[0-9A-Fa-f]{2}")


def unescape(text: str) -> tuple[str, int]:
    """Return the text without such escapes, and how many there were."""
    if _ESCAPED.search(text) is None:
        return text, 0
    plain_signs = {match.end() - 1 for match in _APPENDED.compiled.finditer(text)}
    openings = [match.start() for match in _LINE_SIGN.compiled.finditer(text)]
    if any(_DIGITS.match(text, at) is None for at in openings):
        plain_signs.update(openings)
    count = 0

    def decode(match: re.Match[str]) -> str:
        nonlocal count
        if match.start() in plain_signs:
            return match.group()
        count += 1
        return _CHARACTERS[match.group(1).lower()]

    return _ESCAPED.compiled.sub(decode, text), count


# UTF-32's mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_UTF_32_LE = LazyBytesRegex(rb"[\t\n\r -~]\x00{3}")
_UTF_32_BE = LazyBytesRegex(rb"\x00{3}[\t\n\r -~]")


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text by its first bytes: its mark, or where its zeros are."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 4 and b"\0" in head[:4]:  # noqa: PLR2004 - two UTF-16 characters
        if head[1:4:2] == b"\0\0" and head[2]:
            return "utf-16-le"
        if head[0:3:2] == b"\0\0" and head[1]:
            return "utf-16-be"
        if _UTF_32_LE.match(head):
            return "utf-32-le"
        if _UTF_32_BE.match(head):
            return "utf-32-be"
    return "utf-8"


WIDE_HEAD = 16
"""So many first bytes show whether a text is in UTF-16 or UTF-32."""
_WIDE = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4, "utf-32-le": 4, "utf-32-be": 4}
_WIDE_TEXTS = {
    2: LazyBytesRegex(rb"(?:\0?[\t\n\r -~]){7}\0?"),
    4: LazyBytesRegex(rb"(?:\0{0,3}[\t\n\r -~]){3}\0{0,3}"),
}


def bytes_a_character(head: bytes) -> int:
    """Return how many bytes the characters of a text have, by its first bytes; 1 for UTF-8.

    Without a mark, several characters of ASCII show it.
    """
    name = encoding_of(head[:4])
    width = _WIDE.get(name, 1)
    if width > 1 and name[-2:] in {"le", "be"} and not _WIDE_TEXTS[width].match(head):
        return 1
    return width
