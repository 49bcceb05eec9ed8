"""The ledger's file: private, shared by several processes, and replaced if it is damaged."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from tokcheck.core.errors import UsageError
from tokcheck.storage.private_database import SIDECARS, Migration, connect, migrate, version_of
from tokcheck.storage.private_files import ensure_private_folder

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
_LOST = ("INSERT INTO lost VALUES (NULL)",)
_ATTEMPTS = 3
# Extended result codes hold the primary one in their lowest byte.
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(UsageError):
    """The ledger cannot be read or written, so no probe may be sent.

    ``subject`` begins the sentence that ``why`` ends; it names the ledger by default.
    """

    def __init__(self, path: Path, why: str, hint: str = "", *, subject: str = "") -> None:
        super().__init__(
            f"{subject or f'The ledger {path} cannot be used:'} {why}.",
            hint
            or f"Check that {path.parent} is writable and not full. Until then no probe is sent, "
            "because its requests could not be counted.",
        )


class Database:
    """A connection to the file at ``path`` that is opened when it is needed.

    It is reopened if the file was replaced meanwhile. A damaged file is renamed. A new file then
    takes its place, as it does if the file was deleted while in use, and records that spends were
    lost. ``busy`` is how many seconds to wait for another process that writes.
    """

    def __init__(self, path: Path, *, busy: float) -> None:
        self.path = path
        self._busy = busy
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def connection(self) -> sqlite3.Connection:
        """Return the open connection."""
        lost = False
        if self._connection is not None and self._file != self._identity():
            self.close()
            lost = self._identity() is None
        if self._connection is None:
            try:
                self._connection = self._open_with_retries(lost=lost)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._set_aside()
                self._connection = self._open_with_retries(lost=True)
            self._file = self._identity()
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

    def _set_aside(self) -> None:
        """Rename a damaged file; its sidecars first, which must never be used with a new file."""
        number = 1
        while (kept := Path(f"{self.path}.damaged-{number}")).exists():
            number += 1
        for suffix in (*SIDECARS, ""):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").rename(f"{kept}{suffix}")


def is_damage(error: Exception) -> bool:
    """Return whether an error means that the file is damaged or not a database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _DAMAGED


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        error = sqlite3.DatabaseError("the file is damaged")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
