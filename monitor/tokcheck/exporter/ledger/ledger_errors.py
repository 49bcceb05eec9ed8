"""The errors of the ledger, and which of SQLite's errors mean one of them."""

import os
import sqlite3
from pathlib import Path

from tokcheck.accounts.errors import (
    StoreError,
    error_from_sqlite,
    error_from_system,
    is_disk_full,
)
from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.storage.errors import StorageError

# Extended result codes hold the primary one in their lowest byte.
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(TokcheckError):
    """The ledger cannot be read or written, so no probe may be sent.

    ``path`` is its file, or its database in words; ``is_away`` is whether a server cannot be
    reached.
    """

    exit_code = ExitCode.COULD_NOT_TELL

    def __init__(self, path: Path | str, message: str, hint: str, *, is_away: bool = False) -> None:
        super().__init__(message, hint)
        self.path = path
        self.is_away = is_away


class LedgerDamagedError(LedgerError):
    """The ledger's file is damaged, so it is replaced at its next use."""


class LedgerFullError(LedgerError):
    """The ledger's disk is full, which need not be for ever."""


def idle_hint(hint: str) -> str:
    """Return a hint that begins with the consequence: it may end with a command."""
    return (
        f"Until this is fixed, no probe is sent, because its requests could not be counted. {hint}"
    )


def explain_ledger_error(error: Exception, path: Path) -> LedgerError:
    """Return the error of the ledger at ``path``, in the store's words for the same folder.

    SQLite's own text is left out: it may hold what the file does.
    """
    explained = error
    if isinstance(error, StorageError) and error.path != path.parent:
        return LedgerError(
            path, f"The ledger {path} cannot be used: it {error.problem}.", error.hint
        )
    if is_damage(error):
        return LedgerDamagedError(
            path, f"The ledger {path} is damaged.", "The next probe replaces it."
        )
    if isinstance(error, sqlite3.Error):
        explained = error_from_sqlite(error, path)
    elif isinstance(error, OSError):
        # pathlib raises an error where the user may not enter the folder above.
        below = path if os.path.isdir(path.parent) else path.parent  # noqa: PTH112
        explained = error_from_system(error, below)
    if isinstance(explained, StoreError):
        kind = LedgerFullError if is_disk_full(error) else LedgerError
        return kind(path, explained.message, idle_hint(explained.hint))
    assert isinstance(explained, TokcheckError)  # noqa: S101 - nothing else is raised here
    return LedgerError(path, explained.message, explained.hint)


class LedgerLockedError(LedgerError):
    """Another process does not release the ledger's lock, which is not for ever."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            path,
            f"The ledger {path} cannot be used: another process has locked it for more than "
            f"{seconds:g} s.",
            f"Find that process, with lsof {path} for example: a backup or a database browser that "
            "keeps a transaction open. Until it ends, no probe is sent, because its requests could "
            "not be counted.",
        )


class LedgerSlowError(LedgerError):
    """The ledger's disk does not answer, or its server."""

    def __init__(self, path: Path | str, seconds: float, *, is_on_server: bool = False) -> None:
        what, where = (
            ("server", "the server, and the network between it and this computer")
            if is_on_server
            else ("disk", "the disk, or the network that it is mounted over")
        )
        super().__init__(
            path,
            f"The ledger {path} cannot be used: its {what} has not answered for {seconds:g} s.",
            f"Check {where}. Until it answers, no probe is "
            "sent, because its requests could not be counted.",
            is_away=is_on_server,
        )


def is_locked(error: Exception) -> bool:
    """Return whether an error means that another process held the file's lock for too long."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_damage(error: Exception) -> bool:
    """Return whether an error means that the file is damaged or not a database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _DAMAGED


def is_lack_of_table(error: Exception) -> bool:
    """Return whether an error may mean that a table is missing, which another program dropped."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
