"""The members of a zip archive; a program may stand in front of it."""

import os
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from tokcheck.scan.sources.archives.bounds import Read

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
            elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                # zipfile cannot bound what the other methods unpack to in one step.
                message = "This member is compressed by an unsupported method."
                yield ZipMember(info.filename, 0, message)
            elif not info.filename.endswith("/"):  # is_dir() fails for a name that is empty
                yield ZipMember(info.filename, info.compress_size, partial(_open, archive, info))


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Read:
    return archive.open(info).read


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
