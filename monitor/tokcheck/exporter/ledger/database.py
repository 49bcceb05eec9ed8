"""The ledger's file: private, shared by several processes, and replaced if it is damaged."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeAlias

from tokcheck.exporter.ledger.ledger_errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerLockedError,
    explain_ledger_error,
    is_damage,
    is_lack_of_table,
    is_locked,
)
from tokcheck.storage.atomic_write import move_file
from tokcheck.storage.errors import StorageError
from tokcheck.storage.private_files import check_private_file, ensure_private_folder
from tokcheck.storage.sqlite.private_database import (
    SIDECARS,
    Migration,
    check_version,
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
# Without one of these, the file is damaged.
_COLUMNS = (
    "SELECT id, subject, at, ticks, requests, settled FROM spend LIMIT 0",
    "SELECT name, version, body FROM standing LIMIT 0",
    "SELECT at FROM lost LIMIT 0",
)
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
    """
    CREATE TABLE IF NOT EXISTS reported_limit (
        subject TEXT NOT NULL,
        server TEXT NOT NULL,
        time_window TEXT NOT NULL, -- its name, as in a quota
        at REAL NOT NULL,          -- Unix seconds of the response
        requests INTEGER NOT NULL,
        PRIMARY KEY (subject, server, time_window)
    )
    """,
)
LOSS = (
    "The earlier spend is not known, so no account is probed until a whole window of its rate "
    "limit has passed, and the last verdicts are forgotten."
)
"""What the loss of a ledger costs."""
_LOST = ("INSERT INTO lost VALUES (NULL)",)
_ATTEMPTS = 3


# Called with the file's path, and the one that a damaged file was renamed to.
OnLoss: TypeAlias = Callable[[Path, Path | None], None]


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
            check_version(connection, path, len(_MIGRATIONS))
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if is_locked(error):
            return LedgerLockedError(path, busy)
        if is_damage(error):
            return LedgerDamagedError(
                path, f"The ledger {path} is damaged.", f"A start replaces it. {LOSS}"
            )
        return explain_ledger_error(error, path)
    except StorageError as error:
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


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damage()
    if version_of(connection) != len(_MIGRATIONS):
        return
    try:
        for statement in _COLUMNS:
            connection.execute(statement)
    except sqlite3.OperationalError as error:
        if is_lack_of_table(error):
            raise _damage() from None
        raise


def _damage() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the file is damaged")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
