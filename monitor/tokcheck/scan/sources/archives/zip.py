"""The members of a zip archive; a program may stand in front of it."""

import os
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from tokcheck.scan.sources.archives.bounds import Read
from tokcheck.scan.sources.archives.compressed import UnsupportedError, open_compressed
from tokcheck.scan.sources.archives.kinds import ArchiveKind

# APPNOTE.TXT 4.4.5 and 4.3.7
_METHODS = {
    12: ArchiveKind.BZIP2,
    14: ArchiveKind.LZMA,
    93: ArchiveKind.ZSTANDARD,
    95: ArchiveKind.XZ,
}
_OTHER_METHODS = {9: "Deflate64", 98: "PPMd", 96: "JPEG", 97: "WavPack"}
_LOCAL_HEADER = 30
_ENTRY_BYTES = 256  # of a member in the directory, with a long name


class ZipMember(NamedTuple):
    """A member, or what could not be read."""

    name: str | None
    """Its name; ``None`` for the archive itself."""
    packed: int
    open: Callable[[], Read] | str
    """The function that opens it, or an error message."""


def members(file: BinaryIO, most: int) -> Iterator[ZipMember]:
    """Yield the members of an archive, at most so many."""
    if _directory_bytes(file) > most * _ENTRY_BYTES:
        message = f"The archive has more than {most} members; they were not scanned one by one."
        yield ZipMember(None, 0, message)
        return
    try:
        archive = zipfile.ZipFile(file)
    except Exception:  # noqa: BLE001 - zipfile raises anything for a damaged archive
        yield ZipMember(None, 0, "The zip archive is damaged; its members were not scanned.")
        return
    with archive:
        for info in archive.infolist():
            if info.flag_bits & 1:
                message = "This member of the archive is encrypted."
                yield ZipMember(info.filename, 0, message)
            elif info.filename.endswith("/"):  # is_dir() fails for a name that is empty
                continue
            elif info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                yield ZipMember(info.filename, info.compress_size, partial(_open, archive, info))
            else:
                opens = partial(_open_other, file, info)
                yield ZipMember(info.filename, info.compress_size, opens)


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Read:
    return archive.open(info).read


def _open_other(file: BinaryIO, info: zipfile.ZipInfo) -> Read:
    """Open a member in a method of which zipfile cannot bound what it unpacks to in one step.

    :raises UnsupportedError: if this Python cannot.
    """
    kind = _METHODS.get(info.compress_type)
    if kind is None:
        name = _OTHER_METHODS.get(info.compress_type, f"method {info.compress_type}")
        raise UnsupportedError(f"It is compressed with {name}, and was not unpacked.")
    return open_compressed(kind, _Packed(file, info))


class _Packed:
    """The compressed bytes of a member."""

    def __init__(self, file: BinaryIO, info: zipfile.ZipInfo) -> None:
        self._file = file
        self._front = b""
        self._at = info.header_offset
        self._left = _LOCAL_HEADER
        header = self.read(_LOCAL_HEADER)
        self._at += sum(int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        self._left = info.compress_size
        if info.compress_type == zipfile.ZIP_LZMA:
            # A version and the length of the properties; a size stands behind them elsewhere.
            properties = self.read(9)[4:]
            ends_itself = info.flag_bits & 2
            size = b"\xff" * 8 if ends_itself else info.file_size.to_bytes(8, "little")
            self._front = properties + size

    def read(self, count: int) -> bytes:
        """Return up to so many bytes."""
        if self._front:
            data, self._front = self._front, b""
            return data
        self._file.seek(self._at)
        data = self._file.read(min(count, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data


def _directory_bytes(file: BinaryIO) -> int:
    """Return the size of the list of members, all of which zipfile would keep in memory.

    APPNOTE.TXT 4.3.14 to 4.3.16, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 22 - 0xFFFF - 20 - 56))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        return 0
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07") and at >= 20 + 56:
        return int.from_bytes(tail[at - 76 + 40 : at - 76 + 48], "little")
    return int.from_bytes(tail[at + 12 : at + 16], "little")
