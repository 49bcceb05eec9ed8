"""The store on PostgreSQL: accounts that several machines share.

An account is locked by a row lock while a transaction changes it, and by an advisory lock of the
session while a process refreshes it, which ends with the process. All moments in the database are
by the server's clock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import StoredAccount
from tokcheck.accounts.store.clocks.boot_clock import boot_moment
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.rows import SECRET_FIELDS, SELECT_ACCOUNTS
from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey
from tokcheck.accounts.store.vaults.vault_choice import make_table_vault
from tokcheck.storage.errors import StorageError
from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_connection import PostgresConnection
from tokcheck.storage.postgres.tables.store_tables import STORE_MIGRATIONS
from tokcheck.storage.private_files import ensure_private_folder
from tokcheck.storage.sql_connection import SqlConnection

_CHANNEL = "accounts"
_SELECT_WITH_SECRETS = (
    SELECT_ACCOUNTS.replace(
        "FROM grants",
        "".join(f", secrets_of_{field}.text AS {field}_text" for field in SECRET_FIELDS)
        + "\n    FROM grants",
        1,
    )
    + "".join(
        f"LEFT JOIN secrets secrets_of_{field} ON secrets_of_{field}.reference = grants.{field}\n"
        for field in SECRET_FIELDS
    )
    + "WHERE grants.name = ?"
)


class PostgresStore(GrantStore):
    """The accounts in a database on PostgreSQL; a context manager.

    ``folder`` is this computer's data folder, for the recovery files of its own refreshes. A write
    waits at most ``patience`` seconds for another's. ``key`` encrypts the secrets. The clocks are
    parameters for tests.

    :raises StoreError: if the database cannot be used. Every method may raise it.
    """

    is_shared = True

    def __init__(
        self,
        address: DatabaseAddress,
        folder: Path,
        *,
        patience: float = 10.0,
        key: EncryptionKey | None = None,
        boot_moment: Callable[[], float] = boot_moment,
        connect: Callable[..., PostgresConnection] = PostgresConnection,
    ) -> None:
        self.folder = folder
        self.place = f"the {address.place}"
        self._boot_moment = boot_moment
        self._connection = connect(address, {"store": STORE_MIGRATIONS}, patience=patience)
        try:  # it connects, so that a wrong address is noticed now
            self._database: _PostgresDatabase = _PostgresDatabase(self._connection, key)
        except BaseException:
            self._connection.close()
            raise
        self._has_folder = _make_folder(folder)

    @property
    def allows_recovery_file(self) -> bool:
        """Whether a file of the folder may hold a secret while the database is away."""
        return self._has_folder and super().allows_recovery_file

    def lock(self, name: str) -> "SessionLock":
        """Return the lock of an account."""
        return SessionLock(self._connection, f"account\0{name}")

    def account(self, name: str) -> StoredAccount:
        """Return one account, read with its secrets in one statement."""
        with suppress(UnicodeEncodeError), explain_database_errors(), self._connection.lock:
            row = self._connection.read_one(_SELECT_WITH_SECRETS, (name,))
            if row is not None:
                texts = {row[field]: row[f"{field}_text"] for field in SECRET_FIELDS if row[field]}
                with self._database.vault.holding(texts):
                    return self._account(row)
        return super().account(name)  # it says which names there are

    @contextmanager
    def exclusive(self, patience: float) -> Iterator[None]:
        """Keep other logins from choosing a name while the block runs.

        Another one has as long as a transaction of the store, whatever ``patience`` is.
        """
        del patience
        with explain_database_errors(), self._connection.exclusive("names"):
            yield

    def check_writable(self, lock_patience: float) -> None:
        """Write to the database, and leave nothing."""
        with self.exclusive(lock_patience), self._database.writing():
            self._database.vault.check_writable()

    def _foreign_error(self) -> StoreError:
        return StoreError(
            f"{self.place[0].upper()}{self.place[1:]} contains a row of another program.",
            "Restore a backup, or delete the row and log in again.",
        )


class _PostgresDatabase:
    """The database of a store: its transactions, with its errors as those of a store."""

    def __init__(self, connection: PostgresConnection, key: EncryptionKey | None) -> None:
        self._connection = connection
        with explain_database_errors(), connection.writing():
            self.vault = make_table_vault(connection, key)

    @contextmanager
    def reading(self) -> Iterator[SqlConnection]:
        """Run the block in a read transaction: all rows are of one moment."""
        with explain_database_errors(), self._connection.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[SqlConnection]:
        """Run the block in a write transaction, or in the one that the thread has begun."""
        with explain_database_errors(), self._connection.lock:
            is_inner = self._connection.is_in_transaction
            with self._connection.writing() as connection:
                yield connection
                if not is_inner:
                    connection.announce(_CHANNEL)

    def lock_account(self, connection: SqlConnection, name: str) -> None:
        """Lock an account's row, and its name, since the row may not exist yet."""
        text = name.encode("utf-8", "replace").decode()  # no account has a name without UTF-8
        self._connection.lock_until_commit(f"name\0{text}")
        connection.execute("SELECT 1 FROM grants WHERE name = ? FOR UPDATE", (text,))

    def lock_all(self, connection: SqlConnection) -> None:
        """Lock the table against changes, and against the locks that precede them."""
        connection.execute("LOCK TABLE grants IN EXCLUSIVE MODE")

    def lock_fingerprint(self, connection: SqlConnection, fingerprint: str | None) -> None:
        """Lock a refresh token that another account may get at this moment."""
        del connection
        if fingerprint is not None:
            self._connection.lock_until_commit(f"fingerprint\0{fingerprint}")

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the database."""
        with explain_database_errors():
            return self._connection.count_changes(_CHANNEL)

    def offset(self) -> float:
        """Return the server's clock minus this computer's, in seconds."""
        with explain_database_errors():
            return self._connection.offset()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class SessionLock:
    """The lock of one account, which the server releases when this process is gone."""

    def __init__(self, connection: PostgresConnection, purpose: str) -> None:
        self._connection = connection
        self._purpose = purpose
        self._is_mine = False

    def take(self) -> bool:
        """Take the lock without waiting; return whether it was free."""
        with explain_database_errors():
            self._is_mine = self._is_mine or self._connection.take_lock(self._purpose)
        return self._is_mine

    def is_taken(self) -> bool:
        """Return whether a process has the lock now."""
        if self.take():
            self.release()
            return False
        return True

    def release(self) -> None:
        """Release the lock if this object has it."""
        if self._is_mine:
            self._is_mine = False
            self._connection.release_lock(self._purpose)


@contextmanager
def explain_database_errors() -> Iterator[None]:
    """Turn errors of the database into a :class:`StoreError`."""
    try:
        yield
    except PostgresError as error:
        raise StoreError(error.message, error.hint, is_away=error.is_away) from None


def _make_folder(folder: Path) -> bool:
    """Make the data folder; return whether it can be used, as a read-only one cannot."""
    try:
        ensure_private_folder(folder)
    except (OSError, StorageError):
        return False
    return True
