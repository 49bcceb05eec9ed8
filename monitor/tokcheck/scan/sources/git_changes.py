"""The changes of a commit to be made, and of the commits of a range, as sources of objects."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import BlobOrigin, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import PathFilter, Source
from tokcheck.scan.sources.git_objects import ObjectEntry, ObjectReader, ObjectSource

_OBJECTS_PER_SOURCE = 500
_DELETED_MODE = "000000"
_SUBMODULE_MODE = "160000"


class Change(NamedTuple):
    """One change of a diff, or the commit that the changes after it belong to."""

    path: bytes
    """The changed path, as git stores it; empty for a commit."""
    mode: str
    """The new mode, six octal digits; empty for a commit."""
    object: str
    """The id of the new object, or of the commit."""
    status: str
    """Git's letter: ``A``, ``M``, ``D``, ``U`` …, one a parent; empty for a commit."""


def parse_changes(fields: Iterable[bytes]) -> Iterator[Change]:
    """Parse what ``git diff --raw -z`` and ``git log --raw -z -c --format=%H`` print.

    A line begins with a colon for each parent and gives the modes of the parents and the result,
    their objects and the status; its path is a field of its own.
    https://git-scm.com/docs/diff-format

    :raises UsageError: if they print something else.
    """
    fields = iter(fields)
    for field in fields:
        line = field.lstrip(b"\n")
        if not line:
            continue
        words = line.lstrip(b":").decode("ascii", "replace").split(" ")
        parents = len(line) - len(line.lstrip(b":"))
        if not parents:
            if not git.is_object_id(words[0]):
                raise git.unknown_output("changes")
            yield Change(b"", "", words[0], "")
            continue
        path = next(fields, b"")
        if len(words) != 2 * parents + 3 or not path or not git.is_object_id(words[-2]):
            raise git.unknown_output("changes")
        yield Change(path, words[parents], words[-2], words[-1])


class StagedChanges:
    """The differences between the index and HEAD.

    Git starts with the constructor and is read later: the caller loads its other modules meanwhile.
    """

    def __init__(self) -> None:
        # git diff compares with an empty tree where there is no commit yet, and takes the index
        # that a running commit names in GIT_INDEX_FILE.
        words = ("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative")
        self._diff = git.start(*words)
        self._objects = ObjectReader()

    def read(self) -> dict[bytes, Change]:
        """Return the staged changes by path."""
        try:
            output = b"".join(git.read_output(self._diff))
        except UsageError:
            self._objects.close()
            raise
        return {change.path: change for change in parse_changes(output.split(b"\0"))}

    def sources(
        self, wanted: Iterable[Change], keep: PathFilter | None = None
    ) -> Iterator[ObjectSource]:
        """Yield one source of these changes, or none; it ends the process that reads objects."""
        entries = [entry for change in wanted if (entry := _entry_of(change, keep))]
        if entries:
            yield ObjectSource(tuple(entries), objects=self._objects)
        else:
            self._objects.close()


def staged_sources(keep: PathFilter | None = None) -> Iterator[ObjectSource]:
    """Return the source of what a commit would add; git starts with the call."""
    staged = StagedChanges()

    def sources() -> Iterator[ObjectSource]:
        yield from staged.sources(staged.read().values(), keep)

    return sources()


def _entry_of(
    change: Change, keep: PathFilter | None, commit: str = "", number: int = 0
) -> ObjectEntry | Unreadable | None:
    """Return the object to read for a change, or ``None`` if there is none to read."""
    path = os.fsdecode(change.path)
    if keep is not None and not keep(path):
        return None
    if change.status == "U":
        return Unreadable(path, "It has an unresolved merge conflict and cannot be committed.")
    # The objects of a submodule are in its own repository.
    if change.mode in {_DELETED_MODE, _SUBMODULE_MODE}:
        return None
    origin = BlobOrigin(commit, number, change.object) if commit else None
    return ObjectEntry(change.object, path, origin=origin)


class Copies:
    """The paths at which a range adds a blob again, by the blob.

    A blob is searched once, at the first path of the first commit that adds it.
    """

    def __init__(self) -> None:
        self._found: dict[str, dict[str, BlobOrigin]] = {}

    def add(self, path: str, origin: BlobOrigin) -> None:
        """Note that a commit adds a blob at this path; the first one of a path is kept."""
        self._found.setdefault(origin.object, {}).setdefault(path, origin)

    def origins_of(self, blob: str) -> dict[str, BlobOrigin]:
        """Return the further paths of a blob, each with the first commit that adds it there."""
        return self._found.get(blob, {})


def range_sources(
    revisions: Sequence[str], keep: PathFilter | None = None, copies: Copies | None = None
) -> Iterator[Source]:
    """Yield sources of every blob that these commits add, each once, and of their messages.

    A merge adds what differs from all of its parents; the rest of it came from one of them.
    Parents come before their children. ``copies`` is filled with the further paths of the blobs.
    ``revisions`` are words of ``git log``, which takes options among them.
    """
    share: list[ObjectEntry | Unreadable] = []
    met: set[str] = set()
    commit, number = "", 0
    for change in parse_changes(_log_fields(revisions)):
        if not change.path:
            commit, number = change.object, number + 1
            path = f"<commit {commit[:12]}>"
            origin = BlobOrigin(commit, number, commit)
            share.append(ObjectEntry(commit, path, commit=True, origin=origin))
        else:
            entry = _entry_of(change, keep, commit, number)
            if entry is None:
                continue
            if change.object in met:
                if copies is not None and isinstance(entry, ObjectEntry) and entry.origin:
                    copies.add(entry.path, entry.origin)
                continue
            met.add(change.object)
            share.append(entry)
        if len(share) >= _OBJECTS_PER_SOURCE:
            yield ObjectSource(tuple(share))
            share = []
    if share:
        yield ObjectSource(tuple(share))


def _log_fields(revisions: Sequence[str]) -> Iterator[bytes]:
    """Yield the NUL-terminated fields that ``git log --raw -z`` prints for a range."""
    log = git.start(
        *("-c", "log.showSignature=false", "log", "--no-color", "--root", "-c", "--raw", "-z"),
        *("--topo-order", "--reverse"),
        *("--no-abbrev", "--no-renames", "--no-relative", "--format=%H", *revisions, "--"),
    )
    rest = b""
    for block in git.read_output(log):
        *fields, rest = (rest + block).split(b"\0")
        yield from fields
    yield rest
