"""The ledger's file: made private, shared by several processes, set aside where it is damaged."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from tokcheck.core.errors import UsageError
from tokcheck.storage.private_database import SIDECARS, Migration, connect, migrate, version_of
from tokcheck.storage.private_files import PRIVATE_FOLDER_MODE

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
    # A row, where an earlier file was damaged: since when it counts.
    "CREATE TABLE lost (at REAL)",
)
_MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
_LOST = ("INSERT INTO lost VALUES (NULL)",)
_ATTEMPTS = 3
# Extended result codes hold the primary one in their lowest byte.
_PRIMARY = 0xFF
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class LedgerError(UsageError):
    """The spend cannot be read or written, so that nothing may be spent."""

    def __init__(self, path: Path, why: str, hint: str = "") -> None:
        super().__init__(
            f"The ledger {path} cannot be used: {why}.",
            hint
            or f"Check that {path.parent} can be written and is not full; until then "
            "nothing is asked, since what that costs could not be counted.",
        )


class Database:
    """A connection to the file at ``path`` that is opened when it is needed.

    It is opened again where the file was replaced meanwhile. A damaged file is set aside under
    another name. In its place, and in that of a file which vanished while in use, a new one is
    begun that remembers that something was lost. ``busy`` is how many seconds to wait for another
    process that writes.
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
                self._connection = self._opened_in_turn(lost=lost)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._set_aside()
                self._connection = self._opened_in_turn(lost=True)
            self._file = self._identity()
        return self._connection

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened_in_turn(self, *, lost: bool) -> sqlite3.Connection:
        """Open, once more where others open the same new file and SQLite would not wait."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(sqlite3.OperationalError):
                return self._opened(lost=lost)
        return self._opened(lost=lost)

    def _opened(self, *, lost: bool) -> sqlite3.Connection:
        # Its folder may be the system's, such as /var/lib/tokcheck: only the file is private.
        self.path.parent.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        connection = connect(self.path, timeout=self._busy)
        try:
            _check(connection)
            with suppress(sqlite3.OperationalError):  # another process is about it
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
        """Rename a damaged file: what lies beside it first, which must never meet a new one."""
        number = 1
        while (kept := Path(f"{self.path}.damaged-{number}")).exists():
            number += 1
        for suffix in (*SIDECARS, ""):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").rename(f"{kept}{suffix}")


def is_damage(error: Exception) -> bool:
    """Tell whether an error says that the file is no database, or not whole."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in _DAMAGED


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        error = sqlite3.DatabaseError("the file is damaged")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error
