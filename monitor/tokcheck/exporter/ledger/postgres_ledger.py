"""The ledger on PostgreSQL: one budget for a user and application, whichever machine probes.

All moments are by the server's clock, which no machine sets for itself, so there are no ticks.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tokcheck.exporter.ledger.ledger_errors import LedgerError, idle_hint
from tokcheck.exporter.ledger.ledger_keys import split_keys
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.exporter.ledger.tables.recent_rows import GroupRows
from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_connection import PostgresConnection
from tokcheck.storage.postgres.tables.ledger_tables import LEDGER_MIGRATIONS
from tokcheck.storage.sql_connection import SqlConnection

_PATIENCE_SECONDS = 3.0


class GroupError(Exception):
    """A group of uses failed, and nothing of it is recorded; each may succeed by itself.

    It is no :class:`LedgerError`, which would be logged.
    """


class PostgresLedger(RequestLedger):
    """The ledger in a database; every method may raise :class:`LedgerError`.

    ``connect`` makes the connection.
    """

    is_on_server = True

    def __init__(
        self,
        address: DatabaseAddress,
        *,
        patience: float = _PATIENCE_SECONDS,
        connect: Callable[..., PostgresConnection] = PostgresConnection,
    ) -> None:
        super().__init__()
        self._connection = connect(address, {"ledger": LEDGER_MIGRATIONS}, patience=patience)
        self._group: _Group | None = None  # of the thread that has the connection's lock

    @property
    def path(self) -> str:
        """The database in words."""
        return f"in the {self._connection.place}"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ping(self) -> None:
        """Find out whether the database answers."""
        with self._transaction():
            pass

    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because one has failed a moment ago."""
        return self._connection.is_failing_fast()

    @contextmanager
    def group(self, keys: Iterable[str]) -> Iterator[None]:
        """Run the uses in the block in one transaction.

        :raises GroupError: if one of them fails, or has a key that the group lacks, or if the
            transaction cannot be committed.
        """
        names = frozenset(keys)
        try:
            with self._connection.writing() as connection:
                self._lock_rows(names)
                self._known = GroupRows(connection, *split_keys(names))
                self._group = _Group(names)
                try:
                    yield
                    self._group.check()
                finally:
                    self._group = self._known = None
        except PostgresError as error:
            raise GroupError from error

    @contextmanager
    def _transaction(self, *keys: str) -> Iterator[SqlConnection]:
        with self._connection.lock:
            if self._group is None:
                with self._explaining(), self._connection.writing() as connection:
                    self._lock_rows(keys)
                    yield connection
            else:
                with self._group.use(keys), self._connection.writing() as connection:
                    yield connection

    def _lock_rows(self, keys: Iterable[str]) -> None:
        self._connection.lock_until_commit(*(f"subject\0{key}" for key in keys))

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except PostgresError as error:
            self.errors += 1
            raise LedgerError(
                self.path, error.message, idle_hint(error.hint), is_away=error.is_away
            ) from None

    def _read_ticks(self) -> None:
        """Return nothing: machines have no clock in common but the server's."""

    def _offset(self) -> float:
        return self._connection.offset()


class _Group:
    """The uses of one transaction, of which each may change the rows of some ``keys``."""

    def __init__(self, keys: frozenset[str]) -> None:
        self._keys = keys
        self._has_failed = False

    @contextmanager
    def use(self, keys: Iterable[str]) -> Iterator[None]:
        """Run a use; after one that failed, the server would roll back what follows."""
        self.check()
        self._has_failed = True
        if not self._keys.issuperset(keys):
            raise GroupError
        try:
            yield
        except PostgresError as error:
            raise GroupError from error
        self._has_failed = False

    def check(self) -> None:
        """Raise an error if a use has failed."""
        if self._has_failed:
            raise GroupError
