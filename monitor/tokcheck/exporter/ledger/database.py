"""The ledger's file: private, shared by several processes, and replaced if it is damaged."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

from tokcheck.accounts.errors import (
    StoreError,
    error_from_sqlite,
    error_from_system,
    is_disk_full,
)
from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.storage.atomic_write import move_file
from tokcheck.storage.errors import StorageError
from tokcheck.storage.private_files import check_private_file, ensure_private_folder
from tokcheck.storage.sqlite.private_database import (
    SIDECARS,
    Migration,
    connect,
    migrate,
    newer_file_error,
    version_of,
)
from tokcheck.storage.sqlite.sqlite_pages import HEADER_BYTES, user_version_of

_FIRST = (
    """
    CREATE TABLE spend (
        id INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,
        at REAL NOT NULL,      -- Unix seconds
        ticks REAL,            -- the same moment by a clock that nobody sets
        requests INTEGER NOT NULL,
        settled INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX spend_by_subject ON spend (subject)",
    "CREATE TABLE standing (name TEXT PRIMARY KEY, version TEXT NOT NULL, body BLOB NOT NULL)",
    # One row if an earlier file was lost: since when its spends are unknown.
    "CREATE TABLE lost (at REAL)",
)
_MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
# Tables that earlier versions lack and do not read, so both can share the file.
_ADDITIONS = (
    """
    CREATE TABLE IF NOT EXISTS pause (
        subject TEXT NOT NULL,
        server TEXT NOT NULL,
        at REAL NOT NULL,      -- Unix seconds of the response
        ticks REAL,            -- the same moment by a clock that nobody sets
        seconds REAL NOT NULL, -- for how long it wants no further request
        PRIMARY KEY (subject, server)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS observation (
        account TEXT PRIMARY KEY,
        serial INTEGER NOT NULL,   -- grows with every change of any row
        stored_at REAL NOT NULL,   -- Unix seconds
        provider TEXT NOT NULL,
        latest TEXT,               -- an ObservedQuota as JSON
        classes TEXT NOT NULL,     -- responses by the class of their status, as JSON
        minutes TEXT NOT NULL      -- responses by minute, of the last minutes, as JSON
    )
    """,
    "CREATE INDEX IF NOT EXISTS observation_by_serial ON observation (serial)",
)
LOSS = (
    "The earlier spend is not known, so no account is probed until a whole window of its rate "
    "limit has passed, and the last verdicts are forgotten."
)
"""What the loss of a ledger costs."""
_LOST = ("INSERT INTO lost VALUES (NULL)",)
_ATTEMPTS = 3
_IDLE = "Until then no probe is sent, because its requests could not be counted."
# Extended result codes hold the primary one in their lowest byte.
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


# Called with the file's path, and the one that a damaged file was renamed to.
OnLoss: TypeAlias = Callable[[Path, Path | None], None]


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


class LedgerFullError(LedgerError):
    """The ledger's disk is full, which need not be for ever."""


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
        return LedgerError(
            path, f"The ledger {path} is damaged.", f"The next probe replaces it. {_IDLE}"
        )
    if isinstance(error, sqlite3.Error):
        explained = error_from_sqlite(error, path)
    elif isinstance(error, OSError):
        below = path if path.parent.is_dir() else path.parent
        explained = error_from_system(error, below)
    if isinstance(explained, StoreError):
        kind = LedgerFullError if is_disk_full(error) else LedgerError
        return kind(path, explained.message, f"{explained.hint} {_IDLE}")
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


def check_ledger_file(path: Path) -> None:
    """Check a ledger without opening it as a database, which would create files beside it.

    A damaged one is no error: it is replaced.

    :raises StorageError: if a newer version of tokcheck has written it, or others can read it.
    :raises OSError: if it cannot be read.
    """
    if not check_private_file(path):
        return
    with path.open("rb") as file:
        version = user_version_of(file.read(HEADER_BYTES))
    if version is not None and version > len(_MIGRATIONS):
        raise newer_file_error(path, version, len(_MIGRATIONS))


def find_ledger_problem(path: Path, busy: float) -> LedgerError | None:
    """Return why a ledger that is there cannot be used now, or that it is damaged.

    Nothing in it changes. ``busy`` is how many seconds to wait for its lock.
    """
    if not path.exists():
        return None
    try:
        with closing(connect(path, timeout=busy)) as connection:
            _check(connection)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if is_locked(error):
            return LedgerLockedError(path, busy)
        if is_damage(error):
            return LedgerError(
                path, f"The ledger {path} is damaged.", f"A start replaces it. {LOSS}"
            )
        return explain_ledger_error(error, path)
    return None


class Database:
    """A connection to the file at ``path`` that is opened when it is needed.

    It is reopened if the file was replaced meanwhile. A damaged file is renamed. A new file then
    takes its place, as it does if the file was deleted while in use, and records that spends were
    lost. ``busy`` is how many seconds to wait for another process that writes.
    ``on_loss`` is called after such a loss.
    """

    def __init__(self, path: Path, *, busy: float, on_loss: OnLoss | None = None) -> None:
        self.path = path
        self._busy = busy
        self._on_loss = on_loss or _ignore_loss
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def connection(self) -> sqlite3.Connection:
        """Return the open connection."""
        lost, kept = False, None
        if self._connection is not None and self._file != self._identity():
            self.close()
            lost = self._identity() is None
        if self._connection is None:
            try:
                self._connection = self._open_with_retries(lost=lost)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                lost, kept = True, self._set_aside()
                self._connection = self._open_with_retries(lost=True)
            self._file = self._identity()
            if lost:
                self._on_loss(self.path, kept)
        return self._connection

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open_with_retries(self, *, lost: bool) -> sqlite3.Connection:
        """Open the file; retry, since SQLite does not wait while another process creates it."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(sqlite3.OperationalError):
                return self._open(lost=lost)
        return self._open(lost=lost)

    def _open(self, *, lost: bool) -> sqlite3.Connection:
        ensure_private_folder(self.path.parent)  # as the store does with the same folder
        connection = connect(self.path, timeout=self._busy)
        try:
            _check(connection)
            with suppress(sqlite3.OperationalError):  # another process is setting it
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            if lost or version_of(connection) != len(_MIGRATIONS):
                migrate(connection, self.path, _MIGRATIONS, also=_LOST if lost else ())
            for statement in _ADDITIONS:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _set_aside(self) -> Path:
        """Rename a damaged file and return its new path.

        Its sidecars come first, which must never be used with a new file.
        """
        number = 1
        while (kept := Path(f"{self.path}.damaged-{number}")).exists():
            number += 1
        for suffix in (*SIDECARS, ""):
            with suppress(FileNotFoundError):
                move_file(Path(f"{self.path}{suffix}"), Path(f"{kept}{suffix}"))
        return kept


def _ignore_loss(_path: Path, _kept: Path | None) -> None:
    """Do nothing."""


def is_locked(error: Exception) -> bool:
    """Return whether an error means that another process held the file's lock for too long."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_damage(error: Exception) -> bool:
    """Return whether an error means that the file is damaged or not a database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _DAMAGED


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        error = sqlite3.DatabaseError("the file is damaged")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
