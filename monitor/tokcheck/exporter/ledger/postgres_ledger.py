"""The ledger on PostgreSQL: one budget for a user and application, whichever machine probes.

All moments are by the server's clock, which no machine sets for itself, so there are no ticks.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tokcheck.exporter.ledger.database import LedgerError
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_connection import PostgresConnection
from tokcheck.storage.private_database import SqlConnection

LEDGER_MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """
        CREATE TABLE spend (
            id bigint PRIMARY KEY,
            subject text NOT NULL,
            at double precision NOT NULL,
            ticks double precision,
            requests integer NOT NULL,
            settled integer NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX spend_by_subject ON spend (subject)",
        "CREATE TABLE standing (name text PRIMARY KEY, version text NOT NULL, body bytea NOT NULL)",
        "CREATE TABLE lost (at double precision)",
        """
        CREATE TABLE pause (
            subject text NOT NULL,
            server text NOT NULL,
            at double precision NOT NULL,
            ticks double precision,
            seconds double precision NOT NULL,
            PRIMARY KEY (subject, server)
        )
        """,
        """
        CREATE TABLE observation (
            account text PRIMARY KEY,
            serial bigint NOT NULL,
            stored_at double precision NOT NULL,
            provider text NOT NULL,
            latest text,
            classes text NOT NULL,
            minutes text NOT NULL
        )
        """,
        "CREATE INDEX observation_by_serial ON observation (serial)",
    ),
)
_IDLE = "Until then no probe is sent, because its requests could not be counted."
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

    def check(self) -> None:
        """Find out whether the database answers."""
        with self._transaction():
            pass

    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because one has failed a moment ago."""
        return self._connection.is_failing_fast()

    @contextmanager
    def _transaction(self, subject: str | None = None) -> Iterator[SqlConnection]:
        try:
            with self._connection.writing() as connection:
                if subject is not None:
                    self._connection.lock_until_commit(f"subject\0{subject}")
                yield connection
        except PostgresError as error:
            self.errors += 1
            raise LedgerError(
                self.path, error.message, f"{error.hint} {_IDLE}", is_away=error.is_away
            ) from None

    def _read_ticks(self) -> None:
        """Return nothing: machines have no clock in common but the server's."""

    def _offset(self) -> float:
        return self._connection.offset()
