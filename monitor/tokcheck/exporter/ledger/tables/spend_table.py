"""The table of spends as one transaction sees it, in either database."""

from collections.abc import Sequence
from secrets import randbits
from typing import NamedTuple

from tokcheck.core.expiry import is_in_future
from tokcheck.exporter.scheduling.budget import CountedWindow, RecentSpend
from tokcheck.storage.sql_connection import SqlConnection

# The requests of an unsettled spend were sent at an unknown moment after it was recorded.
_UNSETTLED_SECONDS = 60.0
_SHORTEST_KEPT_SECONDS = 7_200.0  # another account of the subject may count by a longer window
_LONGEST_KEPT_SECONDS = 32 * 86_400.0  # longer than any window
_PURGE_ROWS = 16  # old rows of one subject are deleted when there are so many
_LOST_UNDATED = 1e300
_KEY_BITS = 63
_REPLACE_PAUSE = """
    INSERT INTO pause (subject, server, at, ticks, seconds) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (subject, server) DO UPDATE SET
        at = excluded.at, ticks = excluded.ticks, seconds = excluded.seconds
"""
# Not by one of an account that has seen no later response; a moment of the future is none.
_REPLACE_LIMIT = """
    INSERT INTO reported_limit (subject, server, time_window, at, requests) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (subject, server, time_window) DO UPDATE SET
        at = excluded.at, requests = excluded.requests
    WHERE excluded.at >= reported_limit.at OR reported_limit.at > ?
"""


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


class RequestedPause(NamedTuple):
    """A pause that a response requests of everyone who sends a subject's requests."""

    server: str
    """Which server requests it, as :func:`~tokcheck.exporter.state.probe_origin` hashes it."""
    seconds: float


class ReportedLimit(NamedTuple):
    """The limit of a window, as a response of ``at`` reported it."""

    window: str
    at: float
    requests: int


class ReportedLimits(NamedTuple):
    """The limits that a server reported for a subject, whichever account it was."""

    subject: str
    server: str
    """As in a pause."""
    limits: tuple[ReportedLimit, ...] = ()


class SpendTable:
    """The spends as one transaction sees them at ``now``, and at ``ticks`` by a steady clock."""

    def __init__(self, connection: SqlConnection, now: float, ticks: float | None) -> None:
        self._connection = connection
        self.now = now
        self.ticks = ticks

    def recent_spend(
        self, subject: str, window: float, server: str = "", further: Sequence[CountedWindow] = ()
    ) -> RecentSpend:
        """Return the spend of the last ``window`` seconds, and delete old rows.

        With it come that of ``further`` windows, the pause that ``server`` requested, and the
        limits that it reported.
        """
        windows = (CountedWindow(window, subject), *further)
        kept = max(2 * max(each.seconds for each in windows), _SHORTEST_KEPT_SECONDS)
        subjects = dict.fromkeys(each.subject for each in windows)
        rows = {each: self._read_rows(each, kept) for each in subjects}
        frees, *others = (
            tuple(
                sorted(
                    moment
                    for row in rows[each.subject]
                    for moment in [row.freed_at(each.seconds, self.now, self.ticks)] * row.requests
                    if moment > self.now
                )
            )
            for each in windows
        )
        return RecentSpend(
            frees,
            self._closed_until(window),
            self._paused_until(subject, server),
            tuple(others),
            tuple(limit for each in subjects for limit in self._read_limits(each, server)),
        )

    def _read_rows(self, subject: str, kept: float) -> Sequence[SpendRow]:
        """Return the spends of a subject; those older than ``kept`` seconds may be deleted."""
        query = "SELECT id, at, ticks, requests, settled FROM spend WHERE subject = ?"
        rows = [
            self._move_out_of_future(SpendRow(*row))
            for row in self._connection.execute(query, (subject,))
        ]
        old = [(row.id,) for row in rows if row.freed_at(kept, self.now, self.ticks) <= self.now]
        if len(old) >= _PURGE_ROWS:
            for key in old:
                self._connection.execute("DELETE FROM spend WHERE id = ?", key)
        return rows

    def pause(self, subject: str, pause: RequestedPause) -> None:
        """Record a pause in place of the subject's previous one, unless that ends later."""
        until = self._paused_until(subject, pause.server)
        if until is None or until < self.now + pause.seconds:
            self._connection.execute(
                _REPLACE_PAUSE,
                (subject, pause.server, self.now, self.ticks, pause.seconds),
            )

    def put_limits(self, reported: ReportedLimits) -> None:
        """Record limits in place of those that earlier responses reported."""
        for limit in reported.limits:
            self._connection.execute(
                _REPLACE_LIMIT,
                (
                    reported.subject,
                    reported.server,
                    limit.window,
                    limit.at,
                    limit.requests,
                    self.now,
                ),
            )

    def _read_limits(self, subject: str, server: str) -> tuple[tuple[str, int], ...]:
        query = (
            "SELECT time_window, requests FROM reported_limit "
            "WHERE subject = ? AND server = ? ORDER BY time_window"
        )
        rows = self._connection.execute(query, (subject, server)).fetchall()
        return tuple((window, requests) for window, requests in rows)

    def _paused_until(self, subject: str, server: str) -> float | None:
        """Return the end of a pause that lasts, by whichever clock is later."""
        where = (subject, server)
        row = self._connection.execute(
            "SELECT at, ticks, seconds FROM pause WHERE subject = ? AND server = ?", where
        ).fetchone()
        if row is None:
            return None
        at, ticks, seconds = row
        if is_in_future(at, self.now):  # the clock was set back
            is_known = None not in {ticks, self.ticks} and ticks <= self.ticks
            at = self.now - (self.ticks - ticks if is_known else 0.0)
            self._connection.execute(
                "UPDATE pause SET at = ? WHERE subject = ? AND server = ?", (at, *where)
            )
        until = SpendRow(0, at, ticks, 0, settled=1).freed_at(seconds, self.now, self.ticks)
        if until > self.now:
            return until
        self._connection.execute("DELETE FROM pause WHERE subject = ? AND server = ?", where)
        return None

    def insert(self, subject: str, requests: int) -> int:
        """Insert a spend and return its key, which is unique across files."""
        key = randbits(_KEY_BITS)
        self._connection.execute(
            "INSERT INTO spend (id, subject, at, ticks, requests) VALUES (?, ?, ?, ?, ?)",
            (key, subject, self.now, self.ticks, requests),
        )
        return key

    def purge(self) -> None:
        """Delete the spends that are too old, by either clock, for any window."""
        since = None if self.ticks is None else self.ticks - _LONGEST_KEPT_SECONDS
        self._connection.execute(
            "DELETE FROM spend WHERE at < ? AND NOT coalesce(ticks > ? AND ticks <= ?, 1 = 0)",
            (self.now - _LONGEST_KEPT_SECONDS, since, self.ticks),
        )
        oldest = self.now - _LONGEST_KEPT_SECONDS
        self._connection.execute("DELETE FROM reported_limit WHERE at < ?", (oldest,))

    def _move_out_of_future(self, row: SpendRow) -> SpendRow:
        """Move a spend out of the future, where it lies after the clock was set back."""
        if not is_in_future(row.at, self.now):
            return row
        at = self.now
        if self.ticks is not None and row.ticks is not None and row.ticks <= self.ticks:
            at -= self.ticks - row.ticks
        self._connection.execute("UPDATE spend SET at = ? WHERE id = ?", (at, row.id))
        return row._replace(at=at)

    def _closed_until(self, window: float) -> float | None:
        """Return until when a window counts as spent because an earlier file was lost."""
        query = "SELECT max(coalesce(at, ?)) FROM lost"
        since = self._connection.execute(query, (_LOST_UNDATED,)).fetchone()[0]
        if since is None:
            return None
        if is_in_future(since, self.now):
            since = self.now
            self._connection.execute("UPDATE lost SET at = ?", (since,))
        until: float = since + window
        return until if until > self.now else None
