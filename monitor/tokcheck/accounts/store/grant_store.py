"""The logic of a store of accounts, whichever database it is in.

Every change is one transaction, and is on the disk when its method returns.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tokcheck.accounts.errors import StoreError, explain_errors
from tokcheck.accounts.grant import (
    BrokenReason,
    Grant,
    StoredAccount,
)
from tokcheck.accounts.store.account_database import RefreshLock
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.clocks.clock_offset import (
    add_to_broken,
    add_to_intent,
    add_to_limit,
)
from tokcheck.accounts.store.refresh_records import RefreshRecords
from tokcheck.accounts.store.rows import (
    INSERT_GRANT,
    SECRET_FIELDS,
    delete_from,
    find_duplicate,
    find_row,
    fingerprint_of,
    write_broken,
    write_intent,
    write_limit,
)
from tokcheck.core.errors import UsageError
from tokcheck.storage.shell_words import quote
from tokcheck.storage.sql_connection import SqlConnection, SqlRow

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption

_Result = TypeVar("_Result")

_UNFINISHED = "SELECT name FROM grants JOIN intents ON intents.owner = grants.id ORDER BY name"
_CLOCK_ERROR = 5.0


class GrantStore(RefreshRecords):
    """The stored accounts, read and changed. Every method may raise a :class:`StoreError`."""

    file: Path | None = None
    """The file that the store is in, if it is in one."""
    is_shared = False
    """Whether processes of other machines use it as well."""

    @abstractmethod
    def lock(self, name: str) -> RefreshLock:
        """Return the lock of an account."""

    @abstractmethod
    def exclusive(self, patience: float) -> AbstractContextManager[None]:
        """Keep other logins from choosing a name while the block runs.

        :raises StoreError: if another one does not end within ``patience`` seconds.
        """

    @abstractmethod
    def check_writable(self, lock_patience: float) -> None:
        """Do all that storing an account needs, and leave nothing: it fails now or not at all.

        Before a consent, which is lost if its tokens cannot be stored. Another process may have the
        lock of the store for ``lock_patience`` seconds.

        :raises StoreError: if an account cannot be stored.
        """

    def _prepare_files(self, name: str) -> None:
        """Make what an account needs besides its rows."""

    def put(self, grant: Grant) -> None:
        """Store a grant, in place of the one of the same name if there is one.

        :raises UsageError: if the name is not a valid one, or if another account has the same
            refresh token: each refresh of one would break the other.
        """
        from tokcheck.accounts.names import checked_name

        checked_name(grant.name)
        self._prepare_files(grant.name)
        with self._database.writing() as connection:
            self._database.lock_account(connection, grant.name)
            self._database.lock_fingerprint(connection, fingerprint_of(grant))
            self._database.vault.check_writing()
            twin = find_duplicate(connection, grant)
            if twin is not None:
                raise UsageError(
                    f"The account {twin} has this refresh token already.",
                    "Two accounts with one refresh token would break each other. Use that account: "
                    f"tokcheck token {quote(twin)}",
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
            self._database.lock_account(connection, name)
            row = self._existing_row(connection, name)
            self._delete_row(connection, row)
        recovery_file = account_file(self.folder, name, "rescue")
        with explain_errors(recovery_file):
            recovery_file.unlink(missing_ok=True)

    def transaction(self) -> AbstractContextManager[SqlConnection]:
        """Run the changes of the block in one transaction."""
        return self._database.writing()

    @contextmanager
    def moving_out(self) -> Iterator[list[StoredAccount]]:
        """Delete all accounts at the end of the block, which stores them elsewhere.

        No process can begin a refresh meanwhile.

        :raises StoreError: if one is under way.
        """
        with self._database.writing() as connection:
            self._database.lock_all(connection)
            found = self._read_all(connection)
            for _, account in found:
                name = account.grant.name
                if account.intent is not None and self.lock(name).is_taken():
                    raise StoreError(
                        f"The account {name} is being refreshed. Nothing was moved.", "Try again."
                    )
            yield [account for _, account in found]
            for row, _ in found:
                self._delete_row(connection, row)

    def rekey(self, new: "SecretEncryption | None") -> int:
        """Encrypt all secrets with another key, or with none; return how many there are.

        :raises StoreError: if a refresh is unfinished: its new tokens have the old key.
        """
        from tokcheck.accounts.store.vaults.rekeying import rekey_secrets

        with self._database.writing() as connection:
            self._database.lock_all(connection)
            for (name,) in connection.execute(_UNFINISHED).fetchall():
                raise StoreError(
                    f"A refresh of the account {name} is unfinished. Nothing was changed.",
                    f"Finish it: tokcheck accounts refresh {quote(name)}",
                )
            return rekey_secrets(connection, self._database.vault, new)

    def adopt(self, accounts: Sequence[StoredAccount]) -> int:
        """Store the accounts of another store in one transaction; return how many are new here.

        The state of their refreshes comes with them. One that is here already stays as it is,
        unless it was refreshed there since, after a move that was interrupted.

        :raises UsageError: if one of another user or application has its name, or another account
            its refresh token. Then nothing is stored.
        """
        with self._database.writing() as connection:
            new = [one for one in accounts if not self._is_moved(connection, one.grant)]
            offset = self._database.offset()
            for account in new:
                self.put(account.grant)
                row = self._existing_row(connection, account.grant.name)
                if account.intent is not None:
                    write_intent(connection, row, add_to_intent(account.intent, offset))
                if (
                    account.broken is not None
                    and account.broken.reason is not BrokenReason.SECRET_LOST
                ):
                    write_broken(connection, row, add_to_broken(account.broken, offset))
                if account.limit is not None:
                    write_limit(connection, row, add_to_limit(account.limit, offset))
            for account in new:
                stored = self._account(self._existing_row(connection, account.grant.name))
                if _secrets_of(stored.grant) != _secrets_of(account.grant):
                    raise StoreError(
                        f"The account {account.grant.name} was not stored as it is. Nothing was "
                        "changed.",
                        "This is a bug: please report it.",
                    )
            return len(new)

    def _is_moved(self, connection: SqlConnection, grant: Grant) -> bool:
        row = find_row(connection, grant.name)
        if row is None:
            return False
        here = self._account(row).grant
        if _secrets_of(here) == _secrets_of(grant):
            return True
        if _is_same_account(here, grant):
            return here.obtained_at >= grant.obtained_at - _CLOCK_ERROR
        raise UsageError(
            f"Another account {grant.name} is in {self.place} already. Nothing was changed.",
            "Remove one of them, or export it under another name.",
        )

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

    def _delete_row(self, connection: SqlConnection, row: SqlRow) -> None:
        for field in SECRET_FIELDS:
            if row[field]:
                self._database.vault.drop(row[field])
        connection.execute("DELETE FROM grants WHERE id = ?", (row["id"],))


def _is_same_account(one: Grant, other: Grant) -> bool:
    """Return whether two grants are certainly of one user and application."""
    if one.client[:2] != other.client[:2]:
        return False
    if one.user_id is None or other.user_id is None:  # then only a common token proves it
        if one.refresh is None or other.refresh is None:
            return False
        return one.refresh.fingerprint == other.refresh.fingerprint
    return one.user_id == other.user_id


def _secrets_of(grant: Grant) -> list[str | None]:
    """Return the fingerprints of a grant's secrets."""
    secrets = (grant.client.secret, grant.access, grant.refresh)
    return [None if secret is None else secret.fingerprint for secret in secrets]


def outcome(work: Callable[[], _Result]) -> _Result | Exception:
    """Return the result of a call, or its error."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the caller raises it
        return error
