"""The errors of accounts, and what errors of files and of SQLite mean for the store.

All have a message, a hint with the next step, and an exit code::

    TokcheckError
    ├── StoreError          the store's files cannot be read or written
    │   └── LostError       the vault does not hold a secret that the store names
    ├── GrantError          an account's grant cannot be refreshed any more
    ├── OAuthError          the token endpoint gave no tokens
    └── ConsentError        the authorization request brought no code
        └── ForeignError    an authorization response that is not this login's

:mod:`tokcheck.accounts.grant_errors`, :mod:`tokcheck.accounts.oauth.token_errors` and
:mod:`tokcheck.accounts.oauth.authorization_errors` write their messages.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, EFBIG, ENOSPC, EPERM, EROFS
from pathlib import Path

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.storage.errors import StorageError

_FULL = {ENOSPC, EDQUOT, EFBIG}
_DENIED = {EACCES, EPERM, EROFS}
_PRIMARY = 0xFF  # an extended result code of SQLite holds the primary one in its lowest byte


class StoreError(TokcheckError):
    """The store could not be read or written; what was committed before is still there."""

    exit_code = ExitCode.COULD_NOT_TELL


class LostError(StoreError):
    """A vault works, and does not hold a secret that the store names; ``vault`` is its kind."""

    def __init__(self, vault: str) -> None:
        super().__init__(f"The store names a secret that the {vault} does not hold.")
        self.vault = vault


class GrantError(TokcheckError):
    """An account's grant cannot be refreshed any more; only a new login repairs it."""

    exit_code = ExitCode.NOT_USABLE


class OAuthError(TokcheckError):
    """The token endpoint gave no tokens.

    ``code`` is the protocol's name of the error, or ``server_error``, ``rate_limited``,
    ``conflict``, ``service_gone``, ``redirected`` or ``malformed``. ``refused`` tells that the
    provider understood the request and did not carry it out; without it, nobody knows, and a
    refresh token may have been used. ``retry_after`` is how many seconds the provider asks for.
    ``sign_in`` tells that the user has to sign in again, ``detail`` is what the provider said in
    its own words where the code has several meanings.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        refused: bool,
        retry_after: float | None = None,
        sign_in: bool = False,
        detail: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.refused = refused
        self.retry_after = retry_after
        self.sign_in = sign_in
        self.detail = detail
        self.exit_code = ExitCode.NOT_USABLE if refused else ExitCode.COULD_NOT_TELL
        if code == "rate_limited":
            self.exit_code = ExitCode.RATE_LIMITED


class ConsentError(TokcheckError):
    """There is no consent, and no code was used; ``code`` is the protocol's name of the error."""

    def __init__(
        self, code: str, message: str, hint: str = "", *, exit_code: ExitCode = ExitCode.NOT_USABLE
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.exit_code = exit_code


class ForeignError(ConsentError):
    """An answer that nothing shows to be this login's: it is passed over, and ends nothing.

    Any page that a browser shows can send it to a listener.
    """


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
    """Turn every error of SQLite and of files into a :class:`StoreError` about ``path``."""
    try:
        yield
    except sqlite3.Error as error:
        raise error_from_sqlite(error, path) from None
    except OSError as error:
        raise error_from_system(error, path) from None
    except StorageError as error:
        raise StoreError(error.message, error.hint) from None


def error_from_system(error: OSError, path: Path) -> StoreError:
    """Say what an error of the file system means."""
    if error.errno in _FULL:
        return disk_full_error(path)
    if error.errno in _DENIED:
        return read_only_error(path)
    reason = error.strerror or "the system does not say why"
    return StoreError(
        f"{path} could not be used: {reason}.", "Check the path, the disk and its rights."
    )


def error_from_sqlite(error: sqlite3.Error, path: Path) -> StoreError:
    """Say what an error of SQLite means; no text of the error, which may hold a value."""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & _PRIMARY
    if code == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE:
        return disk_full_error(path)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
        return read_only_error(path)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return busy_error(path)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        from shlex import quote

        return StoreError(
            f"{path} is damaged, and nothing was changed in it: it holds grants.",
            f"Copy the folder {path.parent} first. Then restore a backup, or bring out what is "
            f"left, under umask 077: sqlite3 {quote(str(path))} .recover | sqlite3 "
            f"{quote(f'{path}.new')}. Accounts that stay lost need tokcheck login again.",
        )
    if code == sqlite3.SQLITE_ERROR:  # a table that is not there, above all
        from tokcheck.storage.private_database import foreign_file_error

        foreign = foreign_file_error(path)
        return StoreError(foreign.message, foreign.hint)
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    return StoreError(
        f"{path} could not be read or written ({name}).",
        "Check that the disk has space and no faults, and try again.",
    )


def disk_full_error(path: Path) -> StoreError:
    """Say that there is no space for what was to be written."""
    return StoreError(
        f"There is no space left to write to {path.parent}.",
        "Free some space, or raise the quota, and try again; what was stored before is intact.",
    )


def read_only_error(path: Path) -> StoreError:
    """Say that what was to be written may not be."""
    from shlex import quote

    return StoreError(
        f"{path} cannot be opened or written by this user.",
        f"The folder and its files have to belong to the user who runs tokcheck, on a disk that "
        f"can be written to: see ls -la {quote(str(path.parent))}.",
    )


def busy_error(path: Path) -> StoreError:
    """Say that another process holds what is needed."""
    return StoreError(
        f"{path} is in use by another process that does not finish.",
        "Try again. If it stays so, see which process holds the file open.",
    )
