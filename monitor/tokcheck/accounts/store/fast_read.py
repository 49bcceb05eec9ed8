"""The fast read path: one query for an access token that is valid for long enough.

Scripts call ``tokcheck token`` often, and usually the stored token is still valid. Importing the
store takes longer than this query. Every other case is left to the store, which explains it.
"""

import os
import sqlite3
import stat
from collections.abc import Collection

from tokcheck.core.expiry import FUTURE_SECONDS
from tokcheck.core.secret import Secret
from tokcheck.storage.modes import is_private_mode

# The query works for these versions; tests compare them with database.py.
VERSIONS = ((2,), (3,), (4,), (5,), (6,))
_SKEW_SINCE = (5,)
FILE_NAME = "accounts.sqlite3"
_PATIENCE_SECONDS = 1.0
# A token that was counted by a clock ahead may expire earlier: the store looks at it in detail.
_SKEW = "MIN(0, IFNULL(grants.clock_skew, 0))"
_TOKENS = """
    SELECT grants.name, secrets.text
    FROM grants JOIN secrets ON secrets.reference IN (grants.access, grants.refresh)
"""
_FRESH = """
    SELECT secrets.text
    FROM grants
    JOIN secrets ON secrets.reference = grants.access
    LEFT JOIN intents ON intents.owner = grants.id
    LEFT JOIN broken ON broken.owner = grants.id
    WHERE grants.name = ? AND grants.expires_at + {skew} > ? AND grants.obtained_at <= ?
      AND intents.owner IS NULL AND broken.owner IS NULL
"""


def read_fresh_token(folder: str, name: str, min_ttl: float, now: float) -> Secret | None:
    """Return an account's access token if it is valid for more than ``min_ttl`` seconds.

    Return ``None`` as well for an unfinished refresh, a broken grant, a store whose secrets are in
    a keyring, and for anything unexpected. Nothing is created or changed.
    """
    connection = _open_private(folder)
    if connection is None:
        return None
    try:
        version = connection.execute("PRAGMA user_version").fetchone()
        if version not in VERSIONS:
            return None
        row = connection.execute(
            _FRESH.format(skew=_SKEW if version >= _SKEW_SINCE else 0),
            (name, now + min_ttl, now + FUTURE_SECONDS),
        ).fetchone()
    except (sqlite3.Error, UnicodeError):
        return None
    finally:
        connection.close()
    return Secret(row[0]) if row is not None and row[0] and isinstance(row[0], str) else None


def read_token_owners(folder: str, digests: Collection[bytes]) -> dict[bytes, str]:
    """Return the accounts by the SHA-256 of their tokens, of those in ``digests``.

    A store whose secrets are in a keyring shows none, nor does anything unexpected. Nothing is
    created or changed.
    """
    from hashlib import sha256

    connection = _open_private(folder)
    if connection is None:
        return {}
    owners = {}
    try:
        if connection.execute("PRAGMA user_version").fetchone() in VERSIONS:
            for name, text in connection.execute(_TOKENS):
                digest = sha256(text.encode()).digest() if isinstance(text, str) else b""
                if digest in digests:
                    owners[digest] = str(name)
    except (sqlite3.Error, UnicodeError):
        return {}
    finally:
        connection.close()
    return owners


def _open_private(folder: str) -> sqlite3.Connection | None:
    """Open the store if it is one that nobody else can read; ``None`` if not."""
    path = os.path.join(folder, FILE_NAME)  # noqa: PTH118 - pathlib takes longer than all of this
    if not (_is_private(folder) and _is_private(path)):
        return None
    if os.path.exists(path[: -len(".sqlite3")] + ".rebuilt") or not os.path.getsize(path):  # noqa: PTH110, PTH202 - the same
        return None
    if not all(_is_private(path + ending, needed=False) for ending in ("-wal", "-shm")):
        return None
    if os.path.exists(path + "-wal"):  # noqa: PTH110 - the same
        from tokcheck.storage.write_ahead_log import has_damaged_log

        if has_damaged_log(path):
            return None
    try:
        return sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
    except sqlite3.Error:
        return None


def _is_private(path: str, *, needed: bool = True) -> bool:
    """Return whether a folder or file is private and not a link; if not ``needed``, or missing."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return not needed
    except OSError:
        return False
    return (
        status.st_uid == os.geteuid()
        and is_private_mode(status.st_mode)
        and not stat.S_ISLNK(status.st_mode)
    )
