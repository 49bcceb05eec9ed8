"""Opening the store's file: private, of today's form, and written through to the disk."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tokcheck.accounts.fault import explained
from tokcheck.accounts.private import checked_file, private_file, private_folder
from tokcheck.accounts.schema import MIGRATIONS, Migration, bring_up, is_current

FILE_NAME = "accounts.sqlite3"
_SETTINGS = (
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
            for setting in _SETTINGS:
                made.execute(setting)
            if not is_current(made, migrations):
                from tokcheck.accounts.lock import held

                # One process at a time: the change to a write-ahead log does not wait.
                with held(path.with_suffix(".lock"), patience):
                    bring_up(made, path, migrations)
        except BaseException:
            made.close()
            raise
    return made
