"""The interface between the store and its secrets, and the vault in the store's own file."""

import sqlite3
from collections.abc import Callable
from typing import ClassVar, Protocol, TypeAlias

from tokcheck.accounts.errors import LostError
from tokcheck.core.secret import Secret


class Vault(Protocol):
    """Keeps secrets by references that the store chooses; a reference never gets a second text.

    The store calls ``keep`` and ``drop`` within the transaction that adds or removes a reference,
    then ``settle`` after a commit or ``undo`` after a rollback. So that no crash loses a secret,
    a kept secret must be as durable as the committed transaction, and a dropped one must stay
    readable until ``settle``. A crash may prevent both ``settle`` and ``undo``: then ``keep`` may
    get a reference again, and dropped secrets may remain. Errors of a vault are
    :class:`StoreError`.

    ``allows_recovery_file`` is whether a file of the folder may hold a secret while the store
    cannot be written.
    """

    allows_recovery_file: ClassVar[bool]

    def keep(self, reference: str, secret: Secret) -> None:
        """Store a secret under a reference, in place of the one that is there."""
        ...

    def read(self, reference: str) -> Secret:
        """Return the secret of a reference.

        :raises LostError: if there is none.
        """
        ...

    def drop(self, reference: str) -> None:
        """Delete the secret of a reference, if there is one, once the transaction is committed."""
        ...

    def settle(self) -> None:
        """Delete the dropped secrets: the transaction is committed."""
        ...

    def undo(self) -> None:
        """Delete the kept secrets, if possible: the transaction was rolled back."""
        ...


MakeVault: TypeAlias = Callable[[sqlite3.Connection], Vault]


class TableVault:
    """Keeps secrets in a table of the store, in the same transaction as their references."""

    allows_recovery_file: ClassVar[bool] = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, reference: str, secret: Secret) -> None:
        """Write a secret to a row."""
        self._connection.execute(
            "INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)",
            (reference, secret.reveal(), secret.fingerprint),
        )

    def read(self, reference: str) -> Secret:
        """Return the secret of a row."""
        row = self._connection.execute(
            "SELECT text FROM secrets WHERE reference = ?", (reference,)
        ).fetchone()
        if row is None or not isinstance(row[0], str):  # another program wrote what is no text
            raise LostError("file")
        return Secret(row[0])

    def drop(self, reference: str) -> None:
        """Delete a row."""
        self._connection.execute("DELETE FROM secrets WHERE reference = ?", (reference,))

    def settle(self) -> None:
        """Do nothing: the transaction deleted the rows."""

    def undo(self) -> None:
        """Do nothing: the rollback restored the rows."""
