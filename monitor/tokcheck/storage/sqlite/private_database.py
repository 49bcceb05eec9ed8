"""Private SQLite files with numbered migrations.

``user_version`` counts the migrations that a file has had. All that are missing run in one
transaction together with that count, so a file is never half of one version and half of another.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from tokcheck.storage.errors import ForeignFileError, StorageError
from tokcheck.storage.private_files import check_private_file, ensure_private_file

Migration: TypeAlias = Sequence[str | Callable[[sqlite3.Connection], None]]


SIDECARS = ("-wal", "-shm")  # SQLite creates these with the mode of the file itself


def connect(
    path: Path,
    *,
    timeout: float,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """Open a private SQLite file, and create it if it is missing.

    A write waits up to ``timeout`` seconds for another process's. Transactions are explicit, and
    any thread may use the connection.

    :raises StorageError: if other users have access to the file, or if it is not a regular file.
    """
    ensure_private_file(path)
    for suffix in SIDECARS:
        check_private_file(path.with_name(path.name + suffix))
    return sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False, factory=factory
    )


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many migrations a file has had, its version."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def has_write_ahead_log(connection: sqlite3.Connection) -> bool:
    """Return whether a file has a write-ahead log: readers do not block a writer."""
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    migrations: Sequence[Migration],
    *,
    also: Sequence[str] = (),
) -> None:
    """Run the missing migrations and the statements ``also``, in one transaction.

    :raises StorageError: if a newer version of tokcheck has written the file, or another program.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = check_version(connection, path, len(migrations))
        for migration in migrations[version:]:
            for step in migration:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    step(connection)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        for statement in also:
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def newer_file_error(path: Path, version: int, known: int) -> StorageError:
    """Return the error of a database of a version that this tokcheck does not know."""
    return StorageError(
        path,
        f"was written by a newer version of tokcheck (version {version} of its tables; this "
        f"one knows {known})",
        "Update tokcheck; nothing was changed in the file.",
    )


def check_version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """Return a file's version, of which ``known`` is the latest.

    :raises StorageError: if a newer version of tokcheck has written the file, or another program.
    """
    version = version_of(connection)
    if version > known:
        raise newer_file_error(path, version, known)
    if version < 0 or (version == 0 and _has_tables(connection)):
        raise ForeignFileError(path)
    return version


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
