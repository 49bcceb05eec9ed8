"""Records of a refresh: its intent, its tokens, a limit, and why a grant is broken."""

from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Grant,
    Intent,
    RefreshLimit,
)
from tokcheck.accounts.store.account_reader import AccountReader
from tokcheck.accounts.store.clocks.clock_offset import (
    add_to_broken,
    add_to_intent,
    add_to_limit,
    stored_grant_moments,
)
from tokcheck.accounts.store.rows import (
    delete_from,
    find_duplicate,
    find_row_with_token,
    fingerprint_of,
    write_broken,
    write_grant,
    write_intent,
    write_limit,
)
from tokcheck.storage.sql_connection import SqlConnection, SqlRow


class RefreshRecords(AccountReader):
    """The stored accounts, with what refreshes of them record.

    A record is of one refresh token: it is not written if the account has another one meanwhile.
    """

    def begin(self, name: str, intent: Intent) -> bool:
        """Record the intent to send a refresh.

        Return ``False``, with nothing written, if the account's refresh token is another one.
        """
        with self._database.writing() as connection:
            row = self._row_with_token(connection, name, intent.fingerprint)
            if row is not None:
                self._database.vault.check_key()
                write_intent(connection, row, add_to_intent(intent, self._database.offset()))
            return row is not None

    def withdraw(self, name: str, fingerprint: str) -> None:
        """Delete the intent of a refresh that never reached its provider."""
        with self._database.writing() as connection:
            row = self._row_with_token(connection, name, fingerprint)
            if row is not None:
                delete_from(connection, "intents", row)

    def record_limit(
        self, name: str, fingerprint: str, limit: RefreshLimit, *, keep_intent: bool
    ) -> None:
        """Record when the next refresh may be sent, and delete the intent of the refused one.

        With ``keep_intent``, an earlier request may have used the refresh token.
        """
        with self._database.writing() as connection:
            row = self._row_with_token(connection, name, fingerprint)
            if row is not None:
                if not keep_intent:
                    delete_from(connection, "intents", row)
                write_limit(connection, row, add_to_limit(limit, self._database.offset()))

    def finish(self, fingerprint: str, grant: Grant, *, client: bool = False) -> bool:
        """Store the tokens from a refresh, and delete its intent.

        With ``client``, the application is stored as well: another secret of it worked.

        Return ``False``, with nothing written, if the account was removed or got another grant
        meanwhile. Return ``False`` as well if another account already has these tokens, because
        both were made from the same ones: then this account is marked as broken.
        """
        with self._database.writing() as connection:
            row = self._row_with_token(connection, grant.name, fingerprint)
            if row is None or row["intent"] is None:
                return False
            self._database.lock_fingerprint(connection, fingerprint_of(grant))
            twin = find_duplicate(connection, grant)
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
            row = self._row_with_token(connection, name, fingerprint)
            if row is None:
                return False
            if not keep_intent:
                delete_from(connection, "intents", row)
            write_broken(connection, row, add_to_broken(broken, self._database.offset()))
            return True

    def _write_grant(
        self, connection: SqlConnection, row: SqlRow, grant: Grant, *, client: bool
    ) -> None:
        offset = self._database.offset()
        write_grant(
            connection,
            self._database.vault,
            row,
            stored_grant_moments(grant, offset),
            client=client,
            booted_at=self._boot_moment() + offset,
        )

    def _row_with_token(
        self, connection: SqlConnection, name: str, fingerprint: str
    ) -> SqlRow | None:
        self._database.lock_account(connection, name)
        return find_row_with_token(connection, name, fingerprint)
