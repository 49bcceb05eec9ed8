"""The errors of accounts, and the explanation of file and SQLite errors of the store.

:mod:`tokcheck.core.errors` draws their place in the tree of all errors.
:mod:`tokcheck.accounts.grant_errors`, :mod:`tokcheck.accounts.refresh.unfinished_refresh`,
:mod:`tokcheck.accounts.oauth.token_errors` and
:mod:`tokcheck.accounts.oauth.authorization_errors` write their messages.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, EFBIG, ENOSPC, EPERM, EROFS
from pathlib import Path
from typing import TYPE_CHECKING

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.storage.errors import ForeignFileError, StorageError

if TYPE_CHECKING:
    from tokcheck.accounts.grant import Broken

_FULL = {ENOSPC, EDQUOT, EFBIG}
_DENIED = {EACCES, EPERM, EROFS}
# Windows: a file that another process has open, or a part of it that is locked.
_OPEN_ELSEWHERE = {32, 33}
_NO_TEXT = "Could not decode to UTF-8"  # of Python's module, without a code; the text follows
_PRIMARY = 0xFF  # an extended result code of SQLite holds the primary one in its lowest byte


class StoreError(TokcheckError):
    """The store could not be read or written; committed data is intact.

    ``is_away`` is whether it is on a server that cannot be reached.
    """

    exit_code = ExitCode.COULD_NOT_TELL

    def __init__(self, message: str, hint: str = "", *, is_away: bool = False) -> None:
        super().__init__(message, hint)
        self.is_away = is_away


class LostError(StoreError):
    """A working vault does not hold a secret that the store names; ``vault`` is its kind."""

    def __init__(self, vault: str) -> None:
        super().__init__(f"The store names a secret that the {vault} does not contain.")
        self.vault = vault


class GrantError(TokcheckError):
    """An account cannot be refreshed until something changes.

    ``broken`` says why; ``None`` if the account has no refresh token. ``is_known`` is whether that
    was detected before, so that nothing was sent.
    """

    exit_code = ExitCode.NOT_USABLE

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        broken: "Broken | None" = None,
        is_known: bool = False,
    ) -> None:
        super().__init__(message, hint)
        self.broken = broken
        self.is_known = is_known


class OAuthError(TokcheckError):
    """The token endpoint returned no tokens.

    ``code`` is the protocol's error code, or ``server_error``, ``rate_limited``, ``conflict``,
    ``service_gone``, ``redirected`` or ``malformed``. ``refused`` is whether the provider
    certainly did not carry out the request; if not, the refresh token may have been used.
    ``is_lasting`` is whether the same request gets the same response, as from a login page.
    ``retry_after`` is how many seconds the provider wants to wait. ``sign_in`` is whether the user
    has to sign in again, ``detail`` the provider's own text. ``retry_at`` is the moment in Unix
    seconds before which no refresh of the account is sent, and ``is_known`` whether that was known
    before, so that nothing was sent. ``was_turned_away`` is whether the response shows that no
    token endpoint has seen the request, as far as the response can be trusted.
    """

    def __init__(  # noqa: PLR0913 - one parameter a fact
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        refused: bool,
        is_lasting: bool = False,
        retry_after: float | None = None,
        sign_in: bool = False,
        detail: str = "",
        retry_at: float | None = None,
        is_known: bool = False,
        was_turned_away: bool = False,
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.refused = refused
        self.is_lasting = is_lasting
        self.retry_after = retry_after
        self.sign_in = sign_in
        self.detail = detail
        self.retry_at = retry_at
        self.is_known = is_known
        self.was_turned_away = was_turned_away
        self.exit_code = ExitCode.NOT_USABLE if refused else ExitCode.COULD_NOT_TELL
        if code == "rate_limited":
            self.exit_code = ExitCode.RATE_LIMITED


class ConsentError(TokcheckError):
    """The authorization request returned no code; ``code`` is the protocol's error code."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, exit_code: ExitCode = ExitCode.NOT_USABLE
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.exit_code = exit_code


class ForeignError(ConsentError):
    """An authorization response that is not this login's; it is ignored, and the login continues.

    Any page in a browser can send one to the loopback server.
    """


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn SQLite and file errors in the block into a :class:`StoreError` about ``path``."""
    try:
        yield
    except sqlite3.Error as error:
        raise error_from_sqlite(error, path) from None
    except UnicodeDecodeError:  # a message or a name in SQLite's answer, from a damaged file
        raise damaged_store_error(path) from None
    except OSError as error:
        raise error_from_system(error, path) from None
    except ForeignFileError:  # or the damage of a disk
        raise foreign_store_error(path) from None
    except StorageError as error:
        raise StoreError(error.message, error.hint) from None


def error_from_system(error: OSError, path: Path) -> StoreError:
    """Return the explanation of an error of the file system."""
    if is_disk_full(error):
        return disk_full_error(path)
    if getattr(error, "winerror", None) in _OPEN_ELSEWHERE:
        return busy_error(path)
    if error.errno in _DENIED:
        return read_only_error(path)
    reason = error.strerror or "the system gives no reason"
    return StoreError(
        f"{path} could not be used: {reason}.", "Check the path, the disk and the permissions."
    )


def is_disk_full(error: Exception) -> bool:
    """Return whether an error of SQLite or of the file system means that no space is left."""
    extended = getattr(error, "sqlite_errorcode", 0)
    is_full = extended & _PRIMARY == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE
    return is_full or (isinstance(error, OSError) and error.errno in _FULL)


def error_from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the explanation of an SQLite error, without its text, which may hold a secret."""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & _PRIMARY
    if is_disk_full(error):
        return disk_full_error(path)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
        return read_only_error(path)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return busy_error(path)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged_store_error(path)
    if not extended and str(error).startswith(_NO_TEXT):
        return damaged_store_error(path)
    if code == sqlite3.SQLITE_ERROR:  # usually a missing table
        return foreign_store_error(path)
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    return StoreError(
        f"{path} could not be read or written ({name}).",
        "Check that the disk has free space and no errors, and try again.",
    )


def damaged_store_error(path: Path) -> StoreError:
    """Return the error of a store that is damaged, or lost beside the files of accounts."""
    size = path.stat().st_size if path.exists() else None
    state = {None: "is missing", 0: "is empty"}.get(size)
    return StoreError(
        f"{path} is damaged: it {state}, though the folder has files of accounts. Nothing was "
        "changed."
        if state
        else f"{path} is damaged, and nothing was changed in it: it may contain grants.",
        "Rebuild it from what can be read; the damaged file is kept: tokcheck accounts recover",
    )


def damaged_log_error(path: Path) -> StoreError:
    """Return the error of a store with a damaged log, which SQLite would cut off."""
    return StoreError(
        f"{path}-wal, the log of the store, is damaged, and nothing was changed in it: it contains "
        "newer tokens.",
        damaged_store_error(path).hint,
    )


def foreign_store_error(path: Path) -> StoreError:
    """Return the error of a store that holds something else than tokcheck writes."""
    foreign = ForeignFileError(path)
    return StoreError(
        foreign.message, f"If a disk has damaged it: `tokcheck accounts recover`. {foreign.hint}"
    )


def disk_full_error(path: Path) -> StoreError:
    """Return the error of a disk without space."""
    return StoreError(
        f"There is no space left to write to {path.parent}.",
        "Free some space or raise the quota, and try again. Stored data is intact.",
    )


def read_only_error(path: Path) -> StoreError:
    """Return the error of a file that this user cannot open or write."""
    from tokcheck.storage.shell_words import quote

    listing = "icacls" if os.name == "nt" else "ls -la"
    return StoreError(
        f"{path} cannot be opened or written by this user.",
        f"The folder and its files must belong to the user who runs tokcheck, on a writable disk. "
        f"Run `{listing} {quote(str(path.parent))}`.",  # a sentence may follow
    )


def unwritable_store_error(path: Path, why: str) -> StoreError:
    """Return the error of a store in a folder that cannot be written, which it has to be once."""
    return StoreError(
        f"{path} cannot be read in a folder that cannot be written: {why}.",
        "Open it once where the folder is writable: tokcheck accounts list",
    )


def busy_error(path: Path) -> StoreError:
    """Return the error of a file or lock that another process does not release."""
    return StoreError(
        f"{path} is in use by another process that does not finish.",
        "Try again. If that does not help, find the process that has the file open.",
    )
