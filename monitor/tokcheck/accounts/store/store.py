"""The store: accounts in one SQLite file that its owner alone may read.

Every change is one transaction, and is on the disk when its method returns.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self, TypeVar

from tokcheck.accounts.errors import explain_errors
from tokcheck.accounts.grant import Broken, BrokenReason, Grant, Intent, StoredAccount
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.database import FILE_NAME, MIGRATIONS, open_database
from tokcheck.accounts.store.rows import (
    INSERT_GRANT,
    SELECT_ACCOUNTS,
    account_from_row,
    fingerprint_of,
    write_grant,
)
from tokcheck.accounts.store.vault import MakeVault
from tokcheck.accounts.store.vault_choice import choose_vault
from tokcheck.core.errors import UsageError
from tokcheck.storage.private_database import Migration

_Result = TypeVar("_Result")


class Store:
    """The accounts of a data folder; a context manager.

    Several processes and threads may use one folder at once; who waits for another's write
    waits ``patience`` seconds at most. ``vault`` keeps the secrets, where the store itself says
    if not given. ``migrations`` and
    ``connection`` are for tests.

    :raises StoreError: if others have rights to the folder or its files, or these cannot be
        used. Every method may raise it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        vault: MakeVault | None = None,
        patience: float = 10.0,
        migrations: Sequence[Migration] = MIGRATIONS,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self._lock = RLock()  # one transaction at a time on the one connection
        self._connection = open_database(
            folder, patience=patience, migrations=migrations, connection=connection
        )
        try:
            with explain_errors(self.path):
                self._vault = (vault or choose_vault())(self._connection)
        except BaseException:
            self._connection.close()
            raise

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
        """Close the file."""
        with self._lock, explain_errors(self.path):
            self._connection.close()

    @property
    def allows_recovery_file(self) -> bool:
        """Whether a secret may lie in another file of the folder while this cannot be written."""
        return self._vault.allows_recovery_file

    def data_version(self) -> int:
        """Return a number that is another after any other connection has changed the store."""
        with self._lock, explain_errors(self.path):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            return int(version)

    def accounts(self) -> list[StoredAccount]:
        """Return all accounts by name, with what is under way or wrong with each."""
        with self._reading():
            rows = self._connection.execute(SELECT_ACCOUNTS + "ORDER BY name").fetchall()
            return [account_from_row(self._vault, row) for row in rows]

    def account(self, name: str) -> StoredAccount:
        """Return one account.

        :raises UsageError: if there is none of that name.
        """
        with self._reading():
            return account_from_row(self._vault, self._existing_row(name))

    def grants(self) -> list[Grant]:
        """Return all grants by name."""
        return [account.grant for account in self.accounts()]

    def grant(self, name: str) -> Grant:
        """Return one grant.

        :raises UsageError: if there is none of that name.
        """
        return self.account(name).grant

    def put(self, grant: Grant) -> None:
        """Store a grant, in place of the one of the same name if there is one.

        :raises UsageError: if the name cannot be one, or if another account has the same
            refresh token: two that use it would end each other.
        """
        from tokcheck.accounts.names import checked_name

        checked_name(grant.name)
        with self._writing():
            twin = self._twin(grant)
            if twin is not None:
                raise UsageError(
                    f"The account {twin} has this refresh token already.",
                    "Two accounts that use one refresh token would end each other. Use that "
                    "account, or remove it first.",
                )
            row = self._find_row(grant.name)
            if row is None:
                self._connection.execute(INSERT_GRANT, (grant.name,))
                row = self._existing_row(grant.name)
            # A refresh that is under way with the very same token still has to be finished.
            if row["intent"] != fingerprint_of(grant):
                self._delete_from("intents", row)
            self._delete_from("broken", row)
            write_grant(self._connection, self._vault, row, grant, client=True)

    def remove(self, name: str) -> None:
        """Forget an account.

        :raises UsageError: if there is none of that name.
        """
        with self._writing():
            row = self._existing_row(name)
            for field in ("client_secret", "access", "refresh"):
                if row[field]:
                    self._vault.drop(row[field])
            self._connection.execute("DELETE FROM grants WHERE id = ?", (row["id"],))
        with explain_errors(self.path):
            account_file(self.folder, name, "rescue").unlink(missing_ok=True)

    def begin(self, name: str, intent: Intent) -> bool:
        """Write down that a refresh is about to be sent.

        Return ``False``, with nothing written, if the account's refresh token is another one.
        """
        with self._writing():
            row = self._row_with_token(name, intent.fingerprint)
            if row is not None:
                self._connection.execute(
                    "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?)", (row["id"], *intent)
                )
            return row is not None

    def withdraw(self, name: str, fingerprint: str) -> None:
        """Write down that a refresh never reached its provider."""
        with self._writing():
            row = self._row_with_token(name, fingerprint)
            if row is not None:
                self._delete_from("intents", row)

    def finish(self, fingerprint: str, grant: Grant) -> bool:
        """Write down the tokens that a refresh brought, and that it has ended.

        Return ``False``, with nothing written, if that refresh is no longer under way: the
        account was removed, or was given another grant meanwhile. Also if the tokens are those of
        another account, which was made from the same ones: then this one is marked as broken.
        """
        with self._writing():
            row = self._row_with_token(grant.name, fingerprint)
            if row is None or row["intent"] is None:
                return False
            twin = self._twin(grant)
            if twin is not None:
                broken = Broken(grant.obtained_at, BrokenReason.DUPLICATE, twin)
                self.mark_broken(grant.name, fingerprint, broken)
                return False
            self._delete_from("intents", row)
            if row["reason"] is not None:
                self._delete_from("broken", row)
            write_grant(self._connection, self._vault, row, grant, client=False)
            return True

    def mark_broken(self, name: str, fingerprint: str, broken: Broken) -> bool:
        """Write down that a grant cannot be refreshed any more, and end its refresh.

        The grant stays, so that it can be tried once more. Return ``False``, with nothing
        written, if the account's refresh token is another one meanwhile.
        """
        with self._writing():
            row = self._row_with_token(name, fingerprint)
            if row is None:
                return False
            self._delete_from("intents", row)
            self._connection.execute(
                "INSERT OR REPLACE INTO broken VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row["id"], *broken[:3], *(broken.intent or (None, None, None))),
            )
            return True

    def apply_changes(self, changes: Sequence[Callable[[], _Result]]) -> list[_Result | Exception]:
        """Make several changes in one transaction: one sync of the disk serves all of them.

        Each change calls methods of this store that write, and nothing else that must not be
        done twice: if one of them fails, or the commit does, nothing of any is written, and each
        is then made by itself. Returned is for each what it returned, or its error.
        """
        if len(changes) > 1:
            begun = False
            try:
                with self._writing():
                    begun = True
                    return [change() for change in changes]
            except Exception as error:  # noqa: BLE001 - each by itself raises it again
                if not begun:
                    return [error] * len(changes)
        return [outcome(change) for change in changes]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Read all rows of one moment."""
        with self._lock, explain_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._roll_back()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, explain_errors(self.path):
            if self._connection.in_transaction:  # one of several changes
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                self._vault.undo()
                raise
            self._vault.settle()

    def _roll_back(self) -> None:
        # SQLite itself undoes a transaction after some errors.
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _find_row(self, name: str) -> sqlite3.Row | None:
        with suppress(UnicodeEncodeError):  # what has no UTF-8 is nobody's name
            row: sqlite3.Row | None = self._connection.execute(
                SELECT_ACCOUNTS + "WHERE grants.name = ?", (name,)
            ).fetchone()
            return row
        return None

    def _existing_row(self, name: str) -> sqlite3.Row:
        row = self._find_row(name)
        if row is None:
            found = self._connection.execute("SELECT name FROM grants ORDER BY name")
            known = [name for (name,) in found]
            from tokcheck.accounts.names import unknown_name

            raise unknown_name(name, known, self.folder)
        return row

    def _twin(self, grant: Grant) -> str | None:
        """Return the name of another account that has a grant's refresh token."""
        row = self._connection.execute(
            "SELECT name FROM grants WHERE fingerprint = ? AND name != ?",
            (fingerprint_of(grant), grant.name),
        ).fetchone()
        return None if row is None else str(row["name"])

    def _row_with_token(self, name: str, fingerprint: str) -> sqlite3.Row | None:
        """Return an account's row if its refresh token is the one of that fingerprint."""
        row = self._find_row(name)
        return row if row is not None and row["fingerprint"] == fingerprint else None

    def _delete_from(self, table: str, row: sqlite3.Row) -> None:
        self._connection.execute(f"DELETE FROM {table} WHERE owner = ?", (row["id"],))  # noqa: S608 - a name of ours


def outcome(work: Callable[[], _Result]) -> _Result | Exception:
    """Return what a call returns, or its error."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - for whoever wanted it
        return error
