"""Bytes to text: the encodings in which clipboards, shells and editors hand a paste over."""

import codecs

# UTF-32's mark begins with UTF-16's, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """Name the encoding of a text by its first bytes: its mark, or where its zeros are."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 4 and b"\0" in head[:4]:  # noqa: PLR2004 - two UTF-16 characters
        if head[1:4:2] == b"\0\0" and head[2]:
            return "utf-16-le"
        if head[0:3:2] == b"\0\0" and head[1]:
            return "utf-16-be"
    return "utf-8"


def decode(data: bytes) -> str:
    """Decode a paste; bytes that are no text of its encoding become replacement characters."""
    return data.decode(encoding_of(data[:4]), "replace")
