"""The logic of the ledger: the spend of probes and the state of accounts, in either database.

The worst case of a probe is written before it is sent, so a process that is killed in between has
spent all of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

from tokcheck.exporter.ledger.observation_table import ObservationTable, StoredTraffic
from tokcheck.exporter.ledger.spend_table import RequestedPause, SpendTable
from tokcheck.exporter.ledger.stored_state import dump_state, load_state
from tokcheck.exporter.scheduling.budget import RecentSpend, WindowBudget
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.clock_jump import shift_moments
from tokcheck.providers.observed.traffic import Traffic
from tokcheck.storage.sql_connection import SqlConnection

_PURGE_EVERY = 1_000
_OBSERVATIONS = "\x01observations"  # no subject: those are hashes
_REPLACE_STANDING = """
    INSERT INTO standing (name, version, body) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body
"""

# Without the ticks, which are of a machine's own clock.
_TABLES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "spend": ("id", "subject", "at", "requests", "settled"),
        "standing": ("name", "version", "body"),
        "pause": ("subject", "server", "at", "seconds"),
        "lost": ("at",),
        "observation": (
            *("account", "serial", "stored_at", "provider", "latest", "classes", "minutes"),
        ),
    }
)


class Ticket(NamedTuple):
    """A recorded spend, which permits at most ``cost`` requests."""

    id: int
    subject: str
    cost: int


class RequestLedger(ABC):
    """The recorded requests and states; a context manager. Every method may raise a LedgerError."""

    is_on_server = False
    """Whether it is on a server, which may be away."""

    def __init__(self) -> None:
        self.errors = 0
        """How many uses failed."""
        self._take_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Close the database."""

    @property
    @abstractmethod
    def path(self) -> Path | str:
        """The file, or the database in words."""

    def check(self) -> None:  # noqa: B027 - a file is not gone of itself
        """Find out whether the server answers."""

    def observe(self, account: str, traffic: Traffic, now: float) -> None:
        """Add observed traffic of an account's own requests."""
        with self._transaction(_OBSERVATIONS) as connection:  # the serials are in order
            table = ObservationTable(connection, now)
            table.add(account, traffic)
            table.purge()

    def observations(self, since: int, now: float) -> Sequence[StoredTraffic]:
        """Return the observations of the accounts that changed after the serial ``since``."""
        with self._transaction() as connection:
            return ObservationTable(connection, now).since(since)

    def read_rows(self) -> Mapping[str, Sequence[Sequence[Any]]]:
        """Return the rows of each table, in the time of this computer, for another ledger."""
        with self._transaction() as connection:
            offset = self._offset()
            return {
                table: [
                    _shift_row(columns, row, -offset)
                    for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - names of ours
                ]
                for table, columns in _TABLES.items()
            }

    def adopt_rows(self, tables: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        """Store the rows of another ledger that are not here yet."""
        with self._transaction() as connection:
            offset = self._offset()
            for table, rows in tables.items():
                columns = _TABLES[table]
                places = ", ".join("?" * len(columns))
                insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - the same
                for row in rows:
                    shifted = _shift_row(columns, row, offset)
                    connection.execute(f"{insert} ON CONFLICT DO NOTHING", shifted)

    @abstractmethod
    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because one has failed a moment ago."""

    @abstractmethod
    def _transaction(self, subject: str | None = None) -> AbstractContextManager[SqlConnection]:
        """Run the block in one write transaction, alone with the spends of a subject."""

    @abstractmethod
    def _read_ticks(self) -> float | None:
        """Return the seconds of a steady clock, if there is one for all processes."""

    def _offset(self) -> float:
        """Return the ledger's clock minus this computer's, in seconds."""
        return 0.0

    def _table(self, connection: SqlConnection, now: float) -> SpendTable:
        return SpendTable(connection, now + self._offset(), self._read_ticks())

    def take(
        self,
        subject: str,
        cost: int,
        budget: int,
        window: float,
        now: float,
        further: Sequence[WindowBudget] = (),
    ) -> Ticket | None:
        """Record a spend of ``cost`` requests.

        Return ``None`` and record nothing if more than ``budget`` requests would then lie within
        the last ``window`` seconds, or more than its budget in one of the ``further`` windows.
        """
        with self._transaction(subject) as connection:
            table = self._table(connection, now)
            self._take_count += 1
            if self._take_count % _PURGE_EVERY == 1:
                table.purge()
            lengths = [each.seconds for each in further]
            spent = table.recent_spend(subject, window, further=lengths)
            room = spent.further_room([each.requests - cost for each in further], table.now)
            if cost > budget or spent.next_room(budget - cost, room) > table.now:
                return None
            return Ticket(table.insert(subject, cost), subject, cost)

    def settle(
        self,
        ticket: Ticket,
        used: int,
        *,
        now: float | None = None,
        subject: str | None = None,
        pause: RequestedPause | None = None,
    ) -> None:
        """Replace the worst case by the ``used`` requests that were sent.

        ``now`` is when the last request ended; it guarantees that no period of a window's length
        holds more than the budget. ``subject`` is the one that the response revealed, if any, and
        ``pause`` the pause that it requests.
        """
        with self._transaction() as connection:
            if used <= 0:
                connection.execute("DELETE FROM spend WHERE id = ?", (ticket.id,))
                return
            connection.execute(
                "UPDATE spend SET requests = ?, subject = ?, settled = 1 WHERE id = ?",
                (used, subject or ticket.subject, ticket.id),
            )
            if now is not None:
                table = self._table(connection, now)
                connection.execute(
                    "UPDATE spend SET at = ?, ticks = ? WHERE id = ?",
                    (table.now, table.ticks, ticket.id),
                )
                if pause is not None:
                    table.pause(subject or ticket.subject, pause)

    def recent_spend(
        self,
        subject: str,
        window: float,
        now: float,
        server: str = "",
        further: Sequence[float] = (),
    ) -> RecentSpend:
        """Return the spend of the last ``window`` seconds, and the pause of ``server``.

        ``further`` are the lengths of other windows of which the spend is returned as well.
        """
        with self._transaction() as connection:
            spent = self._table(connection, now).recent_spend(subject, window, server, further)
            return _spend_here(spent, self._offset())

    def remember(self, state: AccountState) -> None:
        """Store the state of an account in place of the previous one."""
        with self._transaction() as connection:
            body = dump_state(shift_moments(state, self._offset()))
            connection.execute(_REPLACE_STANDING, (state.name, state.version, body))

    def recall(self, name: str, version: str | None) -> AccountState | None:
        """Return the stored state of an account with this version of its text; ``None`` for any.

        A state that this version of tokcheck cannot read counts as missing.
        """
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT body FROM standing WHERE name = ? AND version = coalesce(?, version)",
                (name, version),
            ).fetchone()
            offset = self._offset()
        state = None if row is None else load_state(row[0])
        return None if state is None else shift_moments(state, -offset)

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM standing WHERE name = ?", (name,))


def _shift_row(columns: Sequence[str], row: Sequence[Any], offset: float) -> tuple[Any, ...]:
    """Return a row with its moments moved."""
    values = dict(zip(columns, row, strict=True))
    if offset and values.get("at") is not None:
        values["at"] += offset
    if offset and "body" in values:
        state = load_state(values["body"])
        if state is not None:
            values["body"] = dump_state(shift_moments(state, offset))
    return tuple(values.values())


def _spend_here(spent: RecentSpend, offset: float) -> RecentSpend:
    """Return a spend in the time of this computer."""
    if not offset:
        return spent
    closed, paused = spent.closed_until, spent.paused_until
    return RecentSpend(
        tuple(moment - offset for moment in spent.freed_at),
        None if closed is None else closed - offset,
        None if paused is None else paused - offset,
        tuple(tuple(moment - offset for moment in window) for window in spent.further),
    )
