"""The store's database: a private SQLite file, its tables, and their migrations."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tokcheck.accounts.errors import (
    damaged_log_error,
    damaged_store_error,
    explain_errors,
    unwritable_store_error,
)
from tokcheck.accounts.store.sqlite.replacement import (
    finish_replacement,
    has_content,
    has_replacement,
    was_emptied,
)
from tokcheck.storage.data_folder import ACCOUNTS_FILE
from tokcheck.storage.private_files import check_private_file, ensure_private_folder
from tokcheck.storage.sqlite.private_database import (
    SIDECARS,
    Migration,
    connect,
    has_write_ahead_log,
    migrate,
    newer_file_error,
    version_of,
)
from tokcheck.storage.sqlite.write_ahead_log import has_damaged_log

_FIRST = (
    # AUTOINCREMENT: an id is never reused, because the vault names secrets by it.
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


def _convert_sentences(connection: sqlite3.Connection) -> None:
    from tokcheck.accounts.store.sqlite.stored_sentences import convert_broken

    connection.executemany(
        "INSERT INTO broken VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (owner, at, *convert_broken(code, sentence))
            for owner, at, code, sentence, _ in connection.execute("SELECT * FROM sentences")
        ],
    )


# Until version 2, rendered sentences of broken grants were stored.
_THIRD: Migration = (
    "ALTER TABLE broken RENAME TO sentences",
    """
    CREATE TABLE broken (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        at REAL NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        fingerprint TEXT,
        began_at REAL,
        holder TEXT
    )
    """,
    _convert_sentences,
    "DROP TABLE sentences",
)
# Since version 4, refused applications and services that are gone are recorded, too.
_FOURTH = (
    "ALTER TABLE broken ADD COLUMN code TEXT",
    "ALTER TABLE broken ADD COLUMN address TEXT",
    "ALTER TABLE broken ADD COLUMN secrets TEXT",
)
# Since version 5, the difference of the clocks at a refresh, and the moments before which a token
# endpoint wants none.
_FIFTH = (
    "ALTER TABLE grants ADD COLUMN clock_skew REAL",
    "ALTER TABLE grants ADD COLUMN booted_at REAL",
    """
    CREATE TABLE refresh_limits (
        owner INTEGER PRIMARY KEY REFERENCES grants (id) ON DELETE CASCADE,
        since REAL NOT NULL,
        until REAL NOT NULL,
        address TEXT NOT NULL
    )
    """,
)


def add_fingerprints(connection: sqlite3.Connection) -> None:
    """Store the fingerprint of each secret beside it."""
    from tokcheck.core.secret import Secret

    connection.executemany(
        "UPDATE secrets SET fingerprint = ? WHERE reference = ?",
        [
            (Secret(text).fingerprint, reference)
            for reference, text in connection.execute("SELECT reference, text FROM secrets")
        ],
    )


# Since version 6, each secret has its fingerprint beside it: a recovery finds a damaged one by it.
_SIXTH: Migration = (
    "ALTER TABLE secrets ADD COLUMN fingerprint TEXT",
    add_fingerprints,
)
# Since version 7, a token endpoint that was unavailable has such a moment, too.
_SEVENTH = (
    "ALTER TABLE refresh_limits ADD COLUMN code TEXT",
    "ALTER TABLE refresh_limits ADD COLUMN covers_intent INTEGER",
)
MIGRATIONS: tuple[Migration, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH)

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit is on the disk, not in its queue
    "PRAGMA fullfsync = ON",  # macOS: nor in the disk's cache
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a replaced token leaves no trace in free pages
)


def open_database(
    folder: Path,
    *,
    patience: float,
    migrations: Sequence[Migration] = MIGRATIONS,
    connection: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """Open the database of a folder; create what is missing, and migrate an older one.

    A write waits up to ``patience`` seconds for another process's.

    :raises StoreError: if other users have access to it, if it or its log is damaged, or if it was
        written by a newer version of tokcheck.
    """
    with explain_errors(folder):
        ensure_private_folder(folder)
    path = folder / ACCOUNTS_FILE
    if has_content(path) and not os.access(folder, os.W_OK):
        return open_for_reading(path, len(migrations), connection)
    return _open_for_writing(path, patience, migrations, connection)


def _open_for_writing(
    path: Path,
    patience: float,
    migrations: Sequence[Migration],
    connection: type[sqlite3.Connection],
) -> sqlite3.Connection:
    with explain_errors(path), ExitStack() as until_open:

        def lock() -> None:
            from tokcheck.accounts.store.locks import hold_lock

            # One process at a time: SQLite does not wait for the change of the journal mode.
            until_open.enter_context(hold_lock(lock_path(path), patience))

        is_locked = not has_content(path) or has_replacement(path)
        if is_locked:
            lock()
            finish_replacement(path)
            if was_emptied(path):
                raise damaged_store_error(path)
        if has_damaged_log(str(path)):
            raise damaged_log_error(path)
        database = connect(path, timeout=patience, factory=connection)
        try:
            database.row_factory = sqlite3.Row
            for pragma in _PRAGMAS:
                database.execute(pragma)
            if version_of(database) != len(migrations) or not has_write_ahead_log(database):
                if not is_locked:
                    lock()
                migrate(database, path, migrations)
                if not has_write_ahead_log(database):
                    database.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            database.close()
            raise
    return database


def open_for_reading(
    path: Path, version: int, connection: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open a database in a folder that cannot be written, as on a read-only mount.

    SQLite needs a file beside the database to read its log. Without a log, nothing can change that
    it would have to notice, unless another system writes to the folder.

    :raises StoreError: if its log cannot be read, or it is of another version.
    """
    log, index = (path.with_name(path.name + suffix) for suffix in SIDECARS)
    with explain_errors(path):
        for file in (path, log, index):
            check_private_file(file)
        if has_damaged_log(str(path)):
            raise damaged_log_error(path)
        has_log = has_content(log)
        if has_replacement(path) or (has_log and not index.exists()):
            raise unwritable_store_error(path, "it has changes that were not applied yet")
        mode = "mode=ro" if has_log else "immutable=1"
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True, isolation_level=None, check_same_thread=False, factory=connection,
        )  # fmt: skip
        try:
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA query_only = ON")
            _check_is_current(path, version_of(database), version)
        except BaseException:
            database.close()
            raise
    return database


def _check_is_current(path: Path, version: int, known: int) -> None:
    if version > known:
        raise newer_file_error(path, version, known)
    if version < known:
        raise unwritable_store_error(path, "an earlier version of tokcheck wrote it")


def lock_path(path: Path) -> Path:
    """Return the path of the lock of the store at ``path``."""
    return path.with_suffix(".lock")
