"""Rebuild a damaged store into a new file, and put that into the place of the damaged one.

The store's lock, the locks of its accounts and, where SQLite can still give it, the write lock of
the database keep every other process from writing meanwhile. A crash at any moment leaves either
the damaged store as it was, or the complete new one.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError, busy_error, error_from_sqlite, explain_errors
from tokcheck.accounts.recovery.damage import is_whole, read_store_rows
from tokcheck.accounts.recovery.encrypted_secrets import decrypt_rows, encrypt_salvage
from tokcheck.accounts.recovery.salvage import Recovered, Salvage, salvage_accounts
from tokcheck.accounts.recovery.table_rows import StoreRows
from tokcheck.accounts.refresh.recovery_file import (
    RecoveryFile,
    SavedTokens,
    read_saved_tokens,
)
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.locks import hold_lock
from tokcheck.accounts.store.sqlite.database import (
    MIGRATIONS,
    add_fingerprints,
    lock_path,
)
from tokcheck.accounts.store.sqlite.replacement import (
    finish_replacement,
    has_content,
    has_replacement,
    rebuilt_path,
    was_emptied,
)
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.core.errors import UsageError
from tokcheck.storage.atomic_write import create_file, move_file, sync_file, sync_folder
from tokcheck.storage.data_folder import ACCOUNTS_FILE
from tokcheck.storage.errors import ForeignFileError
from tokcheck.storage.private_files import check_private_file, ensure_private_folder
from tokcheck.storage.sqlite.private_database import (
    SIDECARS,
    Migration,
    migrate,
    newer_file_error,
)
from tokcheck.storage.sqlite.sqlite_pages import DatabaseBytes, user_version_of

_MOST_TRIES = 5
# A number of a version beyond these is a damaged one.
_FUTURE_VERSIONS = 100


class Recovery(NamedTuple):
    """The result of a recovery."""

    path: Path
    """The store."""
    accounts: tuple[Recovered, ...]
    kept: Path | None
    """The copy of the damaged file; ``None`` if the store was whole, or empty."""
    was_whole: bool
    """Whether there was nothing to recover, so that nothing was changed."""
    is_unchecked: bool = False
    """Whether a secret was taken over without a fingerprint, as older versions stored it."""


def recover_store(
    folder: Path,
    now: float,
    *,
    patience: float = 10.0,
    migrations: Sequence[Migration] = MIGRATIONS,
    encryption: SecretEncryption | None = None,
) -> Recovery:
    """Rebuild the store of a data folder if it is damaged; the damaged file is kept.

    ``now`` (Unix seconds) names the copy. Other processes may have the store open: each lock is
    waited for up to ``patience`` seconds. ``encryption`` is that of the store's secrets.

    :raises UsageError: if there is no store, or its secrets are encrypted with another key.
    :raises StoreError: if another process does not finish, if the disk does not allow it, or if the
        file is another program's or of a newer version of tokcheck.
    """
    path = folder / ACCOUNTS_FILE
    with explain_errors(folder):
        if folder.exists():
            ensure_private_folder(folder)
    if not (path.exists() or has_replacement(path) or was_emptied(path)):
        raise UsageError(
            f"There is no store in {folder}.", "To add an account: tokcheck login --help"
        )
    with explain_errors(path), ExitStack() as locks:
        for file in (path, *(path.with_name(path.name + suffix) for suffix in SIDECARS)):
            check_private_file(file)
        # In this order, as a refresh takes them: it may open the store again.
        for lock in (*sorted(folder.glob("account-*.lock")), lock_path(path)):
            locks.enter_context(hold_lock(lock, patience))
        finish_replacement(path)
        _rebuilding_path(path).unlink(missing_ok=True)
        return _recover(path, now, patience, migrations, encryption)


def _recover(
    path: Path,
    now: float,
    patience: float,
    migrations: Sequence[Migration],
    encryption: SecretEncryption | None,
) -> Recovery:
    for _ in range(_MOST_TRIES):
        data, before = _read_files(path), _signature(path)
        if is_whole(data, migrations, encryption) or not (data.file or was_emptied(path)):
            return Recovery(path, (), None, was_whole=True)
        with ExitStack() as writing:
            is_locked = _lock_writers(path, patience, writing)
            if _signature(path) != before:
                continue  # written to meanwhile
            rows = read_store_rows(data, migrations)
            _check_own_file(path, data, rows, len(migrations))
            rows, used = decrypt_rows(rows, encryption)
            files = sorted(path.parent.glob("account-*.rescue"))
            found = [read_saved_tokens(file, encryption) for file in files]
            saved = [tokens for tokens in found if tokens is not None]
            salvage = encrypt_salvage(
                salvage_accounts(rows, saved, partial(_has_files, path.parent)), used
            )
            kept = _keep(path, data, now)
            _build(path, salvage, migrations, rows.version)
            if not is_locked and _signature(path) != before:
                rebuilt_path(path).unlink()
                continue
        finish_replacement(path)
        _clear(path.parent, saved, salvage)
        return Recovery(
            path,
            salvage.accounts,
            kept,
            was_whole=False,
            is_unchecked=salvage.is_unchecked,
        )
    raise busy_error(path)


def _has_files(folder: Path, name: str) -> bool:
    return any(account_file(folder, name, suffix).exists() for suffix in ("lock", "rescue"))


def _read_files(path: Path) -> DatabaseBytes:
    log = path.with_name(path.name + SIDECARS[0])
    return DatabaseBytes(*(file.read_bytes() if file.exists() else b"" for file in (path, log)))


def _signature(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return a value that changes with each write; SQLite creates an empty log by itself."""
    found: list[tuple[int, int] | None] = []
    for file in (path, path.with_name(path.name + SIDECARS[0])):
        status = file.stat() if has_content(file) else None
        found.append(status and (status.st_size, status.st_mtime_ns))
    return tuple(found)


def _lock_writers(path: Path, patience: float, writing: ExitStack) -> bool:
    """Take SQLite's own write lock; return whether it can give one for this file.

    An empty file is not opened: SQLite would delete its log.
    """
    if not has_content(path):
        return False
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    writing.callback(_close, connection)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise error_from_sqlite(error, path) from None
        return False
    return True


def _close(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.close()


def _check_own_file(path: Path, data: DatabaseBytes, rows: StoreRows, newest: int) -> None:
    """Check that a file is a store of a known version; ``newest`` is the last one.

    :raises StoreError: if SQLite finds no damage in it, and it is something else.
    """
    version = user_version_of(data.file)
    if version is None or 1 <= version <= newest:
        return
    is_newer = newest < version <= newest + _FUTURE_VERSIONS
    if rows.row_count and not is_newer:
        return  # the number itself is damaged
    try:
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return
    except (sqlite3.Error, UnicodeError):
        return
    error = newer_file_error(path, version, newest) if is_newer else ForeignFileError(path)
    # Not as a store that might be damaged: what is advised for one has just been tried.
    raise StoreError(error.message, error.hint)


def _keep(path: Path, data: DatabaseBytes, now: float) -> Path | None:
    """Copy the damaged file and its log beside it; a copy of the same content is made once."""
    if not data.file and not data.log:
        return None
    contents = {"": data.file, SIDECARS[0]: data.log}
    moment = datetime.fromtimestamp(now, UTC)
    for number in range(1000):
        mark = f"{moment:%Y%m%dT%H%M%SZ}" + (f"-{number}" if number else "")
        kept = path.with_name(f"{path.name}.damaged-{mark}")
        for known in (*sorted(path.parent.glob(f"{path.name}.damaged-*Z")), kept):
            if _has_contents(known, contents):
                return known
        if not kept.exists():
            for suffix, content in contents.items():
                if content or not suffix:
                    create_file(kept.with_name(kept.name + suffix), content)
            sync_folder(path.parent)
            return kept
    raise StoreError(f"There is no free name for a copy of {path}.", "Delete the older copies.")


def _has_contents(kept: Path, contents: dict[str, bytes]) -> bool:
    for suffix, content in contents.items():
        file = kept.with_name(kept.name + suffix)
        if (file.read_bytes() if file.exists() else b"") != content:
            return False
    return kept.exists()


def _rebuilding_path(path: Path) -> Path:
    return path.with_suffix(".rebuilding")


def _build(path: Path, salvage: Salvage, migrations: Sequence[Migration], version: int) -> None:
    """Write the new store, and give it the name of a complete one."""
    target = _rebuilding_path(path)
    target.unlink(missing_ok=True)
    create_file(target, b"")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
        migrate(connection, target, migrations[:version])
        connection.execute("BEGIN")
        for table, rows in salvage.tables.items():
            for row in rows:
                names = ", ".join(row)
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names of ours
                    tuple(row.values()),
                )
        connection.execute("DELETE FROM sqlite_sequence WHERE name = 'grants'")
        connection.execute("INSERT INTO sqlite_sequence VALUES ('grants', ?)", (salvage.last_id,))
        connection.execute("COMMIT")
        migrate(connection, target, migrations)
        if not any("fingerprint" in row for row in salvage.tables["secrets"]):
            connection.execute("BEGIN")  # each of its changes would wait for the disk
            add_fingerprints(connection)
            connection.execute("COMMIT")
    sync_file(target)
    move_file(target, rebuilt_path(path))
    sync_folder(path.parent)


def _clear(folder: Path, saved: Sequence[SavedTokens], salvage: Salvage) -> None:
    """Overwrite the recovery files with tokens that are in the new store."""
    stored = {row["name"]: row["fingerprint"] for row in salvage.tables["grants"]}
    for tokens in saved:
        refresh = tokens.grant.refresh
        if refresh is not None and stored.get(tokens.grant.name) == refresh.fingerprint:
            with suppress(StoreError):  # it names a refresh that is done, so nothing uses it
                RecoveryFile(folder, tokens.grant.name).clear()
