"""The ledger: a file with the spend of probes and the state of accounts, kept over restarts.

Several processes share the file. The worst case of a probe is written before it is sent, so a
process that is killed in between has spent all of it. Killing a process loses nothing; a power
failure may lose the last moments before it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self

from tokcheck.core.expiry import is_in_future
from tokcheck.exporter.ledger.database import Database, LedgerError, is_damage
from tokcheck.exporter.ledger.stored_state import dump_state, load_state
from tokcheck.exporter.scheduling.budget import RecentSpend
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.storage.errors import StorageError

__all__ = ["Ledger", "LedgerError", "Ticket", "uptime"]

_BUSY_SECONDS = 1.0
_PURGE_EVERY = 1_000
# The requests of an unsettled spend were sent at an unknown moment after it was recorded.
_UNSETTLED_SECONDS = 60.0
_SHORTEST_KEPT_SECONDS = 7_200.0  # another account of the subject may count by a longer window
_LONGEST_KEPT_SECONDS = 8 * 86_400.0  # of accounts that are no longer watched
_PURGE_ROWS = 16  # old rows of one subject are deleted when there are so many
_LOST_UNDATED = 1e300


class SpendRow(NamedTuple):
    """One spend; ``at`` is in Unix seconds, ``ticks`` the same moment by the steady clock."""

    id: int
    at: float
    ticks: float | None
    requests: int
    settled: int

    def freed_at(self, stretch: float, now: float, ticks: float | None) -> float:
        """Return when it is ``stretch`` seconds old, by whichever clock is later."""
        if not self.settled:
            stretch += _UNSETTLED_SECONDS
        frees = self.at + stretch
        if ticks is not None and self.ticks is not None and self.ticks <= ticks:
            frees = max(frees, now + self.ticks + stretch - ticks)
        return frees


class SpendTable:
    """The spends as one transaction sees them at ``now``, and at ``ticks`` by a steady clock."""

    def __init__(self, connection: sqlite3.Connection, now: float, ticks: float | None) -> None:
        self._connection = connection
        self._now = now
        self._ticks = ticks

    def recent_spend(self, subject: str, window: float) -> RecentSpend:
        """Return the spend of the last ``window`` seconds, and delete old rows."""
        now, ticks = self._now, self._ticks
        query = "SELECT id, at, ticks, requests, settled FROM spend WHERE subject = ?"
        rows = [
            self._move_out_of_future(SpendRow(*row))
            for row in self._connection.execute(query, (subject,))
        ]
        kept = max(2 * window, _SHORTEST_KEPT_SECONDS)
        old = [(row.id,) for row in rows if row.freed_at(kept, now, ticks) <= now]
        if len(old) >= _PURGE_ROWS:
            self._connection.executemany("DELETE FROM spend WHERE id = ?", old)
        frees = sorted(
            moment
            for row in rows
            for moment in [row.freed_at(window, now, ticks)] * row.requests
            if moment > now
        )
        return RecentSpend(tuple(frees), self._closed_until(window))

    def insert(self, subject: str, requests: int) -> int:
        """Insert a spend and return its key, which is unique across files."""
        (key,) = self._connection.execute("SELECT random()").fetchone()
        self._connection.execute(
            "INSERT INTO spend (id, subject, at, ticks, requests) VALUES (?, ?, ?, ?, ?)",
            (key, subject, self._now, self._ticks, requests),
        )
        return int(key)

    def purge(self) -> None:
        """Delete the spends that are too old, by either clock, for any window."""
        since = None if self._ticks is None else self._ticks - _LONGEST_KEPT_SECONDS
        self._connection.execute(
            "DELETE FROM spend WHERE at < ? AND NOT coalesce(ticks > ? AND ticks <= ?, 0)",
            (self._now - _LONGEST_KEPT_SECONDS, since, self._ticks),
        )

    def _move_out_of_future(self, row: SpendRow) -> SpendRow:
        """Move a spend out of the future, where it lies after the clock was set back."""
        if not is_in_future(row.at, self._now):
            return row
        at = self._now
        if self._ticks is not None and row.ticks is not None and row.ticks <= self._ticks:
            at -= self._ticks - row.ticks
        self._connection.execute("UPDATE spend SET at = ? WHERE id = ?", (at, row.id))
        return row._replace(at=at)

    def _closed_until(self, window: float) -> float | None:
        """Return until when a window counts as spent because an earlier file was lost."""
        query = "SELECT max(coalesce(at, ?)) FROM lost"
        since = self._connection.execute(query, (_LOST_UNDATED,)).fetchone()[0]
        if since is None:
            return None
        if is_in_future(since, self._now):
            since = self._now
            self._connection.execute("UPDATE lost SET at = ?", (since,))
        until: float = since + window
        return until if until > self._now else None


class Ticket(NamedTuple):
    """A recorded spend, which permits at most ``cost`` requests."""

    id: int
    subject: str
    cost: int


class Ledger:
    """The file at ``path``; every method may raise :class:`LedgerError`.

    ``steady`` returns the seconds of a clock that nobody sets, the same for all processes of this
    machine, such as :func:`uptime`. With it the budget holds even when the machine's clock is set
    forward, which otherwise looks as if the time had passed.
    """

    def __init__(
        self,
        path: Path,
        *,
        steady: Callable[[], float] | None = None,
        busy: float = _BUSY_SECONDS,
    ) -> None:
        self._database = Database(path, busy=busy)
        self._steady = steady
        self._lock = Lock()
        self._take_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._database.close()

    def take(
        self, subject: str, cost: int, budget: int, window: float, now: float
    ) -> Ticket | None:
        """Record a spend of ``cost`` requests.

        Return ``None`` and record nothing if more than ``budget`` requests would then lie within
        the last ``window`` seconds.
        """
        with self._transaction() as connection:
            table = SpendTable(connection, now, self._read_ticks())
            self._take_count += 1
            if self._take_count % _PURGE_EVERY == 1:
                table.purge()
            if (
                cost > budget
                or table.recent_spend(subject, window).next_room(budget - cost, now) > now
            ):
                return None
            return Ticket(table.insert(subject, cost), subject, cost)

    def settle(
        self, ticket: Ticket, used: int, *, now: float | None = None, subject: str | None = None
    ) -> None:
        """Replace the worst case by the ``used`` requests that were sent.

        ``now`` is when the last request ended; it guarantees that no period of a window's length
        holds more than the budget. ``subject`` is the one that the response revealed, if any.
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
                connection.execute(
                    "UPDATE spend SET at = ?, ticks = ? WHERE id = ?",
                    (now, self._read_ticks(), ticket.id),
                )

    def recent_spend(self, subject: str, window: float, now: float) -> RecentSpend:
        """Return the spend of the last ``window`` seconds."""
        with self._transaction() as connection:
            return SpendTable(connection, now, self._read_ticks()).recent_spend(subject, window)

    def remember(self, state: AccountState) -> None:
        """Store the state of an account in place of the previous one."""
        body = dump_state(state)
        with self._transaction() as connection:
            connection.execute(
                "REPLACE INTO standing VALUES (?, ?, ?)", (state.name, state.version, body)
            )

    def recall(self, name: str, version: str) -> AccountState | None:
        """Return the stored state of an account with this version of its text.

        A state that this version of tokcheck cannot read counts as missing.
        """
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT body FROM standing WHERE name = ? AND version = ?", (name, version)
            ).fetchone()
        return None if row is None else load_state(row[0])

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM standing WHERE name = ?", (name,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in one write transaction."""
        with self._lock:
            try:
                connection = self._database.connection()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except StorageError as error:
                raise self._storage_error(error) from error
            except (sqlite3.Error, OSError) as error:
                if is_damage(error):
                    self._database.close()  # the next opening checks it and sets it aside
                raise LedgerError(self._database.path, str(error)) from error

    def _storage_error(self, error: StorageError) -> LedgerError:
        """Return the error of a file or folder that is not private; the folder's is the store's."""
        path = self._database.path
        if error.path == path.parent:
            return LedgerError(path, error.problem, error.hint, subject=str(error.path))
        return LedgerError(path, f"it {error.problem}", error.hint)

    def _read_ticks(self) -> float | None:
        return None if self._steady is None else self._steady()


def uptime() -> float:
    """Return the seconds since the machine was started, those asleep included."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # of Linux; elsewhere sleep may not count
    return time.monotonic() if clock is None else time.clock_gettime(clock)
