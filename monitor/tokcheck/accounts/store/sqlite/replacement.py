"""The replacement of a damaged store by a rebuilt one, which other processes may have open.

A rebuilt store is complete under a name of its own before anything else is changed; from then on it
is the store. The process that finds it there moves it into place, so a crash in between changes
nothing. A process that has the damaged store open checks before each transaction, and opens the new
one.
"""

from pathlib import Path

from tokcheck.storage.atomic_write import delete_file, move_file, sync_folder
from tokcheck.storage.sqlite.private_database import SIDECARS

_TRACES = ("account-*.lock", "account-*.rescue")


def rebuilt_path(path: Path) -> Path:
    """Return where a rebuilt store is until it takes the place of the damaged one at ``path``."""
    return path.with_suffix(".rebuilt")


def has_replacement(path: Path) -> bool:
    """Return whether a rebuilt store waits to take the place of the one at ``path``."""
    return rebuilt_path(path).exists()


def finish_replacement(path: Path) -> bool:
    """Move a rebuilt store into place; return whether there was one. Needs the store's lock.

    The log of the damaged store goes first: SQLite would apply it to the new one.

    :raises PermissionError: on Windows, if a process does not close the damaged store; the next
        call continues.
    """
    if not has_replacement(path):
        return False
    for suffix in SIDECARS:
        delete_file(path.with_name(path.name + suffix))
    sync_folder(path.parent)
    move_file(rebuilt_path(path), path)
    sync_folder(path.parent)
    return True


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return the identity of the file at ``path``, whatever its name; ``None`` if it is missing."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def is_current(path: Path, identity: tuple[int, int] | None) -> bool:
    """Return whether the file at ``path`` is still the one of that identity.

    A file that was deleted or moved away is not: SQLite would continue to write to it.
    """
    return not has_replacement(path) and file_identity(path) == identity


def has_content(path: Path) -> bool:
    """Return whether there is a file at ``path`` with at least one byte."""
    try:
        return path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False


def was_emptied(path: Path) -> bool:
    """Return whether a store has lost its content: it is empty or missing, beside its traces.

    Such a store is never created again: SQLite would delete its log.
    """
    log = path.with_name(path.name + SIDECARS[0])
    return not has_content(path) and (
        has_content(log) or any(any(path.parent.glob(trace)) for trace in _TRACES)
    )
