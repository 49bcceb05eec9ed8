"""The members of zip and gzip archives, within bounds that stop a decompression bomb."""

import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources.chunks import OVERLAP, PIECE, Read, name_piece, read_pieces

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b\x08"
_SHORTEST_TOKEN = 24  # a shorter member name holds none


class Bounds(NamedTuple):
    """The limits of one archive."""

    unpacked: int = 256 << 20
    """Bytes that all members together unpack to."""
    members: int = 10_000
    """Members that are read."""
    ratio: int = 200
    """Unpacked bytes of a member for each packed one."""
    free: int = 8 << 20
    """Bytes that a member may unpack to at any ratio, as a table of zeros does."""


BOUNDS = Bounds()


class _BoundError(Exception):
    """A bound was reached."""


class _Meter:
    """Counts the bytes that an archive unpacks to, and stops at its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.left = bounds.unpacked

    def limit(self, read: Read, packed: int) -> Read:
        """Return ``read`` with the bounds of a member of ``packed`` bytes."""
        allowed = max(self._bounds.free, packed * self._bounds.ratio)
        unpacked = 0

        def read_within_bounds(count: int) -> bytes:
            nonlocal unpacked
            data = read(count)
            unpacked += len(data)
            self.left -= len(data)
            if self.left < 0:
                limit = self._bounds.unpacked >> 20
                raise _BoundError(
                    f"The archive unpacks to more than {limit} MiB; the rest was not scanned."
                )
            if unpacked > allowed:
                raise _BoundError(
                    f"It unpacks to more than {self._bounds.ratio} times its size, as a "
                    "decompression bomb does; the rest was not scanned."
                )
            return data

        return read_within_bounds


def is_archive(data: bytes) -> bool:
    """Return whether the first bytes of a file are those of an archive that can be read."""
    return data.startswith((*_ZIP, _GZIP))


def with_members(
    parts: Iterator[Piece],
    reopen: Callable[[], BinaryIO | None],
    bounds: Bounds = BOUNDS,
    *,
    size: int = PIECE,
    overlap: int = OVERLAP,
) -> Iterator[Piece | Unreadable]:
    """Yield the pieces of a file and, where it begins as an archive, those of its members.

    ``reopen`` returns the file from its beginning, or ``None`` if it cannot; it is called only for
    an archive that is larger than a piece.
    """
    first = next(parts)
    path = first.path
    archive = first.data if is_archive(first.data) else None
    yield first
    del first
    whole = True
    for part in parts:
        whole = False
        yield part
    if archive is None:
        return
    file = io.BytesIO(archive) if whole else reopen()
    if file is None:
        yield Unreadable(path, "The archive is too large to be unpacked here.")
        return
    members = _zip_members if archive.startswith(_ZIP) else _gzip_members
    del archive
    meter = _Meter(bounds)
    for member, packed, open_ in members(path, file, bounds):
        if isinstance(open_, str):
            yield Unreadable(member, open_)
            continue
        if len(member) - len(path) > _SHORTEST_TOKEN:
            yield name_piece(member)
        try:
            read = meter.limit(open_(), packed)
            yield from read_pieces(member, read, size=size, overlap=overlap)
        except _BoundError as error:
            yield Unreadable(member, str(error))
            if meter.left < 0:
                return
        except Exception:  # noqa: BLE001 - zipfile raises anything for a damaged member
            yield Unreadable(member, "This member of the archive is damaged.")


# A member's path, its packed size, and the function that opens it or an error message.
_Member = tuple[str, int, Callable[[], Read] | str]


def _gzip_members(path: str, file: BinaryIO, _bounds: Bounds) -> Iterator[_Member]:
    import gzip

    inside = os.path.basename(path)
    stem, suffix = os.path.splitext(inside)
    named = {".gz": stem, ".tgz": f"{stem}.tar"}.get(suffix.lower(), inside)
    packed = file.seek(0, os.SEEK_END)
    file.seek(0)
    yield f"{path}!{named}", packed, lambda: gzip.GzipFile(fileobj=file).read


def _zip_members(path: str, file: BinaryIO, bounds: Bounds) -> Iterator[_Member]:
    import zipfile

    if _directory_bytes(file) > bounds.members * 256:
        yield (
            path,
            0,
            (
                f"The archive has more than {bounds.members} members; "
                "they were not scanned one by one."
            ),
        )
        return
    try:
        archive = zipfile.ZipFile(file)
    except Exception:  # noqa: BLE001 - as above
        yield path, 0, "The zip archive is damaged; its members were not scanned."
        return
    with archive:
        listed = archive.infolist()
        for info in listed[: bounds.members]:
            member = f"{path}!{info.filename}"
            if info.flag_bits & 1:
                yield member, 0, "This member of the archive is encrypted."
            elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                # zipfile cannot bound what the other methods unpack to in one step.
                yield (
                    member,
                    0,
                    "This member is compressed by an unsupported method.",
                )
            elif not info.filename.endswith("/"):  # is_dir() fails for a name that is empty
                yield member, info.compress_size, partial(_open_member, archive, info)
        if len(listed) > bounds.members:
            yield (
                path,
                0,
                (
                    f"The archive has more than {bounds.members} members; "
                    "the others were not scanned."
                ),
            )


def _open_member(archive: "ZipFile", info: "ZipInfo") -> Read:
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
