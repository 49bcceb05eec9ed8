"""Data that gzip, zlib or zip compressed, as in the Base64 of a release of Helm or of a mail."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.paste.encoding.compression import GZIP, ZIP

# The headers of RFC 1950 for a window of 32 KiB, by level.
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
# A step with damage in it is lost.
_STEP = 1 << 10
_MOST_MEMBERS = 1_000


# So many characters of text are not the result of what only looks compressed.
_TEXT = LazyBytesRegex(rb"[\t\n\r -~\x80-\xff]{48}")


class Inflated(NamedTuple):
    """Decompressed data; ``is_whole`` if that is all of it."""

    data: bytes
    is_whole: bool
    is_archive: bool = False
    """Whether it is the members of an archive, each behind its name."""

    @property
    def is_part_of_text(self) -> bool:
        """Whether it is the beginning of a text that was cut, is damaged or too large."""
        return not self.is_whole and (
            self.is_archive or _TEXT.compiled.match(self.data) is not None
        )


def inflate(data: bytes, most: int) -> Inflated | None:
    """Return at most so many bytes of what gzip, zlib or zip compressed, as far as it is intact.

    ``None`` if the data is nothing of the kind, or ``most`` is 0 or less.
    """
    if most > 0 and data.startswith(ZIP):
        return _unzip(data, most)
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


def _unzip(data: bytes, most: int) -> Inflated | None:
    """Return the members of a zip archive; ``None`` if the list of them at its end is missing."""
    import io  # noqa: PLC0415 - seldom needed
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    members = archive.infolist()
    is_whole = len(members) <= _MOST_MEMBERS
    parts: list[bytes] = []
    for member in members[:_MOST_MEMBERS]:
        parts.append(member.filename.encode("utf-8", "replace"))
        # The other methods may need any amount of memory.
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            is_whole = False
            continue
        try:
            with archive.open(member) as file:
                parts.append(file.read(max(0, most)))
                is_whole = is_whole and (member.is_dir() or not file.read(1))
        # RuntimeError: it is encrypted.
        except (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, OSError, EOFError):
            is_whole = False
            continue
        most -= len(parts[-1])
    return Inflated(b"\n\n".join(parts), is_whole, is_archive=True)
