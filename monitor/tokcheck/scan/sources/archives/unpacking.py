"""The pieces of a file and, where it is an archive, those of its members, at any depth."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources.archives import pdf
from tokcheck.scan.sources.archives import zip as zip_archive
from tokcheck.scan.sources.archives.ar import ArReader
from tokcheck.scan.sources.archives.bounds import BoundError, Bounds, Read, UnpackMeter
from tokcheck.scan.sources.archives.compressed import UnsupportedError, open_compressed
from tokcheck.scan.sources.archives.cpio import CpioReader
from tokcheck.scan.sources.archives.kinds import (
    ArchiveKind,
    archive_kind,
    compressed_behind_script,
)
from tokcheck.scan.sources.archives.member_stream import MemberStream
from tokcheck.scan.sources.archives.office_text import join_runs
from tokcheck.scan.sources.archives.rpm import skip_headers
from tokcheck.scan.sources.archives.tar import TarReader
from tokcheck.scan.sources.archives.zip_end import ZIP_END_BYTES, ZIP_END_RECORD, last_zip_end
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
    ".lzma": "",
}
_STREAMS: dict[ArchiveKind, Callable[[Read], MemberStream]] = {
    ArchiveKind.TAR: TarReader,
    ArchiveKind.AR: ArReader,
    ArchiveKind.CPIO: CpioReader,
}
_TOO_LARGE = "The archive is too large to be unpacked here."
_MARK = 16  # bytes that show what a compressed file is
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
        if kind is not None and kind in _STREAMS and depth < self._bounds.depth:
            yield from self._stream(tar_path or path, kind, _reader(first, parts), depth)
            return
        kept = _Copy(self._bounds.buffered if reopen is None else 0)
        head = first.data
        zip_end = last_zip_end(head) if kind in {None, ArchiveKind.ZIP} else None
        kept.add(head)
        yield first if kind or not depth else first._replace(data=join_runs(path, first.data))
        del first
        behind_script = _behind_script(head) if kind is None else (None, 0)
        total = len(head)
        whole: bytes | None = head
        del head
        for part in parts:
            whole = None
            kept.add(part.data, part.seen)
            if kind in {None, ArchiveKind.ZIP}:
                end = last_zip_end(part.data)
                zip_end = zip_end if end is None else total - part.seen + end
            total += len(part.data) - part.seen
            yield part
        start = 0
        if kind is None:
            kind, start = behind_script if zip_end is None else (ArchiveKind.ZIP, 0)
        if kind is None:
            return
        if depth >= self._bounds.depth:
            yield Unreadable(
                path,
                f"It is an archive in more than {self._bounds.depth} others; it was not unpacked.",
            )
            return
        again = kept.as_file if reopen is None else reopen
        file = again() if whole is None else io.BytesIO(whole)
        del whole, kept, again
        if file is not None and zip_end is not None and zip_end + ZIP_END_BYTES < total:
            file = self._without_rest(file, zip_end)
        if file is None:
            yield Unreadable(path, _TOO_LARGE)
            return
        own = {
            ArchiveKind.ZIP: self._zip,
            ArchiveKind.RPM: self._rpm,
            ArchiveKind.PDF: self._pdf,
        }.get(kind)
        if own is not None:
            yield from own(path, file, depth)
        else:
            yield from self._unpack(path, kind, file, depth, start)

    def _without_rest(self, file: BinaryIO, zip_end: int) -> BinaryIO | None:
        """Return a zip archive without the data behind it, unless it is too large.

        Such an archive is read from its end on.
        """
        if zip_end > self._bounds.buffered:
            return None
        return io.BytesIO(file.read(zip_end + ZIP_END_RECORD))

    def _rpm(self, path: str, file: BinaryIO, depth: int) -> Pieces:
        inner = f"{path}!payload"
        if skip_headers(file):
            yield from self._member(inner, lambda: file.read, None, depth, path)
        else:
            yield Unreadable(path, "The RPM package is damaged; its files were not scanned.")

    def _pdf(self, path: str, file: BinaryIO, depth: int) -> Pieces:
        data = file.read(self._bounds.buffered + 1)
        if len(data) > self._bounds.buffered:
            yield Unreadable(path, "The document is too large to be unpacked here.")
            return
        if pdf.is_encrypted(data):
            yield Unreadable(path, "The document is encrypted; its text was not scanned.")
            return
        for stream in pdf.streams(data):
            if not self._meter.count_member():
                yield Unreadable(
                    path, _describe_too_many(self._bounds, "the others were not scanned")
                )
                return
            inner = f"{path}!stream {stream.number}"
            read = io.BytesIO(stream.data).read
            yield from self._member(inner, partial(_return_reader, read), stream.packed, depth)
            if stream.is_cut:
                yield Unreadable(inner, f"Only its first {pdf.LARGEST >> 20} MiB were scanned.")
            if self._meter.is_exhausted:
                return

    def _unpack(
        self, path: str, kind: ArchiveKind, file: BinaryIO, depth: int, start: int = 0
    ) -> Pieces:
        packed = file.seek(0, io.SEEK_END) - start
        file.seek(start)
        opens = partial(open_compressed, kind, file)
        yield from self._member(f"{path}!{_inner_name(path)}", opens, packed, depth, path)

    def _zip(self, path: str, file: BinaryIO, depth: int) -> Pieces:
        for member in zip_archive.members(file, self._bounds.members):
            inner = path if member.name is None else f"{path}!{member.name}"
            if isinstance(member.open, str):
                yield Unreadable(inner, member.open)
            elif not self._meter.count_member():
                yield Unreadable(
                    path, _describe_too_many(self._bounds, "the others were not scanned")
                )
                return
            else:
                yield from self._names(path, inner)
                yield from self._member(inner, member.open, member.packed, depth)
            if self._meter.is_exhausted:
                return

    def _stream(self, path: str, kind: ArchiveKind, read: Read, depth: int) -> Pieces:
        archive = _STREAMS[kind](read)
        for member in archive.members():
            inner = f"{path}!{member.name}"
            if not self._meter.count_member():
                message = "the others were not scanned one by one"
                yield Unreadable(path, _describe_too_many(self._bounds, message))
                yield from self._pieces(path, member.read)
                break
            yield from self._names(path, inner)
            yield from self._member(inner, partial(_return_reader, member.read), None, depth)
            if self._meter.is_exhausted:
                return
        if archive.is_damaged:
            message = f"The {kind.value} archive is damaged; the rest was scanned as it is."
            yield Unreadable(path, message)
        yield Piece(path, bytes(archive.others))
        yield from self._pieces(path, archive.read_rest)

    def _member(
        self,
        path: str,
        open_: Callable[[], Read],
        packed: int | None,
        depth: int,
        outer: str = "",
    ) -> Pieces:
        """Yield what a member holds; ``packed`` is its size, if it is compressed.

        ``outer`` is the path of the file that holds nothing else.
        """
        try:
            read = open_()
            if packed is not None:
                read = self._meter.limit(read, packed)
            yield from self.file(self._pieces(path, read), None, depth + 1, outer)
        except UnsupportedError as error:
            yield Unreadable(outer or path, str(error))
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


def _behind_script(head: bytes) -> tuple[ArchiveKind | None, int]:
    """Return what is compressed behind a script that begins so, and its place."""
    start = compressed_behind_script(head)
    return (None, 0) if start is None else (archive_kind(head[start : start + _MARK]), start)


class _Copy:
    """The bytes of a file, as long as they are no more than a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] | None = []

    def add(self, data: bytes, start: int = 0) -> None:
        self._limit -= len(data) - start
        if self._limit < 0:
            self._parts = None
        elif self._parts is not None:
            self._parts.append(data[start:])

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


def _return_reader(read: Read) -> Read:
    return read


def _inner_name(path: str) -> str:
    """Return the name of what a compressed file holds."""
    name = path.rpartition("!")[2].rpartition("/")[2]
    for suffix, instead in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] + instead
    return name


def _describe_too_many(bounds: Bounds, what: str) -> str:
    return f"The archive has more than {bounds.members} members; {what}."
