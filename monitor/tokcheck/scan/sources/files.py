"""Files, folders as git sees them, and standard input, as sources of pieces."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.archives import is_archive, with_members
from tokcheck.scan.sources.chunks import OVERLAP, PIECE, Source, name, pieces

Keep = Callable[[str], bool]

STDIN = "<stdin>"
# A worker's share: small enough that all end at about the same time.
_SHARE_BYTES = 4 << 20
_SHARE_FILES = 256

# Not every system has all of them. A pipe that took a file's place must not block.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class Entry(NamedTuple):
    """A file to read: where it is, and how findings name it."""

    place: str
    path: str


class Files:
    """Some files; reading them happens where they are iterated."""

    __slots__ = ("_entries", "_overlap", "_size", "weight")

    def __init__(
        self,
        entries: tuple[Entry | Unreadable, ...],
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
                yield name(entry.path)
                yield from self._file(*entry)

    def _file(self, place: str, path: str) -> Iterator[Piece | Unreadable]:
        try:
            if not hasattr(os, "O_NOFOLLOW") and os.path.islink(place):
                raise OSError(errno.ELOOP, "")  # noqa: TRY301 - as the other systems say it
            with open(place, "rb", buffering=0, opener=_open) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    yield Unreadable(path, _special(status.st_mode))
                    return

                if status.st_size < self._size:
                    data = file.read(status.st_size + 1)
                    if len(data) <= status.st_size and not is_archive(data):
                        yield Piece(path, data)  # as nearly every file
                        return
                    file.seek(0)

                def reopen() -> BinaryIO:
                    file.seek(0)
                    return file

                read = pieces(
                    path,
                    file.read,
                    size=self._size,
                    overlap=self._overlap,
                    expected=status.st_size,
                )
                yield from with_members(read, reopen, size=self._size, overlap=self._overlap)
        except (FileNotFoundError, NotADirectoryError):
            # Listed and gone: git lists a file that was deleted and is still in the index.
            return
        except OSError as error:
            if error.errno == errno.ELOOP:
                # What git stores of a symbolic link is its target.
                yield Piece(path, os.fsencode(os.readlink(place)))
            else:
                yield Unreadable(path, _reason(error))


def _open(place: str, _flags: int) -> int:
    return os.open(place, _FLAGS)


def paths(
    names: Iterable[str],
    *,
    gitignore: bool = True,
    keep: Keep | None = None,
    weigh: bool = False,
) -> Iterator[Source]:
    """Yield the sources of files and folders, each file once.

    ``keep`` says of a path below a folder whether it is wanted. ``weigh`` asks the size of each
    file, so that several processes can share them.
    """
    share: list[Entry | Unreadable] = []
    weight = 0
    for entry in _once(names, gitignore, keep):
        share.append(entry)
        if weigh and isinstance(entry, Entry):
            try:
                weight += os.lstat(entry.place).st_size
            except OSError:
                continue  # whoever reads it says why
            if weight >= _SHARE_BYTES or len(share) >= _SHARE_FILES:
                yield Files(tuple(share), max(1, weight))
                share = []
                weight = 0
    if share:
        yield Files(tuple(share), max(1, weight))


def stdin(stream: BinaryIO, *, size: int = PIECE, overlap: int = OVERLAP) -> Source:
    """Return standard input as a source."""
    return _Stream(stream, size, overlap)


class _Stream:
    __slots__ = ("_overlap", "_size", "_stream", "weight")

    def __init__(self, stream: BinaryIO, size: int, overlap: int) -> None:
        self._stream = stream
        self._size = size
        self._overlap = overlap
        self.weight = 0

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        try:
            read = pieces(STDIN, self._stream.read, size=self._size, overlap=self._overlap)
            yield from with_members(read, lambda: None, size=self._size, overlap=self._overlap)
        except OSError as error:
            yield Unreadable(STDIN, _reason(error))


def _once(names: Iterable[str], gitignore: bool, keep: Keep | None) -> Iterator[Entry | Unreadable]:  # noqa: FBT001
    met: set[str] = set()
    for given in names:
        for identity, entry in _named(given, gitignore, keep):
            if identity not in met:
                met.add(identity)
                if keep is None or keep(entry.path):
                    yield entry


# What is read once, and the entry.
_Found = tuple[str, Entry | Unreadable]


def _named(given: str, gitignore: bool, keep: Keep | None) -> Iterator[_Found]:  # noqa: FBT001
    """Yield what one name on the command line stands for."""
    shown = _slashes(os.path.normpath(given))
    place = given
    try:
        status = os.lstat(given)
        if stat.S_ISLNK(status.st_mode):
            # Whoever names a link means what it leads to; links met in a folder are not followed.
            folder, base = os.path.split(os.path.abspath(given))
            yield os.path.join(os.path.realpath(folder), base), Entry(given, shown)
            place = os.path.realpath(given)
            status = os.stat(place)
    except OSError as error:
        yield given, Unreadable(shown, _reason(error))
        return
    root = os.path.realpath(place)
    if stat.S_ISREG(status.st_mode):
        yield root, Entry(place, shown)
    elif stat.S_ISDIR(status.st_mode):
        prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
        yield from _folder(place, root, prefix, gitignore, keep)
    else:
        yield root, Unreadable(shown, _special(status.st_mode))


def _folder(
    place: str,
    root: str,
    prefix: str,
    gitignore: bool,  # noqa: FBT001
    keep: Keep | None,
) -> Iterator[_Found]:
    listed = git.listed(place) if gitignore and git.top(root) else None
    if listed is None:
        yield from _walk(place, root, prefix, keep)
        return
    for below in listed:
        inner = os.path.join(place, below)
        if os.path.isdir(inner) and not os.path.islink(inner):
            # A repository in this one: a submodule, or one that nobody added.
            if os.path.lexists(os.path.join(inner, ".git")):
                step = f"{prefix}{below.rstrip('/')}/"
                yield from _folder(inner, os.path.join(root, below), step, gitignore, keep)
        else:
            yield os.path.join(root, below), Entry(inner, f"{prefix}{below}")


def _walk(place: str, root: str, prefix: str, keep: Keep | None) -> Iterator[_Found]:
    waiting = [(place, root, prefix)]
    while waiting:
        place, root, prefix = waiting.pop()
        try:
            with os.scandir(place) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            yield root, Unreadable(prefix.rstrip("/") or ".", _reason(error))
            continue
        folders = []
        for entry in entries:
            path = f"{prefix}{entry.name}"
            identity = os.path.join(root, entry.name)
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                if keep is None or keep(path):
                    folders.append((entry.path, identity, f"{path}/"))
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield identity, Entry(entry.path, path)
        waiting += reversed(folders)


def _slashes(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")


def _reason(error: OSError) -> str:
    return f"{error.strerror or type(error).__name__}."


def _special(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISDIR, "a folder"),
    )
    what = next((word for test, word in kinds if test(mode)), "a device")
    return f"It is {what}, not a file."
