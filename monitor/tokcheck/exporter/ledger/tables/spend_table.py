"""The table of spends as one transaction sees it, in either database."""

from collections.abc import Iterable, Sequence
from secrets import randbits
from typing import Any, NamedTuple

from tokcheck.core.expiry import is_in_future
from tokcheck.exporter.ledger.tables.recent_rows import GroupRows, SpendRow, read_recent_rows
from tokcheck.exporter.scheduling.budget import CountedWindow, RecentSpend
from tokcheck.storage.sql_connection import SqlConnection

_SHORTEST_KEPT_SECONDS = 7_200.0  # another account of the subject may count by a longer window
_LONGEST_KEPT_SECONDS = 32 * 86_400.0  # longer than any window
_PURGE_ROWS = 16  # old rows of one subject are deleted when there are so many
_KEY_BITS = 63
_SELECT_PAUSE = "SELECT at, ticks, seconds FROM pause WHERE subject = ? AND server = ?"
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
    """The spends as one transaction sees them at ``now``, and at ``ticks`` by a steady clock.

    ``known`` are the rows of a group, which need not be read.
    """

    def __init__(
        self,
        connection: SqlConnection,
        now: float,
        ticks: float | None,
        known: GroupRows | None = None,
    ) -> None:
        self._connection = connection
        self._known = known
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
        subjects = tuple(dict.fromkeys(each.subject for each in windows))
        found = None if self._known is None else self._known.find(subjects, server)
        found = found or read_recent_rows(self._connection, subjects, server)
        rows = {each: self._current_rows(each, found.spends[each], kept) for each in subjects}
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
            self._closed_until(found.lost_since, window),
            self._paused_until(found.pause, subject, server),
            tuple(others),
            tuple(limit for each in subjects for limit in sorted(found.limits[each])),
        )

    def _write(self, subject: str, sql: str, parameters: Sequence[object]) -> None:
        """Change rows of a subject."""
        if self._known is not None:
            self._known.forget_subject(subject)
        self._connection.execute(sql, parameters)

    def _current_rows(
        self, subject: str, stored: Iterable[SpendRow], kept: float
    ) -> Sequence[SpendRow]:
        """Return the spends of a subject; those older than ``kept`` seconds may be deleted."""
        rows = [self._move_out_of_future(subject, row) for row in stored]
        old = [(row.id,) for row in rows if row.freed_at(kept, self.now, self.ticks) <= self.now]
        if len(old) >= _PURGE_ROWS:
            for key in old:
                self._write(subject, "DELETE FROM spend WHERE id = ?", key)
        return rows

    def pause(self, subject: str, pause: RequestedPause) -> None:
        """Record a pause in place of the subject's previous one, unless that ends later."""
        row = self._connection.execute(_SELECT_PAUSE, (subject, pause.server)).fetchone()
        until = self._paused_until(row, subject, pause.server)
        if until is None or until < self.now + pause.seconds:
            self._write(
                subject,
                _REPLACE_PAUSE,
                (subject, pause.server, self.now, self.ticks, pause.seconds),
            )

    def put_limits(self, reported: ReportedLimits) -> None:
        """Record limits in place of those that earlier responses reported."""
        subject, server = reported.subject, reported.server
        for window, at, requests in reported.limits:
            self._connection.execute(
                _REPLACE_LIMIT, (subject, server, window, at, requests, self.now)
            )
            if self._known is not None:
                self._known.put_limit(subject, server, window, (at, requests), self.now)

    def _paused_until(self, row: Iterable[Any] | None, subject: str, server: str) -> float | None:
        """Return the end of a pause that lasts, by whichever clock is later."""
        where = (subject, server)
        if row is None:
            return None
        at, ticks, seconds = row
        if is_in_future(at, self.now):  # the clock was set back
            is_known = None not in {ticks, self.ticks} and ticks <= self.ticks
            at = self.now - (self.ticks - ticks if is_known else 0.0)
            self._write(
                subject, "UPDATE pause SET at = ? WHERE subject = ? AND server = ?", (at, *where)
            )
        until = SpendRow(0, at, ticks, 0, settled=1).freed_at(seconds, self.now, self.ticks)
        if until > self.now:
            return until
        self._write(subject, "DELETE FROM pause WHERE subject = ? AND server = ?", where)
        return None

    def insert(self, subject: str, requests: int) -> int:
        """Insert a spend and return its key, which is unique across files."""
        key = randbits(_KEY_BITS)
        self._connection.execute(
            "INSERT INTO spend (id, subject, at, ticks, requests) VALUES (?, ?, ?, ?, ?)",
            (key, subject, self.now, self.ticks, requests),
        )
        if self._known is not None:
            row = SpendRow(key, self.now, self.ticks, requests, settled=0)
            self._known.add_spend(subject, row)
        return key

    def settle(self, key: int, old: str, new: str, requests: int, *, has_ended: bool) -> None:
        """Replace the worst case of a spend of ``old`` by the requests of ``new`` that were sent.

        If the last of them ``has_ended`` now, the spend is moved to this moment.
        """
        moved, values = ", at = ?, ticks = ?" if has_ended else "", (self.now, self.ticks)
        self._connection.execute(
            f"UPDATE spend SET requests = ?, subject = ?, settled = 1{moved} WHERE id = ?",  # noqa: S608 - of constants
            (requests, new, *(values if has_ended else ()), key),
        )
        if self._known is None:
            return
        row = self._known.pop_spend(old, key)
        if row is None:  # of an earlier name of the user
            self._known.forget_subject(new)
            return
        row = row._replace(requests=requests, settled=1)
        if has_ended:
            row = row._replace(at=self.now, ticks=self.ticks)
        self._known.add_spend(new, row)

    def delete(self, key: int, subject: str) -> None:
        """Delete a spend without which nothing was sent."""
        self._connection.execute("DELETE FROM spend WHERE id = ?", (key,))
        if self._known is not None:
            self._known.pop_spend(subject, key)

    def purge(self) -> None:
        """Delete the spends that are too old, by either clock, for any window."""
        if self._known is not None:
            self._known.forget_all_subjects()
        since = None if self.ticks is None else self.ticks - _LONGEST_KEPT_SECONDS
        self._connection.execute(
            "DELETE FROM spend WHERE at < ? AND NOT coalesce(ticks > ? AND ticks <= ?, 1 = 0)",
            (self.now - _LONGEST_KEPT_SECONDS, since, self.ticks),
        )
        oldest = self.now - _LONGEST_KEPT_SECONDS
        self._connection.execute("DELETE FROM reported_limit WHERE at < ?", (oldest,))

    def _move_out_of_future(self, subject: str, row: SpendRow) -> SpendRow:
        """Move a spend out of the future, where it lies after the clock was set back."""
        if not is_in_future(row.at, self.now):
            return row
        at = self.now
        if self.ticks is not None and row.ticks is not None and row.ticks <= self.ticks:
            at -= self.ticks - row.ticks
        self._write(subject, "UPDATE spend SET at = ? WHERE id = ?", (at, row.id))
        return row._replace(at=at)

    def _closed_until(self, since: float | None, window: float) -> float | None:
        """Return until when a window counts as spent because an earlier file was lost."""
        if since is None:
            return None
        if is_in_future(since, self.now):
            since = self.now
            self._connection.execute("UPDATE lost SET at = ?", (since,))
        until: float = since + window
        return until if until > self.now else None
