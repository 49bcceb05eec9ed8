"""Poll credential files for changes; a file is re-read only when its stat signature changes.

A file counts as unchanged once it was read twice under the same signature: the clock of a file
system may be so coarse that a second change leaves no trace in it. A file that was good and is
now empty or missing is ignored once, since many programs empty or delete a file before they write
it. One that was good and cannot be read keeps its last text, with the problem beside it.
"""

import os
import stat
import sys
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from tokcheck.accounts.names import name_flaw
from tokcheck.exporter.sources.reading import (
    SourceNote,
    SourceReading,
    failed_reading,
    read_file,
    redact_path,
)

# Modified, changed (its permissions, say), inode, device, size.
StatSignature: TypeAlias = tuple[int, int, int, int, int]

_UNFINISHED = ("~", ".swp", ".tmp")


class FileState(NamedTuple):
    """The result of the last poll of a file."""

    signature: StatSignature | None
    """The stat signature that it was read under; ``None`` if it could not be read."""
    reading: SourceReading
    """The reading in use."""

    confirmed: bool = False
    """Whether it was read twice under this signature."""

    suspect: bool = False
    """Whether the last poll failed and the previous text is kept."""


class FolderListing(NamedTuple):
    """The files of a folder by name, and a note for each that is left out."""

    names: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """The names that were there at the previous listing and are not now; they stay once."""
    notes: tuple[SourceNote, ...] = ()


_NOTHING = FolderListing()


def poll_file(
    path: str, before: FileState | None, read: Callable[[str], SourceReading] = read_file
) -> FileState:
    """Return the state of a file, which is read if it may have changed since ``before``."""
    try:
        signature = _stat_signature(os.stat(path))  # noqa: PTH116 - thousands of them, often
        if before is not None and before.confirmed and before.signature == signature:
            return before
        seen = FileState(signature, read(path))
    except (OSError, ValueError) as error:
        seen = FileState(None, failed_reading(path, error))
    if before is None:
        return seen
    if seen.reading.paste is None and before.reading.paste is not None:
        if not before.suspect:
            return FileState(None, before.reading, suspect=True)
        if seen.reading.unread:
            kept = before.reading._replace(problem=seen.reading.problem, unread=True)
            is_same = kept.problem == before.reading.problem
            return before if is_same else FileState(None, kept, suspect=True)
    return seen._replace(
        confirmed=seen.signature is not None and seen.signature == before.signature
    )


def list_folder(folder: str, before: FolderListing = _NOTHING) -> FolderListing:
    """List the files of a folder that have valid account names; ``before`` is the last listing.

    Its names are valid. Sub-folders and other non-files, hidden files (where
    Kubernetes keeps its versions) and editor leftovers are skipped without a note.

    :raises OSError: if the folder cannot be listed.
    """
    names: list[str] = []
    notes: list[SourceNote] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.endswith(_UNFINISHED) or _is_hidden(entry) or not _is_file(entry):
                continue
            wrong = "" if name in before.names else name_flaw(name)
            if wrong:
                file = f"The file {redact_path(name)} in {redact_path(folder)}"
                why = f"its name is not a valid account name, since {wrong}"
                notes.append(SourceNote(f"{file} is not watched: {why}.", f"{file} is gone."))
            else:
                names.append(name)
    missing = before.names - before.missing - frozenset(names)
    return FolderListing(missing.union(names), missing, tuple(sorted(notes)))


def _is_hidden(entry: "os.DirEntry[str]") -> bool:
    """Return whether a file is hidden: by its name, on Windows also by its attribute."""
    if entry.name.startswith("."):
        return True
    if sys.platform != "win32":
        return False
    try:
        attributes = entry.stat(follow_symlinks=False).st_file_attributes
    except OSError:
        return False  # reading it reports the error
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)  # such as desktop.ini


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a file, or a dangling link."""
    try:
        if entry.is_file():
            return True
    except OSError:
        return True  # reading it reports the error
    return entry.is_symlink() and not os.path.exists(entry.path)  # noqa: PTH110 - as above


def _stat_signature(status: os.stat_result) -> StatSignature:
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
        status.st_size,
    )
