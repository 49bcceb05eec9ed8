"""The ledger on PostgreSQL: one budget for a user and application, whichever machine probes.

All moments are by the server's clock, which no machine sets for itself, so there are no ticks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tokcheck.exporter.ledger.ledger_errors import LedgerError, idle_hint
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_connection import PostgresConnection
from tokcheck.storage.postgres.tables.ledger_tables import LEDGER_MIGRATIONS
from tokcheck.storage.sql_connection import SqlConnection

_PATIENCE_SECONDS = 3.0


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
    def _transaction(self, *subjects: str) -> Iterator[SqlConnection]:
        try:
            with self._connection.writing() as connection:
                for subject in sorted(subjects):  # two that lock the same ones do not deadlock
                    self._connection.lock_until_commit(f"subject\0{subject}")
                yield connection
        except PostgresError as error:
            self.errors += 1
            raise LedgerError(
                self.path, error.message, idle_hint(error.hint), is_away=error.is_away
            ) from None

    def _read_ticks(self) -> None:
        """Return nothing: machines have no clock in common but the server's."""

    def _offset(self) -> float:
        return self._connection.offset()
