"""Files, blobs of git and standard input, as sources of pieces."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from tokcheck.scan.finding import Piece, Unreadable, format_count
from tokcheck.scan.sources import git
from tokcheck.scan.sources.archives import is_archive, with_members
from tokcheck.scan.sources.chunks import (
    OVERLAP,
    PIECE,
    PathFilter,
    Source,
    name_piece,
    read_pieces,
)
from tokcheck.scan.sources.files.listing import (
    BlobEntry,
    FileEntry,
    error_message,
    list_files,
    special_file_message,
)
from tokcheck.scan.sources.lfs import may_be_pointer, with_content

STDIN = "<stdin>"
# Limits of one source: small enough that all worker processes end at about the same time.
_SHARE_BYTES = 4 << 20
_SHARE_FILES = 256

# Not every system has all of them. Opening a pipe that has replaced a file must not block.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class PathSource:
    """A source of some files, which are read when it is iterated."""

    __slots__ = ("_entries", "_overlap", "_size", "weight")

    def __init__(
        self,
        entries: tuple[FileEntry | Unreadable, ...],
        weight: int = 1,
        *,
        size: int = PIECE,
        overlap: int = OVERLAP,
    ) -> None:
        self._entries = entries
        self._size = size
        self._overlap = overlap
        self.weight = weight

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        for entry in self._entries:
            if isinstance(entry, Unreadable):
                yield entry
            else:
                yield name_piece(entry.path)
                yield from self._file(*entry)

    def _file(self, location: str, path: str) -> Iterator[Piece | Unreadable]:
        try:
            if not hasattr(os, "O_NOFOLLOW") and os.path.islink(location):
                raise OSError(errno.ELOOP, "")  # noqa: TRY301 - as other systems report it
            with open(location, "rb", buffering=0, opener=_open) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    yield Unreadable(path, special_file_message(status.st_mode))
                    return

                if status.st_size < self._size:
                    data = file.read(status.st_size + 1)
                    is_plain = not (is_archive(data) or may_be_pointer(data))
                    if len(data) <= status.st_size and is_plain:
                        yield Piece(path, data)  # nearly every file
                        return
                    file.seek(0)

                def reopen() -> BinaryIO:
                    file.seek(0)
                    return file

                read = read_pieces(
                    path,
                    file.read,
                    size=self._size,
                    overlap=self._overlap,
                    expected=status.st_size,
                )
                yield from with_content(
                    read,
                    reopen,
                    lambda: (
                        git.repository_root(os.path.dirname(os.path.abspath(location))) or os.sep
                    ),
                    size=self._size,
                    overlap=self._overlap,
                )
        except (FileNotFoundError, NotADirectoryError):
            # git lists a file that was deleted and is still in the index.
            return
        except OSError as error:
            if error.errno == errno.ELOOP:
                # git stores the target of a symbolic link as its content.
                yield Piece(path, os.fsencode(os.readlink(location)))
            else:
                yield Unreadable(path, error_message(error))


def _open(location: str, _flags: int) -> int:
    return os.open(location, _FLAGS)


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
    paths. ``weigh`` reads the size of each file, so that several processes can
    share the work.
    """
    share: list[FileEntry | Unreadable] = []
    blobs: list[BlobEntry] = []
    weight = 0
    for entry in list_files(names, gitignore, keep, base):
        if isinstance(entry, BlobEntry):
            blobs.append(entry)
            continue
        share.append(entry)
        if weigh and isinstance(entry, FileEntry):
            try:
                weight += os.lstat(entry.location).st_size
            except OSError:
                continue  # reading it reports why
            if weight >= _SHARE_BYTES or len(share) >= _SHARE_FILES:
                yield PathSource(tuple(share), max(1, weight))
                share = []
                weight = 0
    if share:
        yield PathSource(tuple(share), max(1, weight))
    for folder in sorted({blob.folder for blob in blobs}):
        yield BlobSource([blob for blob in blobs if blob.folder == folder])


class BlobSource:
    """A source of blobs that only git has; a partial clone may lack most of them."""

    def __init__(self, blobs: Sequence[BlobEntry]) -> None:
        from tokcheck.scan.sources.git_objects import ObjectEntry, ObjectSource  # they are rare

        entries = tuple(ObjectEntry(blob.object, blob.path) for blob in blobs)
        self._objects = ObjectSource(entries, folder=blobs[0].folder)
        self.weight = self._objects.weight

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        errors = []
        for piece in self._objects:
            if isinstance(piece, Unreadable):
                errors.append(piece)
            else:
                yield piece
        yield from errors[:1]
        if len(errors) > 1:
            more = format_count(len(errors) - 1, "more file")
            yield Unreadable(errors[1].path, f"Nor could {more} that only git has.")


def stdin_source(stream: BinaryIO, *, size: int = PIECE, overlap: int = OVERLAP) -> Source:
    """Return standard input as a source."""
    return _StreamSource(stream, size, overlap)


class _StreamSource:
    """The source of a stream that only this process can read."""

    __slots__ = ("_overlap", "_size", "_stream", "weight")

    def __init__(self, stream: BinaryIO, size: int, overlap: int) -> None:
        self._stream = stream
        self._size = size
        self._overlap = overlap
        self.weight = 0

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        try:
            read = read_pieces(STDIN, self._stream.read, size=self._size, overlap=self._overlap)
            yield from with_members(read, lambda: None, size=self._size, overlap=self._overlap)
        except OSError as error:
            yield Unreadable(STDIN, error_message(error))
