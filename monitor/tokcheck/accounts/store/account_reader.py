"""Reading the stored accounts, whichever database they are in."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import (
    Grant,
    StoredAccount,
)
from tokcheck.accounts.store.account_database import AccountDatabase
from tokcheck.accounts.store.clocks.clock_offset import (
    account_moments_here,
)
from tokcheck.accounts.store.rows import (
    SECRET_FIELDS,
    SELECT_ACCOUNTS,
    ForeignRowError,
    account_from_row,
    find_row,
)
from tokcheck.storage.sql_connection import SqlConnection, SqlRow

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption


_BY_NAME = "ORDER BY grants.name"
_SELECT_PAGE = f"{SELECT_ACCOUNTS} WHERE grants.name > ? {_BY_NAME} LIMIT ?"


class AccountReader(ABC):
    """The stored accounts, read; a context manager. Threads and processes may use it at once.

    ``folder`` is this computer's data folder, ``place`` the store in words. Every method may raise
    a :class:`StoreError`.
    """

    folder: Path
    place: str
    _database: AccountDatabase
    _boot_moment: Callable[[], float]

    @abstractmethod
    def _foreign_error(self) -> StoreError:
        """Return the error of a row that the store has not written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @property
    def allows_recovery_file(self) -> bool:
        """Whether a file of the folder may hold a secret while the store cannot be written."""
        return self._database.vault.allows_recovery_file

    @property
    def encryption(self) -> "SecretEncryption | None":
        """The encryption of the secrets, in a recovery file as well."""
        return self._database.vault.encryption

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the store."""
        return self._database.data_version()

    def accounts(self) -> list[StoredAccount]:
        """Return all accounts, sorted by name."""
        with self._database.reading() as connection:
            return [account for _, account in self._read_all(connection)]

    def page(self, after: str, count: int) -> list[StoredAccount]:
        """Return at most ``count`` accounts with names after a given one, sorted by name."""
        with self._database.reading() as connection:
            rows = connection.execute(_SELECT_PAGE, (after, count)).fetchall()
            references = [row[field] for row in rows for field in SECRET_FIELDS if row[field]]
            with self._database.vault.reading(references):
                return [self._account(row) for row in rows]

    def _read_all(self, connection: SqlConnection) -> list[tuple[SqlRow, StoredAccount]]:
        """Return the row and the content of each account, sorted by name."""
        rows = connection.execute(SELECT_ACCOUNTS + _BY_NAME).fetchall()
        with self._database.vault.reading_all():
            return [(row, self._account(row)) for row in rows]

    def account(self, name: str) -> StoredAccount:
        """Return one account.

        :raises UsageError: if there is none of that name.
        """
        with self._database.reading() as connection:
            return self._account(self._existing_row(connection, name))

    def _account(self, row: SqlRow) -> StoredAccount:
        offset = self._database.offset()
        booted_at = self._boot_moment() + offset
        try:
            account = account_from_row(self._database.vault, row, booted_at)
        except (ForeignRowError, IndexError):  # the latter: a column has another name
            raise self._foreign_error() from None
        return account_moments_here(account, offset)

    def grants(self) -> list[Grant]:
        """Return all grants, sorted by name."""
        return [account.grant for account in self.accounts()]

    def grant(self, name: str) -> Grant:
        """Return one grant.

        :raises UsageError: if there is none of that name.
        """
        return self.account(name).grant

    def _existing_row(self, connection: SqlConnection, name: str) -> SqlRow:
        row = find_row(connection, name)
        if row is None:
            rows = connection.execute("SELECT name FROM grants ORDER BY name")
            known = [name for (name,) in rows if isinstance(name, str)]
            from tokcheck.accounts.names import unknown_name_error

            raise unknown_name_error(name, known, self.place)
        return row
