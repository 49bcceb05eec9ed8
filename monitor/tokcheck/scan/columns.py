"""How characters are counted: one definition for findings, for pieces and for inline comments.

The text is decoded as UTF-8, an undecodable byte counts as one character, and NULs count as none.
So columns are right in UTF-8 and Latin-1, and in UTF-16 and UTF-32 for characters up to U+00FF;
there the byte order mark counts as two.
"""

import codecs

_BLOCK = 1 << 20


def decode(data: bytes) -> str:
    """Return the characters that count, in their order."""
    # The NULs go last: between two of them each byte of UTF-16 is a character of its own.
    return data.decode("utf-8", "replace").replace("\0", "")


def count(data: bytes, start: int, end: int) -> int:
    """Return how many characters ``data[start:end]`` has, in blocks so that no copy is as large."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return sum(
        len(text) - text.count("\0")
        for at in range(start, end, _BLOCK)
        for text in [decoder.decode(data[at : min(at + _BLOCK, end)], at + _BLOCK >= end)]
    )
