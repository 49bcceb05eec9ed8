"""The store: accounts in one private SQLite file.

Every change is one transaction, and is on the disk when its method returns.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tokcheck.accounts.errors import explain_errors, foreign_store_error
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Grant,
    Intent,
    RefreshLimit,
    StoredAccount,
)
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.boot_clock import boot_moment
from tokcheck.accounts.store.database import FILE_NAME, MIGRATIONS, open_database
from tokcheck.accounts.store.rows import (
    INSERT_GRANT,
    SELECT_ACCOUNTS,
    ForeignRowError,
    account_from_row,
    delete_from,
    find_row,
    find_row_with_token,
    find_twin,
    fingerprint_of,
    write_broken,
    write_grant,
    write_limit,
)
from tokcheck.accounts.store.shared_connection import SharedConnection
from tokcheck.accounts.store.vault import MakeVault
from tokcheck.accounts.store.vault_choice import choose_vault
from tokcheck.core.errors import UsageError
from tokcheck.storage.private_database import Migration
from tokcheck.storage.private_files import ensure_private_file

_Result = TypeVar("_Result")


class Store:
    """The accounts of a data folder; a context manager.

    Several processes and threads may use one folder at once; a write waits at most ``patience``
    seconds for another's. ``vault`` keeps the secrets; by default, the one that the store names.
    ``migrations``, ``connection`` and ``boot_moment`` are for tests.

    :raises StoreError: if other users have access to the folder or its files, or if these cannot
        be used. Every method may raise it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        vault: MakeVault | None = None,
        patience: float = 10.0,
        migrations: Sequence[Migration] = MIGRATIONS,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        boot_moment: Callable[[], float] = boot_moment,
    ) -> None:
        self.folder = folder
        self._boot_moment = boot_moment
        self.path = folder / FILE_NAME
        self._database = SharedConnection(
            self.path,
            partial(
                open_database,
                folder,
                patience=patience,
                migrations=migrations,
                connection=connection,
            ),
            vault or choose_vault(),
        )

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

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the store."""
        return self._database.data_version()

    def accounts(self) -> list[StoredAccount]:
        """Return all accounts, sorted by name."""
        with self._database.reading() as connection:
            rows = connection.execute(SELECT_ACCOUNTS + "ORDER BY name").fetchall()
            return [self._account(row) for row in rows]

    def account(self, name: str) -> StoredAccount:
        """Return one account.

        :raises UsageError: if there is none of that name.
        """
        with self._database.reading() as connection:
            return self._account(self._existing_row(connection, name))

    def _account(self, row: sqlite3.Row) -> StoredAccount:
        try:
            return account_from_row(self._database.vault, row, self._boot_moment())
        except (ForeignRowError, IndexError):  # the latter: a column has another name
            raise foreign_store_error(self.path) from None

    def grants(self) -> list[Grant]:
        """Return all grants, sorted by name."""
        return [account.grant for account in self.accounts()]

    def grant(self, name: str) -> Grant:
        """Return one grant.

        :raises UsageError: if there is none of that name.
        """
        return self.account(name).grant

    def put(self, grant: Grant) -> None:
        """Store a grant, in place of the one of the same name if there is one.

        :raises UsageError: if the name is not a valid one, or if another account has the same
            refresh token: each refresh of one would break the other.
        """
        from tokcheck.accounts.names import checked_name

        checked_name(grant.name)
        with explain_errors(self.path):
            # Its lock, by which an emptied store is known to have had accounts.
            ensure_private_file(account_file(self.folder, grant.name, "lock"))
        with self._database.writing() as connection:
            twin = find_twin(connection, grant)
            if twin is not None:
                raise UsageError(
                    f"The account {twin} has this refresh token already.",
                    "Two accounts with one refresh token would break each other. Use that account, "
                    "or remove it first.",
                )
            row = find_row(connection, grant.name)
            if row is None:
                connection.execute(INSERT_GRANT, (grant.name,))
                row = self._existing_row(connection, grant.name)
            # An unfinished refresh with the same token still has to be finished.
            if row["intent"] != fingerprint_of(grant):
                delete_from(connection, "intents", row)
            delete_from(connection, "broken", row)
            self._write_grant(connection, row, grant, client=True)

    def remove(self, name: str) -> None:
        """Delete an account.

        :raises UsageError: if there is none of that name.
        """
        with self._database.writing() as connection:
            row = self._existing_row(connection, name)
            for field in ("client_secret", "access", "refresh"):
                if row[field]:
                    self._database.vault.drop(row[field])
            connection.execute("DELETE FROM grants WHERE id = ?", (row["id"],))
        with explain_errors(self.path):
            account_file(self.folder, name, "rescue").unlink(missing_ok=True)

    def begin(self, name: str, intent: Intent) -> bool:
        """Record the intent to send a refresh.

        Return ``False``, with nothing written, if the account's refresh token is another one.
        """
        with self._database.writing() as connection:
            row = find_row_with_token(connection, name, intent.fingerprint)
            if row is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?)", (row["id"], *intent)
                )
            return row is not None

    def withdraw(self, name: str, fingerprint: str) -> None:
        """Delete the intent of a refresh that never reached its provider."""
        with self._database.writing() as connection:
            row = find_row_with_token(connection, name, fingerprint)
            if row is not None:
                delete_from(connection, "intents", row)

    def record_limit(
        self, name: str, fingerprint: str, limit: RefreshLimit, *, keep_intent: bool
    ) -> None:
        """Record when the next refresh may be sent, and delete the intent of the refused one.

        With ``keep_intent``, an earlier request may have used the refresh token.
        """
        with self._database.writing() as connection:
            row = find_row_with_token(connection, name, fingerprint)
            if row is not None:
                if not keep_intent:
                    delete_from(connection, "intents", row)
                write_limit(connection, row, limit)

    def finish(self, fingerprint: str, grant: Grant, *, client: bool = False) -> bool:
        """Store the tokens from a refresh, and delete its intent.

        With ``client``, the application is stored as well: another secret of it worked.

        Return ``False``, with nothing written, if the account was removed or got another grant
        meanwhile. Return ``False`` as well if another account already has these tokens, because
        both were made from the same ones: then this account is marked as broken.
        """
        with self._database.writing() as connection:
            row = find_row_with_token(connection, grant.name, fingerprint)
            if row is None or row["intent"] is None:
                return False
            twin = find_twin(connection, grant)
            if twin is not None:
                broken = Broken(grant.obtained_at, BrokenReason.DUPLICATE, twin)
                self.mark_broken(grant.name, fingerprint, broken)
                return False
            delete_from(connection, "intents", row)
            if row["reason"] is not None:
                delete_from(connection, "broken", row)
            self._write_grant(connection, row, grant, client=client)
            return True

    def mark_broken(
        self, name: str, fingerprint: str, broken: Broken, *, keep_intent: bool = False
    ) -> bool:
        """Record why an account cannot be refreshed, and delete the intent.

        The grant stays, so that a refresh can be forced. With ``keep_intent``, an earlier request
        may have used the refresh token, and its response can still be fetched. Return ``False``,
        with nothing written, if the account's refresh token is another one meanwhile.
        """
        with self._database.writing() as connection:
            row = find_row_with_token(connection, name, fingerprint)
            if row is None:
                return False
            if not keep_intent:
                delete_from(connection, "intents", row)
            write_broken(connection, row, broken)
            return True

    def _write_grant(
        self, connection: sqlite3.Connection, row: sqlite3.Row, grant: Grant, *, client: bool
    ) -> None:
        vault, booted_at = self._database.vault, self._boot_moment()
        write_grant(connection, vault, row, grant, client=client, booted_at=booted_at)

    def apply_changes(self, changes: Sequence[Callable[[], _Result]]) -> list[_Result | Exception]:
        """Make several changes in one transaction, and so with one sync of the disk.

        If one of them or the commit fails, the transaction is rolled back and each change is made
        again by itself. So besides calling methods of this store that write, a change does
        nothing that must not be done twice. Return the result of each change, or its error.
        """
        if len(changes) > 1:
            has_begun = False
            try:
                with self._database.writing():
                    has_begun = True
                    return [change() for change in changes]
            except Exception as error:  # noqa: BLE001 - the change raises it again by itself
                if not has_begun:
                    return [error] * len(changes)
        return [outcome(change) for change in changes]

    def _existing_row(self, connection: sqlite3.Connection, name: str) -> sqlite3.Row:
        row = find_row(connection, name)
        if row is None:
            rows = connection.execute("SELECT name FROM grants ORDER BY name")
            known = [name for (name,) in rows if isinstance(name, str)]
            from tokcheck.accounts.names import unknown_name

            raise unknown_name(name, known, self.folder)
        return row


def outcome(work: Callable[[], _Result]) -> _Result | Exception:
    """Return the result of a call, or its error."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the caller raises it
        return error
