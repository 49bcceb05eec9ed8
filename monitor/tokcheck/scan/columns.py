"""How characters are counted: one definition for findings, for chunks and for inline comments.

The text is decoded as UTF-8, an undecodable byte counts as one character, and NULs count as none.
So columns are right in UTF-8 and Latin-1. In UTF-16 and UTF-32, they are for a text that
begins with its mark, which counts as none, and else for characters up to U+00FF.
"""

import codecs

_BLOCK = 1 << 20
_FIRST_OF_MARKS = {b"\xff", b"\xfe", b"\0"}


def decode(data: bytes) -> str:
    """Return the characters that count, in their order."""
    # The NULs go last: between two of them each byte of UTF-16 is a character of its own.
    return data.decode("utf-8", "replace").replace("\0", "")


def count(data: bytes, start: int, end: int) -> int:
    """Return how many characters ``data[start:end]`` has, in blocks so that no copy is as large."""
    wide = _wide_codec(data)
    if wide is not None:
        width, codec = wide
        first, last = -(-start // width) * width, end // width * width
        text = data[first:last].decode(codec, "replace")
        return len(text) - text.count("\0") - text.startswith("\ufeff")
    if end - start <= _BLOCK and (part := data[start:end]).isascii():
        return len(part) - part.count(0)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return sum(
        len(text) - text.count("\0")
        for at in range(start, end, _BLOCK)
        for text in [decoder.decode(data[at : min(at + _BLOCK, end)], at + _BLOCK >= end)]
    )


def _wide_codec(data: bytes) -> tuple[int, str] | None:
    """Return the bytes of a character and the coding that the mark of a text shows."""
    if data[:1] not in _FIRST_OF_MARKS:
        return None
    for mark, width, codec in (
        (codecs.BOM_UTF32_LE, 4, "utf-32-le"),
        (codecs.BOM_UTF32_BE, 4, "utf-32-be"),
        (codecs.BOM_UTF16_LE, 2, "utf-16-le"),
        (codecs.BOM_UTF16_BE, 2, "utf-16-be"),
    ):
        if data.startswith(mark):
            return width, codec
    return None
