"""Where the texts of secrets are kept: the seam between the store and them."""

import sqlite3
from collections.abc import Callable
from typing import ClassVar, Protocol, TypeAlias

from tokcheck.accounts.errors import LostError
from tokcheck.core.secret import Secret


class Vault(Protocol):
    """Keeps secrets by references that the store chooses; no reference is used for two texts.

    The store calls ``keep`` and ``drop`` within the transaction that begins or ends to name a
    reference, then ``settle`` if it was committed or ``undo`` if not. So that no crash loses a
    secret, what ``keep`` was given has to be as durable as the transaction once that is
    committed, and what ``drop`` was given has to stay readable until ``settle``. A crash comes
    before either of the two: so ``keep`` may be given a reference again, and what was dropped
    may be left over. An error of a vault is a :class:`StoreError`.

    ``allows_recovery_file`` is whether a file of the folder may hold a secret while the store
    cannot be written.
    """

    allows_recovery_file: ClassVar[bool]

    def keep(self, reference: str, secret: Secret) -> None:
        """Keep a secret under a reference; one that is there already is replaced."""
        ...

    def read(self, reference: str) -> Secret:
        """Return the secret of a reference.

        :raises LostError: if it is not there.
        """
        ...

    def drop(self, reference: str) -> None:
        """Give up a reference, there or not, with the transaction that runs."""
        ...

    def settle(self) -> None:
        """Forget what was dropped: the transaction is committed."""
        ...

    def undo(self) -> None:
        """Forget what was kept instead, where that can be done: the transaction was undone."""
        ...


MakeVault: TypeAlias = Callable[[sqlite3.Connection], Vault]


class TableVault:
    """Keeps secrets in the store's own file, in the same transaction as what names them."""

    allows_recovery_file: ClassVar[bool] = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, reference: str, secret: Secret) -> None:
        """Keep a secret in a row."""
        self._connection.execute(
            "INSERT OR REPLACE INTO secrets VALUES (?, ?)", (reference, secret.reveal())
        )

    def read(self, reference: str) -> Secret:
        """Return the secret of a row."""
        row = self._connection.execute(
            "SELECT text FROM secrets WHERE reference = ?", (reference,)
        ).fetchone()
        if row is None:
            raise LostError("file")
        return Secret(row[0])

    def drop(self, reference: str) -> None:
        """Delete a row."""
        self._connection.execute("DELETE FROM secrets WHERE reference = ?", (reference,))

    def settle(self) -> None:
        """Do nothing: the rows went with the transaction."""

    def undo(self) -> None:
        """Do nothing, for the same reason."""
