"""Which files the names on a command line stand for, as git or the folder lists them."""

import os
import stat
from collections.abc import Iterable, Iterator
from operator import attrgetter
from types import ModuleType
from typing import NamedTuple

from tokcheck.scan.finding import Unreadable
from tokcheck.scan.sources import git, git_index
from tokcheck.scan.sources.chunks import PathFilter
from tokcheck.storage.regular_files import kind_of, reason_of

_ALTERNATES = "objects/info/alternates"
_ELSEWHERE = (
    "It names another repository; the objects there were not read. In the folder of this one: "
    "tokcheck scan --history"
)


class FileEntry(NamedTuple):
    """A file to read."""

    location: str
    """The path that opens it."""
    path: str
    """The path that findings report."""


class BlobEntry(NamedTuple):
    """A blob that git has in place of a file, or beside it."""

    folder: str
    """A folder of the repository."""
    object: str
    path: str
    """The path that findings report."""


def list_files(
    names: Iterable[str],
    gitignore: bool,  # noqa: FBT001
    keep: PathFilter | None,
    base: str | None,
) -> Iterator[FileEntry | BlobEntry | Unreadable]:
    """Yield the entries of all names, each file once."""
    every = list(names)
    are_several = len(every) > 1
    seen: set[str] = set()
    named: list[tuple[str, str]] = []
    for given in every:
        for identity, entry in _entries(given, gitignore, keep, base):
            if are_several:
                if identity in seen:
                    continue
                seen.add(identity)
            if keep is None or keep(entry.path):
                if gitignore and isinstance(entry, FileEntry) and entry.location == given:
                    named.append((os.path.realpath(given), entry.path))
                yield entry
                if entry.path.endswith(_ALTERNATES):
                    yield Unreadable(entry.path, _ELSEWHERE)
    for identity, blob in _blobs_behind_filters(named):
        if identity not in seen:
            yield blob


def _blobs_behind_filters(
    named: Iterable[tuple[str, str]],
) -> Iterator[tuple[str, BlobEntry]]:
    """Yield what git has of files that were named and that a filter changes."""
    repositories: dict[str, dict[str, str]] = {}
    for place, path in named:
        root = git.repository_root(os.path.dirname(place))
        if root is not None:
            repositories.setdefault(root, {})[os.path.relpath(place, root)] = path
    for root, paths in repositories.items():
        for blob in git_index.filtered_blobs(root, paths):
            identity = f"{os.path.join(root, blob.path)}\0{blob.object}"
            yield identity, BlobEntry(root, blob.object, paths[blob.path])


# The resolved path, which identifies a file, and its entry.
_Identified = tuple[str, FileEntry | BlobEntry | Unreadable]


def _entries(
    given: str,
    gitignore: bool,  # noqa: FBT001
    keep: PathFilter | None,
    base: str | None,
) -> Iterator[_Identified]:
    """Yield the files of one name on the command line."""
    shown = shown_path(given, base)
    location = given
    try:
        status = os.lstat(given)
        if stat.S_ISLNK(status.st_mode):
            # A link that is named is followed; links inside a folder are not.
            folder, name = os.path.split(os.path.abspath(given))
            yield os.path.join(os.path.realpath(folder), name), FileEntry(given, shown)
            location = os.path.realpath(given)
            status = os.stat(location)
    except OSError as error:
        from tokcheck.core.redact import mask_name  # nearly every name is one of a file

        # There is no such file, so the name may be a token that stands in its place.
        yield given, Unreadable(mask_name(shown), error_message(error))
        return
    root = os.path.realpath(location)
    if stat.S_ISREG(status.st_mode):
        yield root, FileEntry(location, shown)
    elif stat.S_ISDIR(status.st_mode):
        prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
        yield from _folder_entries(location, root, prefix, gitignore, keep)
    else:
        yield root, Unreadable(shown, special_file_message(status.st_mode))


def _folder_entries(
    location: str,
    root: str,
    prefix: str,
    gitignore: bool,  # noqa: FBT001
    keep: PathFilter | None,
) -> Iterator[_Identified]:
    """Yield the files of a folder, as git lists them if it is to be used and knows the folder."""
    listed = git_index.list_folder(location) if gitignore and git.repository_root(root) else None
    if listed is None:
        yield from _walk_entries(location, root, prefix, keep)
        return
    for blob in git_index.hidden_blobs(location, listed.outside):
        identity = f"{os.path.join(root, blob.path)}\0{blob.object}"
        yield identity, BlobEntry(root, blob.object, f"{prefix}{blob.path}")
    for below in listed.files:
        inner = os.path.join(location, below)
        if os.path.isdir(inner) and not os.path.islink(inner):
            # A nested repository: a submodule, or one that is not added.
            if os.path.lexists(os.path.join(inner, ".git")):
                step = f"{prefix}{below.rstrip('/')}/"
                yield from _folder_entries(inner, os.path.join(root, below), step, gitignore, keep)
        else:
            yield os.path.join(root, below), FileEntry(inner, f"{prefix}{below}")


_NAME = attrgetter("name")


def _walk_entries(
    location: str, root: str, prefix: str, keep: PathFilter | None
) -> Iterator[_Identified]:
    """Yield the files of a folder in order, without git."""
    waiting = [(location, root, prefix)]
    while waiting:
        location, root, prefix = waiting.pop()
        try:
            with os.scandir(location) as scanned:
                entries = sorted(scanned, key=_NAME)
        except OSError as error:
            yield root, Unreadable(prefix.rstrip("/") or ".", error_message(error))
            continue
        folders = []
        identities = os.path.join(root, "")
        for entry in entries:
            name = entry.name
            if name == ".git":
                continue
            path = f"{prefix}{name}"
            if entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield f"{identities}{name}", FileEntry(entry.path, path)
            elif entry.is_dir(follow_symlinks=False) and (keep is None or keep(path)):
                folders.append((entry.path, f"{identities}{name}", f"{path}/"))
        waiting += reversed(folders)


def shown_path(given: str, base: str | None, paths: ModuleType = os.path) -> str:
    """Return how a name on the command line is reported: counted from ``base`` if it lies there.

    ``paths`` is the system's ``os.path``. In Windows, a path may be given in other letter case.
    """
    path: str = paths.normpath(given)
    if base is not None:
        place, top = (paths.normcase(each) for each in (paths.abspath(given), base))
        if place == top or place.startswith(top.rstrip(paths.sep) + paths.sep):
            path = paths.relpath(given, base)
    return path.replace(paths.sep, "/")


def error_message(error: OSError) -> str:
    """Return the cause of an error as a sentence."""
    return f"{reason_of(error)}."


def special_file_message(mode: int) -> str:
    """Return the sentence about something else in the place of a file."""
    return f"It is {kind_of(mode)}, not a file."
