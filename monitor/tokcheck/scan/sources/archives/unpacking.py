"""The chunks of a file and, where it is an archive, those of its members, at any depth."""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from tokcheck.scan.finding import Chunk, Unreadable
from tokcheck.scan.sources.archives import pdf
from tokcheck.scan.sources.archives import zip as zip_archive
from tokcheck.scan.sources.archives.ar import ArReader
from tokcheck.scan.sources.archives.bounds import BoundError, Bounds, KeptBytes, Read, UnpackMeter
from tokcheck.scan.sources.archives.compressed import (
    UnsupportedError,
    open_compressed,
    open_gzip_stream,
)
from tokcheck.scan.sources.archives.cpio import CpioReader
from tokcheck.scan.sources.archives.kinds import (
    ArchiveKind,
    EmbeddedArchives,
    archive_kind,
    compressed_behind_script,
)
from tokcheck.scan.sources.archives.member_names import inner_name, name_chunks
from tokcheck.scan.sources.archives.member_stream import MemberStream
from tokcheck.scan.sources.archives.office_text import join_runs
from tokcheck.scan.sources.archives.rpm import skip_headers
from tokcheck.scan.sources.archives.tar import TarReader
from tokcheck.scan.sources.archives.zip_end import (
    ZIP_END_BYTES,
    ZIP_END_RECORD,
    ZipSpan,
    outer_spans,
)
from tokcheck.scan.sources.chunks import read_chunks

_STREAMS: dict[ArchiveKind, Callable[[Read], MemberStream]] = {
    ArchiveKind.TAR: TarReader,
    ArchiveKind.AR: ArReader,
    ArchiveKind.CPIO: CpioReader,
}
_MOST_INSIDE = 16
_PACK_MARK = 16  # bytes that tell a pack from a bundle
_TOO_LARGE = "The archive is too large to be unpacked here."
Reopen = Callable[[], BinaryIO | None]
Chunks = Iterator[Chunk | Unreadable]


class Unpacker:
    """Unpacks one file; its bounds are those of everything in it."""

    def __init__(self, bounds: Bounds, size: int, overlap: int) -> None:
        self._meter = UnpackMeter(bounds)
        self._bounds = bounds
        self._size = size
        self._overlap = overlap

    def file(
        self, parts: Iterator[Chunk], reopen: Reopen | None, depth: int = 0, tar_path: str = ""
    ) -> Chunks:
        """Yield the chunks of a file, and those of what is in it.

        ``reopen`` returns it from its beginning, or ``None`` if it cannot; without it, the file is
        kept in memory meanwhile. ``tar_path`` names it if it is a tar archive.
        """
        first = next(parts)
        path = first.path
        kind = archive_kind(first.data)
        if kind is not None and kind in _STREAMS and depth < self._bounds.depth:
            yield from self._stream(tar_path or path, kind, _reader(first, parts), depth)
            return
        kept = KeptBytes(self._bounds.buffered if reopen is None else 0)
        head = first.data
        inside = EmbeddedArchives(kind)
        inside.add(head)
        kept.add(head)
        yield first if kind or not depth else first._replace(data=join_runs(path, first.data))
        del first
        behind_script = compressed_behind_script(head) if kind is None else (None, 0)
        total = len(head)
        whole: bytes | None = head
        del head
        for part in parts:
            whole = None
            kept.add(part.data, part.seen)
            inside.add(part.data, total - part.seen)
            total += len(part.data) - part.seen
            yield part
        kind, start = inside.kind_or(behind_script)
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
        if file is None:
            yield Unreadable(path, _TOO_LARGE)
        elif inside.zips:
            yield from self._zips(path, file, outer_spans(inside.zips), total, depth)
        elif inside.streams and not start:
            yield from self._gzip_streams(path, file, sorted({*inside.streams}), total, depth)
        else:
            yield from self._whole(path, kind, file, depth, start)

    def _whole(
        self, path: str, kind: ArchiveKind, file: BinaryIO, depth: int, start: int
    ) -> Chunks:
        """Yield what a file holds that is one archive from ``start`` on."""
        own = {
            ArchiveKind.ZIP: self._zip,
            ArchiveKind.RPM: self._rpm,
            ArchiveKind.PDF: self._pdf,
            ArchiveKind.GIT_PACK: _git_objects,
            ArchiveKind.GIT_BUNDLE: _git_objects,
        }.get(kind)
        if own is not None:
            yield from own(path, file, depth)
        else:
            yield from self._unpack(path, kind, file, depth, start)

    def _zips(
        self, path: str, file: BinaryIO, spans: list[ZipSpan], total: int, depth: int
    ) -> Chunks:
        """Yield what the archives in a file hold; each is read from its end on."""
        if len(spans) > _MOST_INSIDE:
            message = (
                f"It holds more than {_MOST_INSIDE} zip archives; only the last were unpacked."
            )
            yield Unreadable(path, message)
        for span in spans[-_MOST_INSIDE:]:
            is_alone = len(spans) == 1 and span.end + ZIP_END_BYTES >= total
            length = span.end + ZIP_END_RECORD - span.start
            if is_alone:
                yield from self._zip(path, file, depth)
            elif length > self._bounds.buffered:
                yield Unreadable(path, _TOO_LARGE)
            else:
                file.seek(span.start)
                yield from self._zip(path, io.BytesIO(file.read(length)), depth)

    def _gzip_streams(
        self, path: str, file: BinaryIO, starts: list[int], total: int, depth: int
    ) -> Chunks:
        """Yield what the streams of gzip hold that stand in a file among other data."""
        if len(starts) > _MOST_INSIDE:
            message = f"It holds more than {_MOST_INSIDE} streams of gzip; only the first"
            yield Unreadable(path, f"{message} were unpacked.")
        for number, start in enumerate(starts[:_MOST_INSIDE], 1):
            file.seek(start)
            name = inner_name(path) if number == 1 else f"stream {number}"
            opens = partial(open_gzip_stream, file)
            yield from self._member(f"{path}!{name}", opens, total - start, depth, path)

    def _rpm(self, path: str, file: BinaryIO, depth: int) -> Chunks:
        inner = f"{path}!payload"
        if skip_headers(file):
            yield from self._member(inner, lambda: file.read, None, depth, path)
        else:
            yield Unreadable(path, "The RPM package is damaged; its files were not scanned.")

    def _pdf(self, path: str, file: BinaryIO, depth: int) -> Chunks:
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
    ) -> Chunks:
        packed = file.seek(0, io.SEEK_END) - start
        file.seek(start)
        opens = partial(open_compressed, kind, file)
        yield from self._member(f"{path}!{inner_name(path)}", opens, packed, depth, path)

    def _zip(self, path: str, file: BinaryIO, depth: int) -> Chunks:
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
                yield from name_chunks(path, inner)
                yield from self._member(inner, member.open, member.packed, depth)
            if self._meter.is_exhausted:
                return

    def _stream(self, path: str, kind: ArchiveKind, read: Read, depth: int) -> Chunks:
        archive = _STREAMS[kind](read)
        for member in archive.members():
            inner = f"{path}!{member.name}"
            if not self._meter.count_member():
                message = "the others were not scanned one by one"
                yield Unreadable(path, _describe_too_many(self._bounds, message))
                yield from self._chunks(path, member.read)
                break
            yield from name_chunks(path, inner)
            yield from self._member(inner, partial(_return_reader, member.read), None, depth)
            if self._meter.is_exhausted:
                return
        if archive.is_damaged:
            message = f"The {kind.value} archive is damaged; the rest was scanned as it is."
            yield Unreadable(path, message)
        yield Chunk(path, bytes(archive.others))
        yield from self._chunks(path, archive.read_rest)

    def _member(
        self,
        path: str,
        open_: Callable[[], Read],
        packed: int | None,
        depth: int,
        outer: str = "",
    ) -> Chunks:
        """Yield what a member holds; ``packed`` is its size, if it is compressed.

        ``outer`` is the path of the file that holds nothing else.
        """
        try:
            read = open_()
            if packed is not None:
                read = self._meter.limit(read, packed)
            yield from self.file(self._chunks(path, read), None, depth + 1, outer)
        except UnsupportedError as error:
            yield Unreadable(outer or path, str(error))
        except BoundError as error:
            yield Unreadable(path, str(error))
        except Exception:  # noqa: BLE001 - the readers raise anything for a damaged member
            yield Unreadable(path, "This member of the archive is damaged.")

    def _chunks(self, path: str, read: Read) -> Iterator[Chunk]:
        return read_chunks(path, read, size=self._size, overlap=self._overlap)


def _reader(first: Chunk, parts: Iterator[Chunk]) -> Read:
    """Return the function that reads the bytes of these chunks."""
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


def _git_objects(path: str, file: BinaryIO, _depth: int) -> Chunks:
    is_pack = archive_kind(file.read(_PACK_MARK)) is ArchiveKind.GIT_PACK
    what = "pack" if is_pack else "bundle"
    step = "In the folder of its repository" if is_pack else "Clone it, and in the clone"
    command = "tokcheck scan --history"
    yield Unreadable(
        path, f"It is a {what} of git's objects, which was not read. {step}: {command}"
    )


def _return_reader(read: Read) -> Read:
    return read


def _describe_too_many(bounds: Bounds, what: str) -> str:
    return f"The archive has more than {bounds.members} members; {what}."
