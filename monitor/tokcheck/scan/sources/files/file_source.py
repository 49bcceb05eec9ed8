"""Files, blobs of git and standard input, as sources of chunks."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from tokcheck.scan.finding import STDIN, Chunk, Clean, Unreadable, format_count
from tokcheck.scan.sources import git
from tokcheck.scan.sources.archives import is_archive
from tokcheck.scan.sources.chunks import (
    CHUNK,
    OVERLAP,
    PathFilter,
    Sieve,
    Source,
    name_chunk,
    read_chunks,
)
from tokcheck.scan.sources.files.batches import CAN_READ_INTO, sift_files
from tokcheck.scan.sources.files.endless import EndlessRead, has_known_size
from tokcheck.scan.sources.files.listing import (
    BlobEntry,
    FileEntry,
    error_message,
    list_files,
    special_file_message,
)
from tokcheck.scan.sources.lfs import may_be_pointer, with_content

# Limits of one source: small enough that all worker processes end at about the same time.
_SHARE_BYTES = 4 << 20
_SHARE_FILES = 128
# Opening a file takes as long as searching so many bytes.
_OPENING = 16 << 10
# So many files show whether several processes are worth it; the others have the usual size.
_WEIGHED = 256
_USUAL = 2 * _OPENING

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# Not every system has all of them. Opening a pipe that has replaced a file must not block.
_FLAGS = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class PathSource:
    """A source of some files, which are read when it is iterated."""

    __slots__ = ("_entries", "_overlap", "_size", "weight")

    def __init__(
        self,
        entries: tuple[FileEntry | Unreadable, ...],
        weight: int = 1,
        *,
        size: int = CHUNK,
        overlap: int = OVERLAP,
    ) -> None:
        self._entries = entries
        self._size = size
        self._overlap = overlap
        self.weight = weight

    def __iter__(self) -> Iterator[Chunk | Unreadable]:
        for entry in self._entries:
            if isinstance(entry, Unreadable):
                yield entry
            else:
                yield name_chunk(entry.path)
                yield from self._file(*entry)

    def sift(self, sieve: Sieve) -> Iterator[Chunk | Clean | Unreadable]:
        """Yield the chunks of the files that may hold credentials, and the others as read."""
        if not CAN_READ_INTO:
            yield from self
            return
        for part in sift_files(self._entries, sieve, _FLAGS):
            if isinstance(part, FileEntry):
                yield name_chunk(part.path)
                yield from self._file(*part)
            else:
                yield part

    def _file(self, location: str, path: str) -> Iterator[Chunk | Unreadable]:
        try:
            if not _NO_FOLLOW and os.path.islink(location):
                raise OSError(errno.ELOOP, "")  # noqa: TRY301 - as other systems report it
            # An object for each file would take as long as reading it does.
            descriptor = os.open(location, _FLAGS)
            data: bytes | None = None
            try:
                status = os.fstat(descriptor)
                if has_known_size(status) and status.st_size < self._size:
                    data = os.read(descriptor, status.st_size + 1)
                    if len(data) > status.st_size or is_archive(data) or may_be_pointer(data):
                        os.lseek(descriptor, 0, os.SEEK_SET)
                        data = None
                if data is None:
                    with open(descriptor, "rb", buffering=0, closefd=False) as file:
                        yield from self._odd_file(location, path, file, status)
            finally:
                os.close(descriptor)
            if data is not None:
                yield Chunk(path, data)  # nearly every file
        except (FileNotFoundError, NotADirectoryError):
            # git lists a file that was deleted and is still in the index.
            return
        except OSError as error:
            if error.errno == errno.ELOOP and os.path.islink(location):
                yield _link_target(location, path)
            else:
                yield Unreadable(path, error_message(error))

    def _odd_file(
        self, location: str, path: str, file: BinaryIO, status: os.stat_result
    ) -> Iterator[Chunk | Unreadable]:
        """Yield what a file holds that is large, an archive, a pointer or no file."""
        if not stat.S_ISREG(status.st_mode):
            yield Unreadable(path, special_file_message(status.st_mode))
            return
        if not has_known_size(status):
            yield from self._endless_file(path, file)
            return

        def reopen() -> BinaryIO:
            file.seek(0)
            return file

        read = read_chunks(
            path,
            file.read,
            size=self._size,
            overlap=self._overlap,
            expected=status.st_size,
        )
        yield from with_content(
            read,
            reopen,
            lambda: git.repository_root(os.path.dirname(os.path.abspath(location))) or os.sep,
            size=self._size,
            overlap=self._overlap,
        )

    def _endless_file(self, path: str, file: BinaryIO) -> Iterator[Chunk | Unreadable]:
        """Yield what a file has that may have no end; its size says nothing."""
        read = EndlessRead(file.read)
        parts = read_chunks(path, read, size=self._size, overlap=self._overlap)
        yield from with_content(parts, _nothing, _nothing, size=self._size, overlap=self._overlap)
        if read.complaint:
            yield Unreadable(path, read.complaint)


def _nothing() -> None:
    """Stand for a stream that is not read twice, and for the current folder's repository."""


def _link_target(location: str, path: str) -> Chunk | Unreadable:
    """Return the target of a symbolic link, which git stores as its content."""
    try:
        return Chunk(path, os.fsencode(os.readlink(location)))
    except OSError as error:
        return Unreadable(path, error_message(error))


def file_sources(
    names: Iterable[str],
    *,
    gitignore: bool = True,
    keep: PathFilter | None = None,
    weigh: bool = False,
    base: str | None = None,
) -> Iterator[Source]:
    """Yield the sources of files and folders, each file once.

    The paths below ``base`` are counted from there; those elsewhere are as given. ``keep`` selects
    paths. ``weigh`` divides the files among several sources, so that processes
    can share the work.
    """
    share: list[FileEntry | Unreadable] = []
    blobs: list[BlobEntry] = []
    weight = number = 0
    for entry in list_files(names, gitignore, keep, base):
        if isinstance(entry, BlobEntry):
            blobs.append(entry)
            continue
        share.append(entry)
        if weigh and isinstance(entry, FileEntry):
            weight += _weight(entry) if number < _WEIGHED else _USUAL
            number += 1
            if weight >= _SHARE_BYTES or len(share) >= _SHARE_FILES:
                yield PathSource(tuple(share), max(1, weight))
                share = []
                weight = 0
    if share:
        yield PathSource(tuple(share), max(1, weight))
    for folder in sorted({blob.folder for blob in blobs}):
        yield BlobSource([blob for blob in blobs if blob.folder == folder])


def _weight(entry: FileEntry) -> int:
    try:
        return os.lstat(entry.location).st_size + _OPENING
    except OSError:
        return 0  # reading it reports why


class BlobSource:
    """A source of blobs that only git has; a partial clone may lack most of them."""

    def __init__(self, blobs: Sequence[BlobEntry]) -> None:
        from tokcheck.scan.sources.git_objects import ObjectEntry, ObjectSource  # they are rare

        entries = tuple(ObjectEntry(blob.object, blob.path) for blob in blobs)
        self._objects = ObjectSource(entries, folder=blobs[0].folder)
        self.weight = self._objects.weight

    def __iter__(self) -> Iterator[Chunk | Unreadable]:
        errors = []
        for chunk in self._objects:
            if isinstance(chunk, Unreadable):
                errors.append(chunk)
            else:
                yield chunk
        yield from errors[:1]
        if len(errors) > 1:
            more = format_count(len(errors) - 1, "more file")
            yield Unreadable(errors[1].path, f"{more} that only git has could not be read either.")


def stdin_source(stream: BinaryIO, *, size: int = CHUNK, overlap: int = OVERLAP) -> Source:
    """Return standard input as a source."""
    return _StreamSource(stream, size, overlap)


class _StreamSource:
    """The source of a stream that only this process can read."""

    __slots__ = ("_is_at_end", "_overlap", "_size", "_stream", "weight")

    def __init__(self, stream: BinaryIO, size: int, overlap: int) -> None:
        self._stream = stream
        self._size = size
        self._overlap = overlap
        self._is_at_end = False
        self.weight = 0

    def __iter__(self) -> Iterator[Chunk | Unreadable]:
        try:
            read = read_chunks(STDIN, self._read, size=self._size, overlap=self._overlap)
            yield from with_content(
                read, _nothing, _nothing, size=self._size, overlap=self._overlap
            )
        except OSError as error:
            yield Unreadable(STDIN, error_message(error))

    def _read(self, count: int) -> bytes:
        """Return the next bytes, none behind the end: a terminal would wait for a second end."""
        if self._is_at_end:
            return b""
        data = self._stream.read(count)
        self._is_at_end = len(data) < count
        return data
