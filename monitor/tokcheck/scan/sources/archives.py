"""The members of zip and gzip archives, within bounds: an archive may be made to harm."""

import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources.chunks import OVERLAP, PIECE, Read, name, pieces

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b\x08"
_SHOWN_NAME = 24  # no token is shorter, so neither is a name that holds one


class Bounds(NamedTuple):
    """What an archive may cost: bytes unpacked in all, members, and how often a byte grows.

    A member may grow to ``free`` bytes at any ratio: tables of zeros do.
    """

    unpacked: int = 256 << 20
    members: int = 10_000
    ratio: int = 200
    free: int = 8 << 20


BOUNDS = Bounds()


class _TooMuchError(Exception):
    """A bound was reached."""


class _Meter:
    """Counts what an archive unpacks to, and stops it at its bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.left = bounds.unpacked

    def read(self, source: Read, packed: int) -> Read:
        """Return ``source`` with a bound; it is unpacked from so many bytes."""
        allowed = max(self._bounds.free, packed * self._bounds.ratio)
        given = 0

        def bounded(count: int) -> bytes:
            nonlocal given
            data = source(count)
            given += len(data)
            self.left -= len(data)
            if self.left < 0:
                limit = self._bounds.unpacked >> 20
                raise _TooMuchError(
                    f"The archive unpacks to more than {limit} MiB; "
                    "the rest of it was not looked through."
                )
            if given > allowed:
                raise _TooMuchError(
                    f"It unpacks to more than {self._bounds.ratio} times its size, as a "
                    "decompression bomb does; the rest of it was not looked through."
                )
            return data

        return bounded


def is_archive(data: bytes) -> bool:
    """Tell by its first bytes whether a file is an archive that can be looked into."""
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

    ``reopen`` gives the file once more from its beginning; it is asked only for an archive that
    is larger than a piece, and may answer that it cannot.
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
        yield Unreadable(path, "The archive is too large to be looked into here.")
        return
    look = _zip if archive.startswith(_ZIP) else _gzip
    del archive
    meter = _Meter(bounds)
    for member, packed, open_ in look(path, file, bounds):
        if isinstance(open_, str):
            yield Unreadable(member, open_)
            continue
        if len(member) - len(path) > _SHOWN_NAME:
            yield name(member)
        try:
            read = meter.read(open_(), packed)
            yield from pieces(member, read, size=size, overlap=overlap)
        except _TooMuchError as error:
            yield Unreadable(member, str(error))
            if meter.left < 0:
                return
        except Exception:  # noqa: BLE001 - damage shows itself in as many ways as zipfile has lines
            yield Unreadable(member, "This member of the archive is damaged.")


# A member's path, its packed size, and what opens it or the sentence why nothing does.
_Member = tuple[str, int, Callable[[], Read] | str]


def _gzip(path: str, file: BinaryIO, _bounds: Bounds) -> Iterator[_Member]:
    import gzip

    inside = os.path.basename(path)
    stem, suffix = os.path.splitext(inside)
    named = {".gz": stem, ".tgz": f"{stem}.tar"}.get(suffix.lower(), inside)
    packed = file.seek(0, os.SEEK_END)
    file.seek(0)
    yield f"{path}!{named}", packed, lambda: gzip.GzipFile(fileobj=file).read


def _zip(path: str, file: BinaryIO, bounds: Bounds) -> Iterator[_Member]:
    import zipfile

    if _directory(file) > bounds.members * 256:
        yield (
            path,
            0,
            (
                f"The archive has more than {bounds.members} members; "
                "they were not looked through one by one."
            ),
        )
        return
    try:
        archive = zipfile.ZipFile(file)
    except Exception:  # noqa: BLE001 - as above
        yield path, 0, "The zip archive is damaged; its members were not looked through."
        return
    with archive:
        listed = archive.infolist()
        for info in listed[: bounds.members]:
            member = f"{path}!{info.filename}"
            if info.flag_bits & 1:
                yield member, 0, "This member of the archive is encrypted."
            elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                # zipfile cannot bound what the other methods unpack to in one step.
                yield member, 0, "This member is compressed with a method that is not unpacked."
            elif not info.filename.endswith("/"):  # is_dir() fails for a name that is empty
                yield member, info.compress_size, partial(_opened, archive, info)
        if len(listed) > bounds.members:
            yield (
                path,
                0,
                (
                    f"The archive has more than {bounds.members} members; "
                    "the others were not looked through."
                ),
            )


def _opened(archive: "ZipFile", info: "ZipInfo") -> Read:
    return archive.open(info).read


def _directory(file: BinaryIO) -> int:
    """Return how many bytes the list of members takes: zipfile would hold all of it in memory.

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
