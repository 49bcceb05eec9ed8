"""The pieces of a file and, where it is an archive, those of its members, at any depth."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources.archives import zip as zip_archive
from tokcheck.scan.sources.archives.bounds import BoundError, Bounds, Read, UnpackMeter
from tokcheck.scan.sources.archives.compressed import UnsupportedError, open_compressed
from tokcheck.scan.sources.archives.kinds import (
    ZIP_END_BYTES,
    ArchiveKind,
    archive_kind,
    has_zip_end,
    is_program,
)
from tokcheck.scan.sources.archives.office_text import join_runs
from tokcheck.scan.sources.archives.tar import TarReader
from tokcheck.scan.sources.chunks import name_piece, read_pieces

_SHORTEST_TOKEN = 24  # a shorter member name holds none
_SUFFIXES = {
    ".tgz": ".tar",
    ".tbz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tzst": ".tar",
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
}
Reopen = Callable[[], BinaryIO | None]
Pieces = Iterator[Piece | Unreadable]


class Unpacker:
    """Unpacks one file; its bounds are those of everything in it."""

    def __init__(self, bounds: Bounds, size: int, overlap: int) -> None:
        self._meter = UnpackMeter(bounds)
        self._bounds = bounds
        self._size = size
        self._overlap = overlap

    def file(
        self, parts: Iterator[Piece], reopen: Reopen | None, depth: int = 0, tar_path: str = ""
    ) -> Pieces:
        """Yield the pieces of a file, and those of what is in it.

        ``reopen`` returns it from its beginning, or ``None`` if it cannot; without it, the file is
        kept in memory meanwhile. ``tar_path`` names it if it is a tar archive.
        """
        first = next(parts)
        path = first.path
        kind = archive_kind(first.data)
        if kind is ArchiveKind.TAR and depth < self._bounds.depth:
            yield from self._tar(tar_path or path, _reader(first, parts), depth)
            return
        kept = _Copy(self._bounds.buffered if reopen is None else 0)
        may_end_as_zip = kind is None and is_program(first.data)
        may_be_archive = kind is not None or may_end_as_zip
        head = tail = first.data if may_be_archive else b""
        kept.add(head)
        yield first if kind or not depth else first._replace(data=join_runs(path, first.data))
        del first
        whole = True
        for part in parts:
            whole = False
            if may_be_archive:
                kept.add(part.data[part.seen :])
                tail = (tail + part.data[part.seen :])[-ZIP_END_BYTES:]
            yield part
        if may_end_as_zip and has_zip_end(tail):
            kind = ArchiveKind.ZIP
        if kind is None:
            return
        if depth >= self._bounds.depth:
            yield Unreadable(
                path,
                f"It is an archive in more than {self._bounds.depth} others; it was not unpacked.",
            )
            return
        file = io.BytesIO(head) if whole else kept.as_file() if reopen is None else reopen()
        if file is None:
            yield Unreadable(path, "The archive is too large to be unpacked here.")
            return
        del head, kept
        yield from (
            self._zip(path, file, depth)
            if kind is ArchiveKind.ZIP
            else self._unpack(path, kind, file, depth)
        )

    def _unpack(self, path: str, kind: ArchiveKind, file: BinaryIO, depth: int) -> Pieces:
        packed = file.seek(0, io.SEEK_END)
        file.seek(0)
        try:
            read = open_compressed(kind, file)
        except UnsupportedError as error:
            yield Unreadable(path, str(error))
            return
        yield from self._member(
            f"{path}!{_inner_name(path)}", lambda: read, packed, depth, tar_path=path
        )

    def _zip(self, path: str, file: BinaryIO, depth: int) -> Pieces:
        for member in zip_archive.members(file, self._bounds.members):
            inner = path if member.name is None else f"{path}!{member.name}"
            if isinstance(member.open, str):
                yield Unreadable(inner, member.open)
            elif not self._meter.count_member():
                yield Unreadable(path, _too_many(self._bounds, "the others were not scanned"))
                return
            else:
                yield from self._names(path, inner)
                yield from self._member(inner, member.open, member.packed, depth)
            if self._meter.is_exhausted:
                return

    def _tar(self, path: str, read: Read, depth: int) -> Pieces:
        tar = TarReader(read)
        for member in tar.members():
            inner = f"{path}!{member.name}"
            if not self._meter.count_member():
                message = "the others were not scanned one by one"
                yield Unreadable(path, _too_many(self._bounds, message))
                yield from self._pieces(path, member.read)
                break
            yield from self._names(path, inner)
            yield from self._member(inner, partial(_same, member.read), None, depth)
            if self._meter.is_exhausted:
                return
        if tar.is_damaged:
            yield Unreadable(path, "The tar archive is damaged; the rest was scanned as it is.")
        yield Piece(path, bytes(tar.others))
        yield from self._pieces(path, _prepend(tar.rest, read))

    def _member(
        self,
        path: str,
        open_: Callable[[], Read],
        packed: int | None,
        depth: int,
        *,
        tar_path: str = "",
    ) -> Pieces:
        """Yield what a member holds; ``packed`` is its size, if it is compressed."""
        try:
            read = open_()
            if packed is not None:
                read = self._meter.limit(read, packed)
            yield from self.file(self._pieces(path, read), None, depth + 1, tar_path)
        except BoundError as error:
            yield Unreadable(path, str(error))
        except Exception:  # noqa: BLE001 - the readers raise anything for a damaged member
            yield Unreadable(path, "This member of the archive is damaged.")

    def _pieces(self, path: str, read: Read) -> Iterator[Piece]:
        return read_pieces(path, read, size=self._size, overlap=self._overlap)

    @staticmethod
    def _names(path: str, inner: str) -> Iterator[Piece]:
        if len(inner) - len(path) > _SHORTEST_TOKEN:
            yield name_piece(inner)


class _Copy:
    """The bytes of a file, as long as they are no more than a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] | None = []

    def add(self, data: bytes) -> None:
        self._limit -= len(data)
        if self._limit < 0:
            self._parts = None
        elif self._parts is not None:
            self._parts.append(data)

    def as_file(self) -> BinaryIO | None:
        return None if self._parts is None else io.BytesIO(b"".join(self._parts))


def _reader(first: Piece, parts: Iterator[Piece]) -> Read:
    """Return the function that reads the bytes of these pieces."""
    data, at = first.data, 0

    def read(count: int) -> bytes:
        nonlocal data, at
        while at >= len(data):
            part = next(parts, None)
            if part is None:
                return b""
            data, at = part.data, part.seen
        at += count
        return data[at - count : at]

    return read


def _same(read: Read) -> Read:
    return read


def _prepend(start: bytes, read: Read) -> Read:
    def read_all(count: int) -> bytes:
        nonlocal start
        data, start = start[:count], start[count:]
        return data or read(count)

    return read_all


def _inner_name(path: str) -> str:
    """Return the name of what a compressed file holds."""
    name = path.rpartition("!")[2].rpartition("/")[2]
    for suffix, instead in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] + instead
    return name


def _too_many(bounds: Bounds, what: str) -> str:
    return f"The archive has more than {bounds.members} members; {what}."
