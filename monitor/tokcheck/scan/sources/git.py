"""What git knows: the files of a folder, what is staged, what a range of commits adds.

Every list is asked for with ``-z``, for a file name may hold anything but a NUL. Objects come from
one ``git cat-file --batch`` that is asked for one at a time, so that neither pipe can fill while
the other side waits.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, Self

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources import git_process
from tokcheck.scan.sources.archives import with_members
from tokcheck.scan.sources.chunks import OVERLAP, PIECE, Here, Source, name, pieces
from tokcheck.scan.sources.git_process import Process

# An archive among the objects is unpacked in memory, up to this size.
_HELD = 4 * PIECE
_SHARE = 500  # objects that a worker takes at once
_WEIGHT = 16 << 10  # an object's usual size; to ask for each would cost a process

Keep = Callable[[str], bool]

_GONE = "000000"
_SUBMODULE = "160000"


class Entry(NamedTuple):
    """An object to read. ``path`` is how findings name it."""

    object: str
    path: str
    commit: bool = False


class Blobs:
    """Some objects; reading them happens where they are iterated."""

    __slots__ = ("_objects", "_overlap", "_size", "entries", "weight")

    def __init__(
        self,
        entries: tuple[Entry | Unreadable, ...],
        *,
        size: int = PIECE,
        overlap: int = OVERLAP,
        objects: "_Objects | None" = None,
    ) -> None:
        self.entries = entries
        self._objects = objects
        self._size = size
        self._overlap = overlap
        self.weight = max(1, len(entries) * _WEIGHT)

    def __iter__(self) -> Iterator[Piece | Unreadable]:
        # What was begun serves once; a source that is read again begins anew.
        begun, self._objects = self._objects, None
        with begun or _Objects() as objects:
            for entry in self.entries:
                if isinstance(entry, Unreadable):
                    yield entry
                    continue
                if not entry.commit:
                    yield name(entry.path)
                try:
                    yield from self._object(objects, entry)
                except _NoObjectError as error:
                    yield Unreadable(entry.path, str(error))

    def _object(self, objects: "_Objects", entry: Entry) -> Iterator[Piece | Unreadable]:
        held = objects.ask(entry.object)
        read = pieces(
            entry.path, objects.read, size=self._size, overlap=self._overlap, expected=held
        )
        if entry.commit:
            # Its headers end with the first empty line; the message follows.
            yield from (
                piece if piece.seen else piece._replace(data=piece.data.partition(b"\n\n")[2])
                for piece in read
            )
            return

        def reopen() -> BinaryIO | None:
            if held > _HELD:
                return None
            objects.ask(entry.object)
            return io.BytesIO(objects.read(held))

        yield from with_members(read, reopen, size=self._size, overlap=self._overlap)


class _NoObjectError(Exception):
    """An object could not be read."""


class _Objects:
    """One ``git cat-file --batch``: an object is read to its end before the next is asked for.

    https://git-scm.com/docs/git-cat-file#_batch_output
    """

    def __init__(self) -> None:
        # What goes wrong is told by what does not come; standard error may stay unread.
        self._process = start("cat-file", "--batch", heard=False)
        self._left = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        # A reader that stopped early leaves git with a full pipe.
        self._process.end()

    def ask(self, wanted: str) -> int:
        """Begin an object and return its size."""
        while self.read(PIECE):
            pass  # what nobody read of the one before
        try:
            self._process.write(f"{wanted}\n".encode())
            answer = self._process.stdout.readline()
        except OSError:
            answer = b""
        found = header(answer, wanted)
        if isinstance(found, str):
            raise _NoObjectError(found)
        # The newline after it is read together with its last byte.
        self._left = found
        if not found:
            self._process.stdout.read(1)
        return found

    def read(self, count: int) -> bytes:
        """Read on in the object that was asked for; nothing at its end."""
        if not self._left:
            return b""
        stdout = self._process.stdout
        data = stdout.read(min(count, self._left))
        self._left -= len(data)
        if not data:
            self._left = 0
            raise _NoObjectError("git cat-file ended before the object did.")
        if not self._left:
            stdout.read(1)
        return data


def header(answer: bytes, wanted: str) -> int | str:
    """Return the size that a line of ``cat-file --batch`` announces, or what is wrong with it."""
    words = answer.split()
    if answer.endswith(b"\n") and len(words) == 3 and words[2].isdigit():  # noqa: PLR2004
        return int(words[2])
    if words[1:] == [b"missing"]:
        return f"git does not have its object {wanted[:12]}."
    return "git cat-file ended before it gave the object."


class Change(NamedTuple):
    """A line of ``--raw`` output: a path, and the mode and object that it has from now on.

    Without a path it is the id of the commit that the lines after it belong to.
    """

    path: bytes
    mode: str
    object: str
    status: str


def changes(fields: Iterable[bytes]) -> Iterator[Change]:
    """Parse what ``git diff --raw -z`` and ``git log --raw -z -c --format=%H`` print.

    A line begins with a colon for each parent and gives the modes of the parents and the result,
    their objects and the status; its path is a field of its own.
    https://git-scm.com/docs/diff-format
    """
    fields = iter(fields)
    for field in fields:
        line = field.lstrip(b"\n")
        if not line:
            continue
        words = line.lstrip(b":").decode("ascii", "replace").split(" ")
        parents = len(line) - len(line.lstrip(b":"))
        if not parents:
            yield Change(b"", "", words[0], "")
            continue
        path = next(fields, b"")
        if len(words) != 2 * parents + 3 or not path:
            raise UsageError("git gave a list of changes that is not understood.")
        yield Change(path, words[parents], words[2 * parents + 1], words[-1])


class Staging:
    """The index, as far as it differs from HEAD.

    git is started at once and read when it is asked, since whoever scans has more to load.
    """

    def __init__(self) -> None:
        # git diff compares with an empty tree where there is no commit yet, and takes the index
        # that a running commit names in GIT_INDEX_FILE.
        words = ("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative")
        self._list = start(*words)
        self._objects = _Objects()

    def changes(self) -> dict[bytes, Change]:
        """Return what is staged, by path."""
        try:
            output = b"".join(_output(self._list))
        except UsageError:
            self._objects.close()
            raise
        return {change.path: change for change in changes(output.split(b"\0"))}

    def blobs(self, wanted: Iterable[Change], keep: Keep | None = None) -> Iterator[Blobs]:
        """Yield the source of some of the changes, once."""
        entries = [entry for change in wanted if (entry := _entry(change, keep))]
        if entries:
            yield Blobs(tuple(entries), objects=self._objects)
        else:
            self._objects.close()


def staged(keep: Keep | None = None) -> Iterator[Blobs]:
    """Return what a commit would add; git is started by the call."""
    staging = Staging()
    return _staged(staging, keep)


def _staged(staging: Staging, keep: Keep | None) -> Iterator[Blobs]:
    yield from staging.blobs(staging.changes().values(), keep)


def _entry(change: Change, keep: Keep | None) -> Entry | Unreadable | None:
    path = os.fsdecode(change.path)
    if keep is not None and not keep(path):
        return None
    if change.status == "U":
        return Unreadable(path, "It is not merged yet: nothing of it could be committed.")
    # Of a submodule the other repository has the objects.
    return None if change.mode in {_GONE, _SUBMODULE} else Entry(change.object, path)


def added(revisions: Sequence[str], keep: Keep | None = None) -> Iterator[Source]:
    """Yield every blob that these commits add, each once, and the commits' messages.

    A merge adds what differs from all of its parents; the rest of it came from one of them.
    """
    for revision in revisions:
        if revision.startswith("-") and revision != "--not" and "--remotes=" not in revision:
            raise UsageError(f"{revision!r} is not a range of commits.", "Example: main..HEAD.")
    share: list[Entry | Unreadable] = []
    met: set[str] = set()
    for change in changes(_log(revisions)):
        if change.object in met:
            continue
        met.add(change.object)
        if change.path:
            entry = _entry(change, keep)
            if entry is None:
                # Another path may have the same object and be wanted.
                met.discard(change.object)
                continue
            share.append(entry)
        else:
            share.append(Entry(change.object, f"<commit {change.object[:12]}>", commit=True))
        if len(share) >= _SHARE:
            yield Blobs(tuple(share))
            share = []
    if share:
        yield Blobs(tuple(share))


def _log(revisions: Sequence[str]) -> Iterator[bytes]:
    """Yield the fields of the log of a range as git prints them."""
    log = start(
        *("-c", "log.showSignature=false", "log", "--no-color", "--root", "-c", "--raw", "-z"),
        *("--no-abbrev", "--no-renames", "--no-relative", "--format=%H", *revisions, "--"),
    )
    rest = b""
    for block in _output(log):
        *fields, rest = (rest + block).split(b"\0")
        yield from fields
    yield rest


def listed(folder: str) -> list[str] | None:
    """Return the files below a folder that git does not ignore, or ``None`` where git knows none.

    A folder belongs to the repository that it lies in, whatever a running hook's variables say.
    """
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        output = run(*words, folder=folder)
    except UsageError as error:
        # Inside a .git folder, or beside one that is none.
        if "not a git repository" in error.message or "in a work tree" in error.message:
            return None
        raise UsageError(error.message, "--no-gitignore reads folders without git.") from None
    return [os.fsdecode(path) for path in output.split(b"\0")[:-1]]


def top(folder: str) -> str | None:
    """Return the folder at or above this absolute one that holds a ``.git``, without asking git."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def message(place: str) -> Source:
    """Return the message that a commit will have: no comments, nothing after the scissors line.

    Lines that are left out stay as empty ones, so that the others keep their numbers.
    """
    try:
        with open(place, "rb") as file:
            data = file.read(PIECE + 1)
    except OSError as error:
        return Here(Unreadable(place, f"{error.strerror or type(error).__name__}."))
    if len(data) > PIECE:
        return Here(Unreadable(place, "It is too large for a commit message."))
    return Here(Piece(place, kept(data, _comment())))


# https://git-scm.com/docs/git-commit#Documentation/git-commit.txt-scissors
_SCISSORS = b" ------------------------ >8 ------------------------"


def kept(text: bytes, comment: bytes) -> bytes:
    """Return what of a message's text becomes the message, each line at its number."""
    lines: list[bytes] = []
    for line in text.split(b"\n"):
        if line.rstrip(b"\r") == comment + _SCISSORS:
            break
        lines.append(b"" if line.startswith(comment) else line)
    return b"\n".join(lines)


def _comment() -> bytes:
    """Return what a comment of a message begins with."""
    try:
        output = run("config", "--null", "--get-regexp", r"^core\.comment(char|string)$")
    except UsageError:
        return b"#"  # nothing is configured, or there is no repository
    values = [entry.partition(b"\n")[2] for entry in output.split(b"\0")[:-1]]
    # With "auto", git takes another one only for a message that has lines with this.
    return values[-1] if values and values[-1] not in {b"", b"auto"} else b"#"


def run(*words: str, folder: str | None = None) -> bytes:
    """Run git to its end and return what it prints; its refusal is a :class:`UsageError`."""
    return b"".join(_output(start(*words, folder=folder)))


def _output(running: Process) -> Iterator[bytes]:
    yield from running.blocks()
    if running.code:
        raise _refused(running.errors)


def start(*words: str, folder: str | None = None, heard: bool = True) -> Process:
    """Start git, in this folder's own repository if one is given."""
    variables = {
        **os.environ,
        "LC_ALL": "C",  # its sentences are compared with and shown
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",  # a partial clone would ask the network for what it lacks
        "GIT_NO_REPLACE_OBJECTS": "1",  # what is pushed is the object itself
    }
    if folder is not None:
        for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
            variables.pop(variable, None)
    # A repository that was downloaded may name a program to be run here.
    command = ("git", "-c", "core.fsmonitor=false", *(("-C", folder) if folder else ()), *words)
    try:
        return git_process.start(command, variables, heard=heard)
    except FileNotFoundError:
        raise UsageError(
            "git was not found.", "Install it, or name files; --no-gitignore reads folders."
        ) from None
    except OSError as error:
        raise UsageError(f"git could not be started: {error.strerror}.") from None


def _refused(errors: bytes) -> UsageError:
    from tokcheck.core.redact import redact

    lines = errors.decode("utf-8", "replace").splitlines() or ["no reason given"]
    first = lines[0]
    if first.startswith("error: unknown option `cached'"):
        # How git diff says that there is nothing to compare with.
        first = "fatal: not a git repository"
    return UsageError(f"git: {redact(first.removeprefix('fatal: '))}.")
