"""The interface between the store and its secrets, and the vault in the store's own file."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from tokcheck.accounts.errors import LostError, StoreError
from tokcheck.accounts.store.vaults.encrypted_text import is_encrypted
from tokcheck.core.secret import Secret
from tokcheck.storage.sql_connection import SqlConnection

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption

IN_FILE, IN_KEYRING = "file", "keyring"
_AT_ONCE = 500  # parameters of a statement
_RECORD_KIND = (
    "INSERT INTO settings (name, value) VALUES ('vault', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_READ_KEY_ID = "SELECT value FROM settings WHERE name = 'key'"


class Vault(Protocol):
    """Keeps secrets by references that the store chooses; a reference never gets a second text.

    The store calls ``keep`` and ``drop`` within the transaction that adds or removes a reference,
    then ``after_commit`` or ``after_rollback``. So that no crash loses a secret, a kept secret must
    be as durable as the committed transaction, and a dropped one must stay readable until
    ``after_commit``. A crash may prevent both calls: then ``keep`` may get a reference again, and
    dropped secrets may remain. Errors of a vault are :class:`StoreError`.

    ``allows_recovery_file`` is whether a file of the folder may hold a secret while the store
    cannot be written.
    """

    allows_recovery_file: ClassVar[bool]

    @property
    def encryption(self) -> "SecretEncryption | None":
        """The encryption of the secrets and of a recovery file."""
        ...

    def check_key(self) -> None:
        """Check within a transaction that secrets which are kept now can be read later.

        :raises StoreError: if the store has got another key since it was opened.
        """
        ...

    def check_writing(self) -> None:
        """Check within a transaction that accounts can be stored: before each new one.

        :raises StoreError: if not.
        """
        ...

    def keep(self, reference: str, secret: Secret) -> None:
        """Store a secret under a reference, in place of the one that is there.

        :raises StoreError: if it is not kept.
        """
        ...

    def read(self, reference: str) -> Secret:
        """Return the secret of a reference.

        :raises LostError: if there is none.
        """
        ...

    def reading_all(self) -> AbstractContextManager[None]:
        """Prepare for reading every secret in the block, within a transaction of the store."""
        ...

    def reading(self, references: Collection[str]) -> AbstractContextManager[None]:
        """Prepare for reading these secrets in the block, within a transaction of the store."""
        ...

    def drop(self, reference: str) -> None:
        """Delete the secret of a reference, if there is one, once the transaction is committed."""
        ...

    def after_commit(self) -> None:
        """Delete the dropped secrets: the transaction is committed."""
        ...

    def check_writable(self) -> None:
        """Write, read and delete an entry of no value, within a transaction of the store.

        :raises StoreError: if one of these fails, or another text is read than was written.
        """
        ...

    def after_rollback(self) -> None:
        """Delete the kept secrets, if possible: the transaction was rolled back."""
        ...


MakeVault: TypeAlias = Callable[[sqlite3.Connection], Vault]


def vault_kind(connection: SqlConnection) -> str:
    """Return where a store keeps its secrets."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'vault'").fetchone()
    return IN_FILE if row is None else str(row[0])


def record_vault_kind(connection: SqlConnection, kind: str) -> None:
    """Record where a store keeps its secrets."""
    connection.execute(_RECORD_KIND, (kind,))


def is_read_only(connection: sqlite3.Connection) -> bool:
    """Return whether a connection was opened for reading alone."""
    return bool(connection.execute("PRAGMA query_only").fetchone()[0])


def stored_key_id(connection: SqlConnection) -> str:
    """Return the id of the key that a store is encrypted with; empty if it is not encrypted."""
    row = connection.execute(_READ_KEY_ID).fetchone()
    return "" if row is None else str(row[0])


def changed_key_error() -> StoreError:
    """Return the error of a store that has got another key since this process opened it."""
    return StoreError(
        "The stored secrets were encrypted with another key after this program started.",
        "Restart it with that key. To see which key is in use: tokcheck accounts rekey --help",
    )


def rehearsal_entry() -> tuple[str, Secret]:
    """Return the reference and the text of an entry of no value, as long as a long token."""
    return f"rehearsal-{token_hex(8)}", Secret(token_hex(512))


def is_kept(vault: Vault, reference: str, secret: Secret) -> bool:
    """Return whether a vault returns the secret that was written to it."""
    try:
        return vault.read(reference).fingerprint == secret.fingerprint
    except LostError:
        return False


class TableVault:
    """Keeps secrets in a table of the store, in the same transaction as their references."""

    allows_recovery_file: ClassVar[bool] = True

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection
        self._loaded: Mapping[str, object] = {}
        self.encryption: SecretEncryption | None = None

    def check_key(self) -> None:
        """Check that the store still has the key that it was opened with, or none."""
        known = "" if self.encryption is None else self.encryption.key_id
        if stored_key_id(self._connection) != known:
            raise changed_key_error()

    def check_writing(self) -> None:
        """Check the key alone: rows are written in the transaction itself."""
        self.check_key()

    def keep(self, reference: str, secret: Secret) -> None:
        """Write a secret to a row."""
        self._connection.execute(
            "INSERT INTO secrets (reference, text, fingerprint) VALUES (?, ?, ?) "
            "ON CONFLICT (reference) DO UPDATE "
            "SET text = excluded.text, fingerprint = excluded.fingerprint",
            (reference, self._to_text(reference, secret), secret.fingerprint),
        )

    def read(self, reference: str) -> Secret:
        """Return the secret of a row."""
        text = self._loaded.get(reference)
        if text is None:
            row = self._connection.execute(
                "SELECT text FROM secrets WHERE reference = ?", (reference,)
            ).fetchone()
            text = None if row is None else row[0]
        if not isinstance(text, str):  # another program wrote what is no text
            raise LostError("file")
        return self._from_text(reference, text)

    def _to_text(self, reference: str, secret: Secret) -> str:
        del reference
        return secret.reveal()

    def _from_text(self, reference: str, text: str) -> Secret:
        del reference
        if is_encrypted(text):
            raise changed_key_error()
        return Secret(text)

    @contextmanager
    def reading_all(self) -> Iterator[None]:
        """Read all rows at once."""
        with self.holding(dict(self._connection.execute("SELECT reference, text FROM secrets"))):
            yield

    @contextmanager
    def reading(self, references: Collection[str]) -> Iterator[None]:
        """Read these rows at once."""
        found: dict[str, object] = {}
        wanted = list(references)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            found |= self._connection.execute(
                f"SELECT reference, text FROM secrets WHERE reference IN ({marks})",  # noqa: S608 - marks alone
                tuple(part),
            )
        with self.holding(found):
            yield

    @contextmanager
    def holding(self, texts: Mapping[str, object]) -> Iterator[None]:
        """Read the secrets that the block needs from ``texts``, by their references."""
        self._loaded = texts
        try:
            yield
        finally:
            self._loaded = {}

    def drop(self, reference: str) -> None:
        """Delete a row."""
        self._connection.execute("DELETE FROM secrets WHERE reference = ?", (reference,))

    def check_writable(self) -> None:
        """Write, read and delete a row."""
        reference, secret = rehearsal_entry()
        self.keep(reference, secret)
        if not is_kept(self, reference, secret):
            raise StoreError(
                "The store did not keep what was written to it: another program has changed its "
                "tables.",
                "Name another folder with TOKCHECK_HOME, or another database with "
                "TOKCHECK_DATABASE.",
            )
        self.drop(reference)

    def after_commit(self) -> None:
        """Do nothing: the transaction deleted the rows."""

    def after_rollback(self) -> None:
        """Do nothing: the rollback restored the rows."""
