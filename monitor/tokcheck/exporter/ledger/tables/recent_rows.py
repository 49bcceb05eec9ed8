"""The rows that decide on a probe, read for one subject, or for all subjects of a group at once."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tokcheck.storage.sql_connection import SqlConnection

_UNSETTLED_SECONDS = 60.0
_LOST_UNDATED = 1e300
# One statement, which a server answers in one round trip. Its rows are of four kinds.
_SELECT_RECENT = """
    SELECT 'spend' AS kind, subject, '' AS label, id, at, ticks, requests, settled AS seconds
        FROM spend WHERE subject IN ({subjects})
    UNION ALL SELECT 'limit', subject, time_window, 0, at, NULL, requests, 0
        FROM reported_limit WHERE server = ? AND subject IN ({subjects})
    UNION ALL SELECT 'pause', subject, '', 0, at, ticks, 0, seconds
        FROM pause WHERE subject = ? AND server = ?
    UNION ALL SELECT 'loss', '', '', 0, max(coalesce(at, ?)), NULL, 0, 0 FROM lost
"""
_SELECT_LOSS = "SELECT max(coalesce(at, ?)) FROM lost"


class SpendRow(NamedTuple):
    """One spend; ``at`` is in Unix seconds, ``ticks`` the same moment by the steady clock."""

    id: int
    at: float
    ticks: float | None
    requests: int
    settled: int

    def freed_at(self, stretch: float, now: float, ticks: float | None) -> float:
        """Return when it is ``stretch`` seconds old, by whichever clock is later."""
        if not self.settled:  # its requests were sent at an unknown moment after it was recorded
            stretch += _UNSETTLED_SECONDS
        frees = self.at + stretch
        if ticks is not None and self.ticks is not None and self.ticks <= ticks:
            frees = max(frees, now + self.ticks + stretch - ticks)
        return frees


class PauseRow(NamedTuple):
    """A pause that a response requested."""

    at: float
    ticks: float | None
    seconds: float


class RecentRows(NamedTuple):
    """What is stored for some subjects at one server."""

    spends: dict[str, list[SpendRow]]
    limits: dict[str, list[tuple[str, int]]]
    pause: PauseRow | None
    """That of the first subject."""
    lost_since: float | None
    """The moment of the last loss of the ledger."""


def read_recent_rows(connection: SqlConnection, subjects: Sequence[str], server: str) -> RecentRows:
    """Return what is stored for ``subjects``."""
    sql = _SELECT_RECENT.format(subjects=", ".join("?" * len(subjects)))
    parameters = (*subjects, server, *subjects, subjects[0], server, _LOST_UNDATED)
    spends: dict[str, list[SpendRow]] = {each: [] for each in subjects}
    limits: dict[str, list[tuple[str, int]]] = {each: [] for each in subjects}
    pause, lost_since = None, None
    for row in connection.execute(sql, parameters).fetchall():
        kind, subject, label, key, at, ticks, requests, seconds = row
        if kind == "spend":
            spends[subject].append(SpendRow(key, at, ticks, requests, int(seconds)))
        elif kind == "limit":
            limits[subject].append((label, requests))
        elif kind == "pause":
            pause = PauseRow(at, ticks, seconds)
        else:
            lost_since = at
    return RecentRows(spends, limits, pause, lost_since)


class GroupRows:
    """The rows of all subjects and accounts of a group on PostgreSQL, read in one round trip.

    The group has their locks, so nobody else changes them. Its own usual changes are made here as
    well. Any other makes it forget the subject; its rows are then read again.
    """

    def __init__(
        self, connection: SqlConnection, subjects: Sequence[str], accounts: Sequence[str]
    ) -> None:
        def select(columns: str, table: str, key: str, values: Sequence[str]) -> Iterable[Any]:
            sql = f"SELECT {columns} FROM {table} WHERE {key} = ANY(?)"  # noqa: S608 - of constants
            return connection.execute(sql, (list(values),))

        columns = "subject, id, at, ticks, requests, settled"
        # Each is sent before the first result is waited for.
        spends = select(columns, "spend", "subject", subjects)
        limits = select(
            "subject, server, time_window, at, requests", "reported_limit", "subject", subjects
        )
        pauses = select("subject, server, at, ticks, seconds", "pause", "subject", subjects)
        states = select("name, version, body", "standing", "name", accounts)
        losses = connection.execute(_SELECT_LOSS, (_LOST_UNDATED,))
        self._spends: dict[str, dict[int, SpendRow]] = {each: {} for each in subjects}
        for subject, key, *values in spends:
            self._spends[subject][key] = SpendRow(key, *values)
        # Of each window, its limit, and the moment of the response that reported it.
        self._limits: dict[tuple[str, str], dict[str, tuple[float, int]]] = {}
        for subject, server, window, *limit in limits:
            self._limits.setdefault((subject, server), {})[window] = (limit[0], limit[1])
        self._pauses = {(subject, server): PauseRow(*row) for subject, server, *row in pauses}
        self._states: dict[str, tuple[str, bytes] | None] = dict.fromkeys(accounts)
        self._states |= {name: (version, body) for name, version, body in states}
        (self._lost_since,) = losses.fetchone()

    def find(self, subjects: Sequence[str], server: str) -> RecentRows | None:
        """Return what is stored for ``subjects``; ``None`` if it has to be read."""
        if not all(each in self._spends for each in subjects):
            return None
        return RecentRows(
            {each: list(self._spends[each].values()) for each in subjects},
            {each: self._limits_of(each, server) for each in subjects},
            self._pauses.get((subjects[0], server)),
            self._lost_since,
        )

    def _limits_of(self, subject: str, server: str) -> list[tuple[str, int]]:
        limits = self._limits.get((subject, server), {})
        return [(window, requests) for window, (_, requests) in limits.items()]

    def add_spend(self, subject: str, row: SpendRow) -> None:
        """Add a spend that is stored."""
        if subject in self._spends:
            self._spends[subject][row.id] = row

    def pop_spend(self, subject: str, key: int) -> SpendRow | None:
        """Remove a spend that is changed, and return it if it is known."""
        return self._spends.get(subject, {}).pop(key, None)

    def put_limit(
        self, subject: str, server: str, window: str, limit: tuple[float, int], now: float
    ) -> None:
        """Put a limit, and the moment of its response, as the database does."""
        limits = self._limits.setdefault((subject, server), {})
        at = limits[window][0] if window in limits else None
        if at is None or limit[0] >= at or at > now:
            limits[window] = limit

    def knows_state(self, name: str) -> bool:
        """Return whether the state of an account need not be read."""
        return name in self._states

    def state(self, name: str) -> tuple[str, bytes] | None:
        """Return the version and the body of a known state, if there is one."""
        return self._states[name]

    def forget_subject(self, subject: str) -> None:
        """Forget the rows of a subject, which are changed."""
        self._spends.pop(subject, None)

    def forget_all_subjects(self) -> None:
        """Forget the rows of all subjects."""
        self._spends.clear()

    def forget_state(self, name: str) -> None:
        """Forget the state of an account, which is changed."""
        self._states.pop(name, None)
