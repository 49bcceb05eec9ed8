"""The connection of a store, which its threads share: transactions on the current database file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from tokcheck.accounts.errors import damaged_store_error, explain_errors
from tokcheck.accounts.store.sqlite.replacement import (
    file_identity,
    has_replacement,
    is_current,
    was_emptied,
)
from tokcheck.accounts.store.vaults.vault import MakeVault
from tokcheck.storage.sql_connection import SqlConnection


class SharedConnection:
    """A connection to the database at ``path`` that follows it when a recovery replaces the file.

    One thread at a time has a transaction. ``open_database`` opens the database; ``make_vault``
    makes ``vault``, which keeps the secrets of the file that is open.
    """

    def __init__(
        self, path: Path, open_database: Callable[[], sqlite3.Connection], make_vault: MakeVault
    ) -> None:
        self._path = path
        self._lock = RLock()  # one transaction at a time on the one connection
        self._open = open_database
        self._make_vault = make_vault
        self._replacements = 0
        self._is_open = False
        self._connect()

    def _connect(self) -> None:
        """Open the database, and again if a recovery replaces it at that moment."""
        while True:
            before = self._find_identity()
            self._connection = self._open()
            self._identity = self._find_identity()
            if before in (None, self._identity):
                break
            self._connection.close()
        try:
            with explain_errors(self._path):
                self.vault = self._make_vault(self._connection)
        except BaseException:
            self._connection.close()
            raise
        self._is_open = True

    def _find_identity(self) -> tuple[int, int] | None:
        with explain_errors(self._path):  # the user may not enter the folder
            return file_identity(self._path)

    def _is_current(self) -> bool:
        return is_current(self._path, self._identity)

    def _follow_replacement(self) -> None:
        """Open the database again if a recovery has replaced it.

        :raises StoreError: if its file was emptied, deleted or moved away. The connection stays
            open, since the file may come back. Also if the new one cannot be opened yet, as on
            Windows while another process has the old one open; the next call tries again.
        """
        if self._is_open and self._connection.in_transaction:
            return
        if not has_replacement(self._path) and was_emptied(self._path):
            raise damaged_store_error(self._path)
        if not (self._is_open and self._is_current()):
            self._is_open = False
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connect()
            self._replacements += 1

    def close(self) -> None:
        """Close the database."""
        with self._lock, explain_errors(self._path):
            self._connection.close()

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the database."""
        with self._lock, explain_errors(self._path):
            self._follow_replacement()
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            return int(version) + (self._replacements << 32)

    def offset(self) -> float:
        """Return 0: this computer's clock is the one of its file."""
        return 0.0

    def lock_account(self, connection: SqlConnection, name: str) -> None:
        """Do nothing: a write transaction has the whole file."""

    def lock_all(self, connection: SqlConnection) -> None:
        """Do nothing: a write transaction has the whole file."""

    def lock_fingerprint(self, connection: SqlConnection, fingerprint: str | None) -> None:
        """Do nothing: a write transaction has the whole file."""

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a read transaction: all rows are of one moment."""
        with self._lock, explain_errors(self._path):
            self._follow_replacement()
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a write transaction, or in the one that the thread has begun."""
        with self._lock, explain_errors(self._path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._begin_writing()
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                self.vault.after_rollback()
                raise
            self.vault.after_commit()

    def _begin_writing(self) -> None:
        """Begin a transaction on the store itself, and not on one that was just replaced."""
        while True:
            self._follow_replacement()
            self._connection.execute("BEGIN IMMEDIATE")
            if self._is_current():
                return
            self._connection.execute("ROLLBACK")

    def _roll_back(self) -> None:
        # After some errors, SQLite has rolled back already.
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
