"""A short look into the store for a token that lives long enough.

``tokcheck token`` is called by scripts again and again, and mostly such a token is there. What the
store itself needs takes longer to load than this look: so whatever is not plain is left to the
store, which finds out why and says so.
"""

import os
import sqlite3
import stat

from tokcheck.core.secret import Secret

# What this reads is the same in these versions; tests compare them with database.py.
VERSIONS = ((2,), (3,))
FILE_NAME = "accounts.sqlite3"
_OTHERS = 0o077
_PATIENCE_SECONDS = 1.0
_FRESH = """
    SELECT secrets.text
    FROM grants
    JOIN secrets ON secrets.reference = grants.access
    LEFT JOIN intents ON intents.owner = grants.id
    LEFT JOIN broken ON broken.owner = grants.id
    WHERE grants.name = ? AND grants.expires_at > ?
      AND intents.owner IS NULL AND broken.owner IS NULL
"""


def read_fresh_token(folder: str, name: str, until: float) -> Secret | None:
    """Return an account's access token if it lives longer than ``until`` (Unix seconds).

    ``None`` also if the account has a refresh under way or a broken grant, if the secrets are kept
    elsewhere, or if anything is not as it should be. Nothing is made or changed.
    """
    path = os.path.join(folder, FILE_NAME)  # noqa: PTH118 - pathlib takes longer than all of this
    if not (_private(folder) and _private(path)):
        return None
    if not all(_private(path + ending, needed=False) for ending in ("-wal", "-shm")):
        return None
    try:
        connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        if connection.execute("PRAGMA user_version").fetchone() not in VERSIONS:
            return None
        row = connection.execute(_FRESH, (name, until)).fetchone()
    except (sqlite3.Error, UnicodeError):
        return None
    finally:
        connection.close()
    return Secret(row[0]) if row is not None and row[0] else None


def _private(path: str, *, needed: bool = True) -> bool:
    """Tell whether a folder or file is its owner's alone, and no link; or not there nor needed."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return not needed
    except OSError:
        return False
    return (
        found.st_uid == os.geteuid()
        and not stat.S_IMODE(found.st_mode) & _OTHERS
        and not stat.S_ISLNK(found.st_mode)
    )
