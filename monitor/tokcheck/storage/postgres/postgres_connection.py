"""A connection to PostgreSQL that is opened again when it breaks, and never waits for ever."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from threading import RLock
from typing import Any, TypeVar

import psycopg

from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import (
    PostgresError,
    explain_postgres_error,
)
from tokcheck.storage.postgres.postgres_migrations import (
    SCHEMA,
    Migration,
    migrate,
)
from tokcheck.storage.postgres.postgres_session import PostgresRow, PostgresSession
from tokcheck.storage.postgres.server_clock import ServerClock
from tokcheck.storage.postgres.session_setup import advisory_key, connect, prepare

# Of a connection that could not be opened: further callers fail at once for so long.
_PAUSE_SECONDS = 1.0

_Result = TypeVar("_Result")


class PostgresConnection:
    """The connection to one database, which threads share; one of them has a transaction at a time.

    It is opened on first use. ``patience`` is how many seconds to wait for another process's
    transaction. ``parts`` are the migrations of the tables that it needs. ``now`` and
    ``timer`` are the clocks of this computer.

    :raises PostgresError: of every method.
    """

    def __init__(
        self,
        address: DatabaseAddress,
        parts: Mapping[str, Sequence[Migration]],
        *,
        patience: float = 10.0,
        now: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = address.place
        self._address = address
        self._parts = parts
        self._patience = patience
        self._clock = ServerClock(now, timer)
        self._timer = timer
        self.lock = RLock()
        self._session: PostgresSession | None = None
        self._schema = SCHEMA
        self._failure: tuple[float, PostgresError] | None = None
        self._taken: set[str] = set()
        self._is_writing = False
        self._channel: str | None = None
        self._changes = 0

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> "psycopg.Cursor[PostgresRow]":
        """Run a statement; its parameters are written ``?``."""
        assert self._session is not None  # noqa: S101 - a transaction opens it
        return self._session.execute(_with_numbers(sql), parameters or None)

    @property
    def is_in_transaction(self) -> bool:
        """Whether the calling thread, which holds the lock, has begun a write transaction."""
        return self._is_writing

    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because the database was away a moment ago."""
        return self._failure is not None and self._timer() < self._failure[0]

    def close(self) -> None:
        """Close the connection, and with it release every lock."""
        with self.lock:
            self._taken.clear()
            self._drop()

    def offset(self) -> float:
        """Return the server's clock minus this computer's, in seconds; 0 if they agree.

        It is measured at each new connection, when this computer's clock was set, and now and
        then.
        """
        with self.lock, self._explaining():
            self._ready_session()
            return self._clock.offset

    @contextmanager
    def reading(self) -> Iterator["PostgresConnection"]:
        """Run the block in a transaction that reads one snapshot."""
        with self.lock, self._explaining():
            self._begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield self
            finally:
                self._roll_back()

    @contextmanager
    def writing(self) -> Iterator["PostgresConnection"]:
        """Run the block in a write transaction, or in the one that the thread has begun."""
        with self.lock, self._explaining():
            if self.is_in_transaction:
                yield self
                return
            self._begin("BEGIN")
            assert self._session is not None  # noqa: S101 - it has just begun there
            self._is_writing = True
            try:
                # A statement without a result to read is sent without waiting for the one before.
                with self._session.pipeline():
                    yield self
                    self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._is_writing = False

    def read_one(self, sql: str, parameters: Sequence[Any]) -> PostgresRow | None:
        """Return the row of a query that needs no transaction, or ``None``."""
        with self.lock, self._explaining():
            if self._is_writing:
                return self.execute(sql, parameters).fetchone()
            return self._on_session(lambda _: self.execute(sql, parameters).fetchone())

    def lock_until_commit(self, *purposes: str) -> None:
        """Wait for locks, always in one order, which the end of the transaction releases."""
        if keys := sorted(self._key(purpose) for purpose in purposes):
            self.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(?::bigint[]) key", (keys,))

    def take_lock(self, purpose: str) -> bool:
        """Take a lock without waiting; return whether it was free.

        It is released with :meth:`release_lock`, and by the server when this process is gone.
        After a break of the connection it is taken again if it is still free.
        """
        with self.lock, self._explaining():
            if purpose in self._taken:
                return False
            if not self._on_session(lambda session: self._try_lock(session, purpose)):
                return False
            self._taken.add(purpose)
            return True

    def release_lock(self, purpose: str) -> None:
        """Release a lock that :meth:`take_lock` took."""
        with self.lock:
            self._taken.discard(purpose)
            if self._session is not None:
                with suppress(psycopg.Error):  # a connection that is gone has released it
                    self.execute("SELECT pg_advisory_unlock(?)", (self._key(purpose),))

    @contextmanager
    def exclusive(self, purpose: str) -> Iterator[None]:
        """Hold a lock while the block runs; wait for it as long as for a transaction."""
        with self.lock:
            with self._explaining():
                self._begin("BEGIN")
                try:
                    self.execute("SELECT pg_advisory_lock(?)", (self._key(purpose),))
                finally:
                    self._roll_back()
            self._taken.add(purpose)
            try:
                yield
            finally:
                self.release_lock(purpose)

    def announce(self, channel: str) -> None:
        """Notify the listeners of a channel of this transaction, once it is committed."""
        self.execute(f"NOTIFY {self._name(channel)}")

    def count_changes(self, channel: str) -> int:
        """Return a number that grows when another connection announces a change."""
        with self.lock, self._explaining():
            if self._channel is None:
                self._on_session(lambda session: self._listen(session, channel))
                self._channel = channel
            # Notifications that have arrived come with the response.
            self._on_session(lambda session: session.execute("SELECT 1"))
            return self._changes

    def _name(self, channel: str) -> str:
        return f'"{self._schema}_{channel}"'

    def _listen(self, session: PostgresSession, channel: str) -> None:
        session.add_notify_handler(self._count)
        session.execute(f"LISTEN {self._name(channel)}")
        self._changes += 1  # what was announced before is unknown

    def _count(self, notice: psycopg.Notify) -> None:
        if self._session is None or notice.pid != self._session.info.backend_pid:
            self._changes += 1

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if self._session is not None and (
                self._session.broken or not error.sqlstate or error.sqlstate.startswith("57P")
            ):
                self._drop()
            raise explain_postgres_error(error, self.place) from None

    def _begin(self, statement: str) -> None:
        """Begin a transaction; on a new connection if the old one broke meanwhile."""
        self._on_session(lambda _: self.execute(statement))

    def _on_session(self, work: Callable[[PostgresSession], _Result]) -> _Result:
        """Return the result of a call that may be made twice: the old connection may be broken."""
        try:
            return work(self._ready_session())
        except psycopg.OperationalError:
            self._drop()
            return work(self._ready_session())

    def _roll_back(self) -> None:
        if self._session is None:
            return
        if self._session.broken or self._session.closed:
            self._drop()
        elif self._session.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS:
            with suppress(psycopg.Error):
                self.execute("ROLLBACK")
        elif self._session.info.transaction_status is psycopg.pq.TransactionStatus.INERROR:
            with suppress(psycopg.Error):
                # It forgets which statements are prepared: the server has skipped those behind the
                # one that failed.
                self._session.rollback()
        elif self._session.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
            self._drop()  # the response to a statement never came

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(psycopg.Error):
                session.close()

    def _ready_session(self) -> PostgresSession:
        if self._session is not None and (self._session.broken or self._session.closed):
            self._drop()
        if self._session is None:
            self._session = self._connect()
        elif not self.is_in_transaction and self._clock.is_due():
            self._clock.measure(self._session)
        return self._session

    def _connect(self) -> PostgresSession:
        if self._failure is not None and self.is_failing_fast():
            failure = self._failure[1]
            raise PostgresError(failure.message, failure.hint, is_away=failure.is_away)
        try:
            session = connect(self._address)
        except PostgresError as error:
            self._failure = self._timer() + _PAUSE_SECONDS, error
            raise
        self._failure = None
        try:
            self._prepare(session)
        except BaseException:
            session.close()
            raise
        return session

    def _prepare(self, session: PostgresSession) -> None:
        """Set what this connection needs, check it, and bring the tables up to date."""
        self._schema = prepare(session, self._patience, self.place)
        migrate(session, self._parts, self._schema, self._key("migrations"), self.place)
        self._clock.measure(session)
        for purpose in self._taken:
            self._try_lock(session, purpose)
        if self._channel is not None:
            self._listen(session, self._channel)

    def _try_lock(self, session: PostgresSession, purpose: str) -> bool:
        row = session.execute("SELECT pg_try_advisory_lock($1)", (self._key(purpose),)).fetchone()
        return row is not None and bool(row[0])

    def _key(self, purpose: str) -> int:
        return advisory_key(self._schema, purpose)


_PARAMETER = re.compile(r"\?")


@cache
def _with_numbers(sql: str) -> str:
    """Return a statement with PostgreSQL's parameters, ``$1`` and so on."""
    first, *others = _PARAMETER.split(sql)
    return first + "".join(f"${number}{text}" for number, text in enumerate(others, 1))
