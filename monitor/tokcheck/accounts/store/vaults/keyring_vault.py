"""Secrets in the system's keyring, through the ``keyring`` library.

A keyring and a database cannot be written in one transaction. So a new secret gets an entry that
was never used before, before the transaction that names it is committed, and the previous entry is
deleted only afterwards. A crash in between leaves an entry too many, never one too few. A file
beside the store first records which entries a transaction touches: the next process to open the
store deletes those that the store does not name. That file holds no secret.
"""

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from tokcheck.accounts.errors import LostError, StoreError, explain_errors
from tokcheck.accounts.store.vaults.vault import (
    IN_KEYRING,
    is_kept,
    is_read_only,
    record_vault_kind,
    rehearsal_entry,
)
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.storage.atomic_write import write_and_sync
from tokcheck.storage.install_method import extra_command, module_command
from tokcheck.storage.private_files import check_private_file, ensure_private_file
from tokcheck.storage.regular_files import read_regular_file

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "tokcheck"
_PENDING = "keyring-*.pending"
_LARGEST = 16 << 20
_LIST = "keyring --list-backends"
_NO_KEYRING = (
    "A store without accounts needs no keyring: unset TOKCHECK_VAULT, or set it to file. For one "
    "with accounts, name another folder with TOKCHECK_HOME."
)
_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)


class KeyringVault:
    """Keeps secrets in a keyring, each under the store's id and the secret's reference.

    ``backend`` is the system's by default.

    :raises UsageError: if the library is not installed.
    """

    allows_recovery_file: ClassVar[bool] = False
    encryption: ClassVar[None] = None

    def __init__(
        self, connection: sqlite3.Connection, backend: "KeyringBackend | None" = None
    ) -> None:
        self._connection = connection
        self._backend = _system_keyring() if backend is None else backend
        self._path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
        self._store_id = self._read_store_id()
        self._pending = self._path.with_name(_PENDING.replace("*", token_hex(8)))
        self._dropped: list[str] = []
        self._is_tried = False
        self._clean()

    def check_key(self) -> None:
        """Do nothing: the keyring has a key of its own."""

    def check_writing(self) -> None:
        """Try the keyring, once for each opening of the store."""
        if not self._is_tried:
            self.check_writable()

    def keep(self, reference: str, secret: Secret) -> None:
        """Write a secret to an entry, and record in the store that it has some there."""
        record_vault_kind(self._connection, IN_KEYRING)
        self._note(reference)
        with _explain_keyring_errors():
            self._backend.set_password(SERVICE, self._entry(reference), secret.reveal())
        # Of an empty secret, some systems keep no entry.
        if len(secret) and not is_kept(self, reference, secret):
            raise _lossy_keyring_error(self._backend)

    def read(self, reference: str) -> Secret:
        """Return the secret of an entry."""
        with _explain_keyring_errors():
            text = self._backend.get_password(SERVICE, self._entry(reference))
        if text is None:
            raise LostError("keyring")
        return Secret(text)

    def reading_all(self) -> AbstractContextManager[None]:
        """Do nothing: a keyring finds one entry at a time."""
        return nullcontext()

    def reading(self, references: Collection[str]) -> AbstractContextManager[None]:
        """Do nothing: a keyring finds one entry at a time."""
        del references
        return nullcontext()

    def drop(self, reference: str) -> None:
        """Note that an entry is to be deleted once the transaction is committed."""
        self._note(reference)
        self._dropped.append(reference)

    def check_writable(self) -> None:
        """Write, read and delete an entry; one that is left is deleted later, as after a crash."""
        from keyring.errors import PasswordDeleteError

        reference, secret = rehearsal_entry()
        self.keep(reference, secret)
        with _explain_keyring_errors():
            if not self._delete(reference):
                raise PasswordDeleteError
        self._is_tried = True

    def after_commit(self) -> None:
        """Delete the dropped entries; a failure leaves them for the next process."""
        dropped, self._dropped = self._dropped, []
        with suppress(StoreError):
            if self._delete_all(dropped):
                with explain_errors(self._pending):
                    self._pending.unlink(missing_ok=True)

    def after_rollback(self) -> None:
        """Delete the entries that the transaction wrote; a failure leaves them for later."""
        self._dropped = []
        # Another process may use the same references by now: check the store, under its lock.
        with suppress(StoreError, sqlite3.Error):
            self._clean()

    def _clean(self) -> None:
        """Delete the entries that transactions left and that the store does not name."""
        if is_read_only(self._connection) or not any(self._path.parent.glob(_PENDING)):
            return
        # A writer holds the lock from before it writes the file until it has committed.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for pending in self._path.parent.glob(_PENDING):
                with explain_errors(pending):
                    check_private_file(pending)
                    lines = (
                        read_regular_file(str(pending), _LARGEST)
                        .decode("utf-8", "replace")
                        .splitlines()
                    )
                if self._delete_all([one for one in lines if not self._is_referenced(one)]):
                    with explain_errors(pending):
                        pending.unlink(missing_ok=True)
        finally:
            self._connection.execute("ROLLBACK")

    def _note(self, reference: str) -> None:
        """Record that an entry is touched, and sync that to the disk."""
        with explain_errors(self._pending):
            ensure_private_file(self._pending)
            descriptor = os.open(self._pending, _APPEND)
            try:
                write_and_sync(descriptor, f"{reference}\n".encode())
            finally:
                os.close(descriptor)

    def _delete_all(self, references: Sequence[str]) -> bool:
        """Delete entries; return whether none of them is left."""
        left = [reference for reference in references if not self._delete(reference)]
        return not left

    def _delete(self, reference: str) -> bool:
        """Delete an entry; return whether it is gone, as it is if there was none."""
        from keyring.errors import PasswordDeleteError

        entry = self._entry(reference)
        with _explain_keyring_errors():
            try:
                self._backend.delete_password(SERVICE, entry)
            except PasswordDeleteError:
                return self._backend.get_password(SERVICE, entry) is None
        return True

    def _is_referenced(self, reference: str) -> bool:
        row = self._connection.execute(
            "SELECT 1 FROM grants WHERE ? IN (client_secret, access, refresh)", (reference,)
        ).fetchone()
        return row is not None

    def _entry(self, reference: str) -> str:
        return f"{self._store_id}/{reference}"

    def _read_store_id(self) -> str:
        """Return the id that separates this store's entries from those of another store."""
        find = "SELECT value FROM settings WHERE name = 'keyring'"
        row = self._connection.execute(find).fetchone()
        if row is None and is_read_only(self._connection):
            return ""  # it has no entries
        if row is None:
            self._connection.execute(
                "INSERT OR IGNORE INTO settings VALUES ('keyring', ?)", (token_hex(8),)
            )
            row = self._connection.execute(find).fetchone()
        return str(row[0])


def _system_keyring() -> "KeyringBackend":
    try:
        import keyring
    except ImportError:
        raise UsageError(
            "This store keeps its secrets in the system's keyring, and the Python package keyring "
            "is not installed.",
            f"To add it: {extra_command('keyring')}",
        ) from None
    with _explain_keyring_errors():
        return keyring.get_keyring()


@contextmanager
def _explain_keyring_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - backends raise any type, with secrets in the text
        raise StoreError(
            f"The system's keyring could not be used ({type(error).__name__}).",
            f"{_NO_KEYRING} Check that a keyring runs and is unlocked: {module_command(_LIST)}",
        ) from None


def _lossy_keyring_error(backend: "KeyringBackend") -> StoreError:
    kind = type(backend)
    return StoreError(
        f"The system's keyring ({kind.__module__}.{kind.__qualname__}) did not keep what was "
        "written to it.",
        f"{_NO_KEYRING} Or set PYTHON_KEYRING_BACKEND to a keyring that keeps secrets: "
        f"{module_command(_LIST)}",
    )
