"""Find out whether a store is damaged, and read its rows if it is. Nothing is written."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from tokcheck.accounts.recovery.table_rows import StoreRows, is_row, sort_rows, table_layouts
from tokcheck.accounts.store.vaults.encrypted_text import is_encrypted, key_id_of
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.core.secret import Secret
from tokcheck.storage.sqlite.private_database import Migration
from tokcheck.storage.sqlite.sqlite_pages import (
    PAGE_SIZES,
    USUAL_PAGE_SIZE,
    DatabaseBytes,
    join_pages,
    page_size_of,
    read_log,
    user_version_of,
)
from tokcheck.storage.sqlite.sqlite_records import read_rows

_JOURNAL_MODE = slice(18, 20)
_NO_LOG = b"\1\1"
# https://www.sqlite.org/fileformat2.html#file_format_version_numbers: SQLite opens no other.
_JOURNAL_MODES = (_NO_LOG, b"\2\2")


def is_whole(
    data: DatabaseBytes,
    migrations: Sequence[Migration],
    encryption: SecretEncryption | None = None,
) -> bool:
    """Return whether nothing of a store is damaged, as far as can be seen.

    That is so if SQLite finds no damage in it, each table is there, and each secret has the
    fingerprint that is stored beside it. ``encryption`` is that of the secrets.
    """
    size, log = page_size_of(data.file), read_log(data.log)
    version = user_version_of(data.file)
    if size is None or version is None or log.is_damaged or len(data.file) % size:
        return False
    image = bytearray(b"".join(join_pages(data.file, size, log)))
    if bytes(image[_JOURNAL_MODE]) not in _JOURNAL_MODES:
        return False
    image[_JOURNAL_MODE] = _NO_LOG  # the log is in the image already
    version = user_version_of(bytes(image))
    if version is None or not 1 <= version <= len(migrations):
        return False
    try:
        with closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(bytes(image))
            return _is_undamaged(copy, migrations, version, encryption)
    except (sqlite3.Error, UnicodeError, OverflowError, MemoryError):
        return False


def _is_undamaged(
    copy: sqlite3.Connection,
    migrations: Sequence[Migration],
    version: int,
    encryption: SecretEncryption | None,
) -> bool:
    if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        return False
    if copy.execute("PRAGMA foreign_key_check").fetchall():
        return False
    for table, layout in table_layouts(migrations[:version]).items():
        names = [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]
        if names != [column.name for column in layout.columns]:
            return False
        rows = copy.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
        if not all(is_row(table, layout, row) for row in rows):
            return False
    tokens = copy.execute(
        "SELECT grants.fingerprint, secrets.reference, secrets.text FROM grants "
        "JOIN secrets ON secrets.reference = grants.refresh"
    )
    return all(
        isinstance(text, str) and _has_fingerprint(fingerprint, reference, text, encryption)
        for fingerprint, reference, text in (*tokens, *_secrets_with_fingerprints(copy))
    )


def _has_fingerprint(
    fingerprint: str, reference: str, text: str, encryption: SecretEncryption | None
) -> bool:
    """Return whether a secret has its fingerprint; without its key it cannot be checked."""
    if not is_encrypted(text):
        return Secret(text).fingerprint == fingerprint
    if encryption is None or encryption.key_id != key_id_of(text):
        return True
    found = encryption.decrypt(reference, text)
    return found is not None and Secret(found).fingerprint == fingerprint


def _secrets_with_fingerprints(copy: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return the secrets that have a fingerprint beside them, as stores of version 6 do."""
    columns = [row[1] for row in copy.execute("PRAGMA table_info(secrets)")]
    if "fingerprint" not in columns:
        return []
    return copy.execute(
        "SELECT fingerprint, reference, text FROM secrets WHERE fingerprint IS NOT NULL"
    ).fetchall()


def read_store_rows(data: DatabaseBytes, migrations: Sequence[Migration]) -> StoreRows:
    """Return the rows of a damaged store, read in the way that finds the most of them.

    The header states the size of a page and the version of the tables, but may be damaged itself.
    """
    log = read_log(data.log)
    newest = len(migrations)
    sizes = (page_size_of(data.file), log.page_size, USUAL_PAGE_SIZE, *PAGE_SIZES)
    readings = []
    for size in dict.fromkeys(size for size in sizes if size):
        pages = join_pages(data.file, size, log)
        stated = user_version_of(pages[0]) if pages else None
        version = stated if stated is not None and 1 <= stated <= newest else newest
        rows = list(read_rows(pages))
        readings.append((sort_rows(rows, migrations, version), rows))
    best, rows = max(readings, key=lambda reading: reading[0].row_count)
    others = (sort_rows(rows, migrations, version) for version in range(newest, 0, -1))
    return max((best, *others), key=lambda found: found.row_count)
