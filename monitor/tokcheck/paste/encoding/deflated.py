"""Data that gzip or zlib compressed, as in the Base64 of a release of Helm or of a session."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.paste.encoding.compression import GZIP

# The headers of RFC 1950 for a window of 32 KiB, by level.
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
# A step with damage in it is lost.
_STEP = 1 << 10


# So many characters of text are not the result of what only looks compressed.
_TEXT = LazyBytesRegex(rb"[\t\n\r -~\x80-\xff]{48}")


class Inflated(NamedTuple):
    """Decompressed data; ``is_whole`` if that is all of it."""

    data: bytes
    is_whole: bool

    @property
    def is_part_of_text(self) -> bool:
        """Whether it is the beginning of a text that was cut, is damaged or too large."""
        return not self.is_whole and _TEXT.compiled.match(self.data) is not None


def inflate(data: bytes, most: int) -> Inflated | None:
    """Return at most so many bytes of what gzip or zlib compressed, as far as it is intact.

    ``None`` if the data is nothing of the kind, or ``most`` is 0 or less.
    """
    if most <= 0 or not data.startswith((GZIP, *_ZLIB)):
        return None
    import zlib  # noqa: PLC0415 - seldom needed

    decompressor = zlib.decompressobj(wbits=47)  # either of the two
    parts: list[bytes] = []
    left = most
    try:
        for at in range(0, len(data), _STEP):
            step = data[at : at + _STEP]
            while step and left > 0 and not decompressor.eof:
                parts.append(decompressor.decompress(step, left))
                left -= len(parts[-1])
                step = decompressor.unconsumed_tail
    except zlib.error:
        pass  # what came before the damage counts
    return Inflated(b"".join(parts), decompressor.eof) if parts and any(parts) else None
