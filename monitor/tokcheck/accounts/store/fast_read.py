"""The fast read path: one query for an access token that is valid for long enough.

Scripts call ``tokcheck token`` often, and usually the stored token is still valid. Importing the
store takes longer than this query. Every other case is left to the store, which explains it.
"""

import os
import sqlite3
import stat
import sys
from collections.abc import Collection

from tokcheck.accounts.store.vaults.encrypted_text import is_encrypted
from tokcheck.core.expiry import FUTURE_SECONDS
from tokcheck.core.secret import FINGERPRINT_DIGITS, Secret, sha256_hex
from tokcheck.storage.data_folder import ACCOUNTS_FILE
from tokcheck.storage.modes import is_private_mode

# The query works for these versions; tests compare them with database.py.
VERSIONS = ((2,), (3,), (4,), (5,), (6,), (7,))
_SKEW_SINCE = (5,)
_FINGERPRINTS_SINCE = (6,)
_PATIENCE_SECONDS = 1.0
# A lifetime that was counted by a fast clock may end earlier: the store decides in detail.
_SKEW = "MIN(0, IFNULL(grants.clock_skew, 0))"
_TOKENS = """
    SELECT grants.name, secrets.text, {fingerprint}
    FROM grants JOIN secrets ON secrets.reference IN (grants.access, grants.refresh)
"""
_FRESH = """
    SELECT secrets.text
    FROM grants
    JOIN secrets ON secrets.reference = grants.access
    LEFT JOIN intents ON intents.owner = grants.id
    LEFT JOIN broken ON broken.owner = grants.id
    WHERE grants.name = ?
      AND (
        (grants.expires_at + {skew} > ? AND grants.obtained_at <= ?)
        OR (? AND grants.expires_at IS NULL AND grants.refresh IS NULL)
      )
      AND intents.owner IS NULL AND broken.owner IS NULL
"""


def read_fresh_token(
    folder: str, name: str, min_ttl: float, now: float, *, lasting: bool = True
) -> Secret | None:
    """Return an account's access token if it is valid for more than ``min_ttl`` seconds.

    With ``lasting``, one without an expiry and without a refresh token is valid as well.

    Return ``None`` as well for an unfinished refresh, a broken grant, a store with its secrets
    encrypted or in a keyring, and for anything unexpected. Nothing is created or changed.
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
            (name, now + min_ttl, now + FUTURE_SECONDS, lasting),
        ).fetchone()
    except (sqlite3.Error, UnicodeError):
        return None
    finally:
        connection.close()
    text = None if row is None else row[0]
    if not text or not isinstance(text, str) or is_encrypted(text):
        return None
    return Secret(text)


def read_names(folder: str) -> list[str]:
    """Return the names of the accounts; none for anything unexpected. Nothing is changed."""
    connection = _open_private(folder)
    if connection is None:
        return []
    try:
        if connection.execute("PRAGMA user_version").fetchone() not in VERSIONS:
            return []
        return [str(name) for (name,) in connection.execute("SELECT name FROM grants ORDER BY 1")]
    except (sqlite3.Error, UnicodeError):
        return []
    finally:
        connection.close()


def read_token_owners(folder: str, digests: Collection[bytes]) -> dict[bytes, str]:
    """Return the accounts by the SHA-256 of their tokens, of those in ``digests``.

    A store with its secrets in a keyring shows none, nor does anything unexpected. Nothing is
    created or changed.
    """
    connection = _open_private(folder)
    if connection is None:
        return {}
    owners = {}
    try:
        version = connection.execute("PRAGMA user_version").fetchone()
        if version in VERSIONS:
            known = {digest.hex()[:FINGERPRINT_DIGITS]: digest for digest in digests}
            column = "secrets.fingerprint" if version >= _FINGERPRINTS_SINCE else "NULL"
            for name, text, fingerprint in connection.execute(_TOKENS.format(fingerprint=column)):
                if not isinstance(text, str):
                    continue
                if is_encrypted(text):
                    digest = known.get(fingerprint, b"")
                else:
                    digest = bytes.fromhex(sha256_hex(text.encode()))
                if digest in digests:
                    owners[digest] = str(name)
    except (sqlite3.Error, UnicodeError):
        return {}
    finally:
        connection.close()
    return owners


def _open_private(folder: str) -> sqlite3.Connection | None:
    """Open the store if no other user can read it; ``None`` if not."""
    path = os.path.join(folder, ACCOUNTS_FILE)  # noqa: PTH118 - pathlib takes longer than all of this
    if not (_is_private(folder) and _is_private(path)):
        return None
    if os.path.exists(path[: -len(".sqlite3")] + ".rebuilt") or not os.path.getsize(path):  # noqa: PTH110, PTH202 - the same
        return None
    if not all(_is_private(path + ending, needed=False) for ending in ("-wal", "-shm")):
        return None
    if os.path.exists(path + "-wal"):  # noqa: PTH110 - the same
        from tokcheck.storage.sqlite.write_ahead_log import has_damaged_log

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
    return not stat.S_ISLNK(status.st_mode) and _is_mine(path, status)


def _is_mine(path: str, status: os.stat_result) -> bool:
    """Return whether only this user has access."""
    if sys.platform == "win32":
        from tokcheck.storage.windows_access import others_with_access

        try:
            return not others_with_access(path)
        except OSError:
            return False
    return status.st_uid == os.geteuid() and is_private_mode(status.st_mode)
