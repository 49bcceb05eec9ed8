"""The interface of a store's database: transactions, locks and a vault."""

from contextlib import AbstractContextManager
from typing import Protocol

from tokcheck.accounts.store.vaults.vault import Vault
from tokcheck.storage.sql_connection import SqlConnection


class RefreshLock(Protocol):
    """The lock of one account: one process at a time refreshes or removes it."""

    def take(self) -> bool:
        """Take the lock without waiting; return whether it was free."""
        ...

    def is_taken(self) -> bool:
        """Return whether a process has the lock now."""
        ...

    def release(self) -> None:
        """Release the lock if this object has it."""
        ...


class AccountDatabase(Protocol):
    """The database of a store: its transactions, and the vault of its secrets."""

    @property
    def vault(self) -> Vault:
        """The vault of the open database."""
        ...

    def reading(self) -> AbstractContextManager[SqlConnection]:
        """Run the block in a read transaction: all rows are of one moment."""
        ...

    def writing(self) -> AbstractContextManager[SqlConnection]:
        """Run the block in a write transaction, or in the one that the thread has begun."""
        ...

    def lock_account(self, connection: SqlConnection, name: str) -> None:
        """Keep other transactions from changing an account until this one ends."""
        ...

    def lock_all(self, connection: SqlConnection) -> None:
        """Keep other transactions from changing any account until this one ends."""
        ...

    def lock_fingerprint(self, connection: SqlConnection, fingerprint: str | None) -> None:
        """Keep other transactions from storing the same refresh token until this one ends."""
        ...

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the database."""
        ...

    def offset(self) -> float:
        """Return the database's clock minus this computer's, in seconds."""
        ...

    def close(self) -> None:
        """Close the database."""
        ...
