"""The rows of the ledger that say what was spent: when each ceases to count, and when it goes."""

import sqlite3
from typing import NamedTuple

from tokcheck.exporter.budget import Spent

# What was never settled was sent at an unknown moment after it was written down.
_UNSETTLED_SECONDS = 60.0
# A spend that lies further ahead than this shows that the clock was set back.
_SKEW_SECONDS = 60.0
_LEAST_KEPT_SECONDS = 7_200.0  # another account of the subject may count by a longer window
_MOST_KEPT_SECONDS = 8 * 86_400.0  # of accounts that nobody asks about any more
_AT_ONCE = 16  # old rows of one subject are deleted when there are so many
_LOST_UNDATED = 1e300


class Row(NamedTuple):
    """One spend; ``at`` is in Unix seconds, ``ticks`` the same moment by the steady clock."""

    id: int
    at: float
    ticks: float | None
    requests: int
    settled: int

    def frees(self, stretch: float, now: float, ticks: float | None) -> float:
        """Return when it has lain back a stretch of seconds, by whichever clock is later."""
        if not self.settled:
            stretch += _UNSETTLED_SECONDS
        frees = self.at + stretch
        if ticks is not None and self.ticks is not None and self.ticks <= ticks:
            frees = max(frees, now + self.ticks + stretch - ticks)
        return frees


class Spends:
    """The spends as one transaction sees them at ``now``, and at ``ticks`` by a steady clock."""

    def __init__(self, connection: sqlite3.Connection, now: float, ticks: float | None) -> None:
        self._connection = connection
        self._now = now
        self._ticks = ticks

    def of(self, subject: str, window: float) -> Spent:
        """Return what lies within the last ``window`` seconds; what is long past is deleted."""
        now, ticks = self._now, self._ticks
        query = "SELECT id, at, ticks, requests, settled FROM spend WHERE subject = ?"
        rows = [self._in_past(Row(*row)) for row in self._connection.execute(query, (subject,))]
        kept = max(2 * window, _LEAST_KEPT_SECONDS)
        old = [(row.id,) for row in rows if row.frees(kept, now, ticks) <= now]
        if len(old) >= _AT_ONCE:
            self._connection.executemany("DELETE FROM spend WHERE id = ?", old)
        frees = sorted(
            moment
            for row in rows
            for moment in [row.frees(window, now, ticks)] * row.requests
            if moment > now
        )
        return Spent(tuple(frees), self._closed_until(window))

    def write(self, subject: str, requests: int) -> int:
        """Write a spend down and return its key, which is like no other's in any file."""
        (key,) = self._connection.execute("SELECT random()").fetchone()
        self._connection.execute(
            "INSERT INTO spend (id, subject, at, ticks, requests) VALUES (?, ?, ?, ?, ?)",
            (key, subject, self._now, self._ticks, requests),
        )
        return int(key)

    def purge(self) -> None:
        """Delete what lies back so far, by either clock, that no window reaches it."""
        since = None if self._ticks is None else self._ticks - _MOST_KEPT_SECONDS
        self._connection.execute(
            "DELETE FROM spend WHERE at < ? AND NOT coalesce(ticks > ? AND ticks <= ?, 0)",
            (self._now - _MOST_KEPT_SECONDS, since, self._ticks),
        )

    def _in_past(self, row: Row) -> Row:
        """Bring a spend from the future back: the clock was set back, and nobody waits for it."""
        if row.at <= self._now + _SKEW_SECONDS:
            return row
        at = self._now
        if self._ticks is not None and row.ticks is not None and row.ticks <= self._ticks:
            at -= self._ticks - row.ticks
        self._connection.execute("UPDATE spend SET at = ? WHERE id = ?", (at, row.id))
        return row._replace(at=at)

    def _closed_until(self, window: float) -> float | None:
        """Take a window's budget for spent where an earlier file was lost."""
        query = "SELECT max(coalesce(at, ?)) FROM lost"
        since = self._connection.execute(query, (_LOST_UNDATED,)).fetchone()[0]
        if since is None:
            return None
        if since > self._now + _SKEW_SECONDS:
            since = self._now
            self._connection.execute("UPDATE lost SET at = ?", (since,))
        until: float = since + window
        return until if until > self._now else None
