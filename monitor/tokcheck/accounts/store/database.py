"""Opening the store's file: private, of today's form, and written through to the disk.

The store's tables, and how an older store becomes one of today.

``user_version`` counts the migrations that a file has had. Each runs in one transaction with
that count, so that a store is never half of one version and half of another.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tokcheck.accounts.errors import StoreError, explained, strange
from tokcheck.accounts.store.private_files import checked_file, private_file, private_folder

_FIRST = (
    # An id is never given twice: what a vault keeps is named by it.
    """
    CREATE TABLE grants (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL,
        provider TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_secret TEXT,
        access TEXT NOT NULL,
        refresh TEXT,
        fingerprint TEXT UNIQUE,
        expires_at REAL,
        refresh_expires_at REAL,
        scopes TEXT NOT NULL,
        user_id TEXT,
        obtained_at REAL NOT NULL
    )
    """,
    """
    CREATE TABLE intents (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        began_at REAL NOT NULL,
        holder TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE broken (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        code TEXT NOT NULL,
        sentence TEXT NOT NULL,
        hint TEXT NOT NULL
    )
    """,
    "CREATE TABLE secrets (reference TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
)
_SECOND = ("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",)

Migration = Sequence[str]
MIGRATIONS: tuple[Migration, ...] = (_FIRST, _SECOND)


def is_current(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> bool:
    """Tell whether a file needs nothing before it is used."""
    return _version(connection) == len(migrations) and _journal(connection) == "wal"


def bring_up(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Make a file's tables those of today; only one process at a time may.

    :raises StoreError: if a newer tokcheck has written it, or another program.
    """
    version = _version(connection)
    if version > len(migrations):
        raise StoreError(
            f"{path} was written by a newer version of tokcheck (version {version} of its "
            f"tables; this one knows {len(migrations)}).",
            "Update tokcheck; nothing was changed in the store.",
        )
    if version < 0 or (version == 0 and _has_tables(connection)):
        raise strange(path)
    if _journal(connection) != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    for number, migration in enumerate(migrations[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in migration:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


def _journal(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


FILE_NAME = "accounts.sqlite3"
_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit is on the disk, not in its queue
    "PRAGMA fullfsync = ON",  # macOS: nor in the disk's own memory
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a token that was replaced leaves no trace in free pages
)


def opened(
    folder: Path,
    *,
    patience: float,
    migrations: Sequence[Migration] = MIGRATIONS,
    connection: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """Open the store of a folder, and make what is missing.

    Who waits for another process's write waits ``patience`` seconds at most.

    :raises StoreError: if others have rights to it, if it cannot be used, or if it was written
        by a newer tokcheck.
    """
    private_folder(folder)
    path = folder / FILE_NAME
    private_file(path)
    for ending in ("-wal", "-shm"):  # SQLite makes these with the rights of the file itself
        checked_file(path.with_name(FILE_NAME + ending))
    with explained(path):
        made = sqlite3.connect(
            path,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
            factory=connection,
        )
        try:
            made.row_factory = sqlite3.Row
            for setting in _PRAGMAS:
                made.execute(setting)
            if not is_current(made, migrations):
                from tokcheck.accounts.store.locks import held

                # One process at a time: the change to a write-ahead log does not wait.
                with held(path.with_suffix(".lock"), patience):
                    bring_up(made, path, migrations)
        except BaseException:
            made.close()
            raise
    return made
