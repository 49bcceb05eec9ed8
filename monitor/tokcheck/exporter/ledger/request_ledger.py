"""The logic of the ledger: the spend of probes and the state of accounts, in either database.

The worst case of a probe is written before it is sent, so a process that is killed in between has
spent all of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from tokcheck.exporter.ledger.ledger_keys import account_key
from tokcheck.exporter.ledger.tables.observation_table import ObservationTable, StoredTraffic
from tokcheck.exporter.ledger.tables.row_copy import Rows, insert_rows, read_rows
from tokcheck.exporter.ledger.tables.spend_table import ReportedLimits, RequestedPause, SpendTable
from tokcheck.exporter.ledger.tables.stored_state import dump_state, load_state
from tokcheck.exporter.scheduling.budget import CountedWindow, RecentSpend, WindowBudget
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.clock_jump import shift_moments
from tokcheck.providers.observed.traffic import Traffic
from tokcheck.storage.sql_connection import SqlConnection

if TYPE_CHECKING:
    from tokcheck.exporter.ledger.tables.recent_rows import GroupRows

_PURGE_EVERY = 1_000
_OBSERVATIONS = "\x01observations"  # no subject: those are hashes
_CHECK = "\x01check"
_SELECT_STANDING = "SELECT version, body FROM standing WHERE name = ?"
_REPLACE_STANDING = """
    INSERT INTO standing (name, version, body) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body
"""


class Ticket(NamedTuple):
    """A recorded spend, which permits at most ``cost`` requests."""

    id: int
    subject: str
    cost: int
    user: "Ticket | None" = None
    """The same requests as spent by a user, where ``subject`` is an application."""


class RequestLedger(ABC):
    """The recorded requests and states; a context manager. Every method may raise a LedgerError."""

    is_on_server = False
    """Whether it is on a server, which may be away."""

    def __init__(self) -> None:
        self.errors = 0
        """How many uses failed."""
        self._take_count = 0
        self._known: GroupRows | None = None  # in a group

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

    def ping(self) -> None:  # noqa: B027 - a file is not gone of itself
        """Find out whether the server answers."""

    def check(self) -> None:
        """Find out whether a spend can be written, by one that is deleted again."""
        with self._transaction(_CHECK) as connection:
            table = self._table(connection, 0.0)
            table.delete(table.insert(_CHECK, 0), _CHECK)

    def observe(self, account: str, traffic: Traffic, now: float) -> bool:
        """Add observed traffic of an account's own requests.

        Return whether what it says about rate limits is the latest.
        """
        with self._transaction(_OBSERVATIONS) as connection:  # the serials are in order
            table = ObservationTable(connection, now)
            is_latest = table.add(account, traffic)
            table.purge()
        return is_latest

    def observations(self, since: int, now: float) -> Sequence[StoredTraffic]:
        """Return the observations of the accounts that changed after the serial ``since``."""
        with self._transaction() as connection:
            return ObservationTable(connection, now).since(since)

    def read_rows(self) -> Rows:
        """Return the rows of each table, in the time of this computer, for another ledger."""
        with self._transaction() as connection:
            return read_rows(connection, self._offset())

    def adopt_rows(self, rows: Rows) -> None:
        """Store the rows of another ledger that are not here yet."""
        with self._transaction() as connection:
            insert_rows(connection, rows, self._offset())

    @abstractmethod
    def is_failing_fast(self) -> bool:
        """Return whether every use fails at once, because one has failed a moment ago."""

    def group(self, keys: Iterable[str]) -> AbstractContextManager[None]:
        """Run the uses in the block in one transaction, which is committed at its end.

        ``keys`` are the subjects and accounts that they may change the rows of.
        If it raises an error, nothing of the block is recorded. A file has no groups.
        """
        del keys
        return nullcontext()

    @abstractmethod
    def _transaction(self, *keys: str) -> AbstractContextManager[SqlConnection]:
        """Run the block in one write transaction, alone with the rows of some subjects."""

    @abstractmethod
    def _read_ticks(self) -> float | None:
        """Return the seconds of a steady clock, if there is one for all processes."""

    def _offset(self) -> float:
        """Return the ledger's clock minus this computer's, in seconds."""
        return 0.0

    def _table(self, connection: SqlConnection, now: float) -> SpendTable:
        return SpendTable(connection, now + self._offset(), self._read_ticks(), self._known)

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
        If some of these count the requests of a user, and ``subject`` is an application, both are
        recorded.
        """
        counted = [CountedWindow(each.seconds, each.subject or subject) for each in further]
        users = {each.subject for each in counted} - {subject}
        with self._transaction(subject, *users) as connection:
            table = self._table(connection, now)
            self._take_count += 1
            if self._take_count % _PURGE_EVERY == 1:
                table.purge()
            spent = table.recent_spend(subject, window, further=counted)
            room = spent.further_room([each.requests - cost for each in further], table.now)
            if cost > budget or spent.next_room(budget - cost, room) > table.now:
                return None
            user = next((Ticket(table.insert(each, cost), each, cost) for each in users), None)
            return Ticket(table.insert(subject, cost), subject, cost, user)

    def settle(
        self,
        ticket: Ticket,
        used: int,
        *,
        now: float | None = None,
        subject: str | None = None,
        user: str | None = None,
        pause: RequestedPause | None = None,
        limits: Sequence[ReportedLimits] = (),
    ) -> None:
        """Replace the worst case by the ``used`` requests that were sent.

        ``now`` is when the last request ended; it guarantees that no period of a window's length
        holds more than the budget. ``subject`` is the one that the response revealed, if any, and
        ``user`` that of the ticket's user, ``pause`` the pause that it requests, and ``limits``
        those that it reports.
        """
        subject = subject or ticket.subject
        spends = [(ticket.id, ticket.subject, subject)]
        if ticket.user is not None:
            former = ticket.user.subject
            spends.append((ticket.user.id, former, user or former))
        with self._transaction(*{subject, *(each.subject for each in limits)}) as connection:
            table = self._table(connection, now or 0.0)
            for key, former, spender in spends:
                if used <= 0:
                    table.delete(key, former)
                else:
                    table.settle(key, former, spender, used, has_ended=now is not None)
            if used <= 0 or now is None:
                return
            if pause is not None:
                table.pause(subject, pause)
            for each in limits:
                table.put_limits(self._shift_limits(each))

    def pause(self, subject: str, pause: RequestedPause, now: float) -> None:
        """Record a pause from ``now`` on, unless the subject has one that ends later."""
        with self._transaction(subject) as connection:
            self._table(connection, now).pause(subject, pause)

    def recent_spend(
        self,
        subject: str,
        window: float,
        now: float,
        server: str = "",
        further: Sequence[CountedWindow] = (),
    ) -> RecentSpend:
        """Return the spend of the last ``window`` seconds, and the pause of ``server``.

        That of the ``further`` windows is returned as well.
        """
        subjects = {subject, *(each.subject for each in further)}
        with self._transaction(*subjects) as connection:  # old rows may be deleted
            spent = self._table(connection, now).recent_spend(subject, window, server, further)
            return _spend_here(spent, self._offset())

    def remember(
        self, state: AccountState, limits: Sequence[ReportedLimits] = (), now: float = 0.0
    ) -> None:
        """Store the state of an account in place of the previous one.

        ``limits`` are those that responses reported until ``now``.
        """
        keys = {account_key(state.name), *(each.subject for each in limits)}
        with self._transaction(*keys) as connection:
            body = dump_state(shift_moments(state, self._offset()))
            self._forget_state(state.name)
            connection.execute(_REPLACE_STANDING, (state.name, state.version, body))
            table = self._table(connection, now)
            for each in limits:
                table.put_limits(self._shift_limits(each))

    def _shift_limits(self, reported: ReportedLimits) -> ReportedLimits:
        """Return limits with their moments in the ledger's time."""
        offset = self._offset()
        limits = (each._replace(at=each.at + offset) for each in reported.limits)
        return reported._replace(limits=tuple(limits))

    def read_state(self, name: str, version: str | None) -> AccountState | None:
        """Return the stored state of an account with this version of its text; ``None`` for any.

        A state that this version of tokcheck cannot read counts as missing.
        """
        with self._transaction() as connection:
            if self._known is not None and self._known.knows_state(name):
                row = self._known.state(name)
            else:
                row = connection.execute(_SELECT_STANDING, (name,)).fetchone()
            offset = self._offset()
        is_found = row is not None and version in {None, row[0]}
        state = load_state(row[1]) if row is not None and is_found else None
        return None if state is None else shift_moments(state, -offset)

    def _forget_state(self, name: str) -> None:
        if self._known is not None:
            self._known.forget_state(name)

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._transaction(account_key(name)) as connection:
            self._forget_state(name)
            connection.execute("DELETE FROM standing WHERE name = ?", (name,))


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
        spent.limits,
    )
