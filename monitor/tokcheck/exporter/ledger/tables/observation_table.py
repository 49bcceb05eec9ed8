"""The observations in the ledger: reports of programs about an account's own requests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter

from tokcheck.providers.observed.traffic import ObservedQuota, Traffic
from tokcheck.storage.sql_connection import SqlConnection

_REPLACE = """
    INSERT INTO observation (account, serial, stored_at, provider, latest, classes, minutes)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET
        serial = excluded.serial, stored_at = excluded.stored_at, provider = excluded.provider,
        latest = excluded.latest, classes = excluded.classes, minutes = excluded.minutes
"""
_KEPT_SECONDS = 8 * 86_400.0
_KEPT_MINUTES = 10
# Where the clock was set back, an observation of the future is none that is newer.
_TOLERANCE_SECONDS = 5.0


class StoredTraffic(NamedTuple):
    """The observed traffic of one account, by all programs together."""

    account: str
    serial: int
    """Grows with every change of any account's row."""
    traffic: Traffic


class ObservationTable:
    """The table as one transaction sees it at ``now``, in Unix seconds."""

    def __init__(self, connection: SqlConnection, now: float) -> None:
        self._connection = connection
        self._now = now

    def add(self, account: str, traffic: Traffic) -> bool:
        """Add traffic to an account's row; an older quota never replaces a newer one.

        Return whether what it says about rate limits is the latest.
        """
        before = self._read_row(account)
        latest, classes, minutes = (
            traffic.latest,
            Counter(traffic.classes),
            Counter(traffic.minutes),
        )
        if before is not None and before.provider == traffic.provider:
            latest = self._merge_newer(before.latest, latest)
            classes += Counter(before.classes)
            minutes += Counter(before.minutes)
        first = int(self._now // 60) - _KEPT_MINUTES
        kept = {minute: count for minute, count in minutes.items() if minute > first}
        (serial,) = self._connection.execute("SELECT max(serial) FROM observation").fetchone()
        self._connection.execute(
            _REPLACE,
            (
                account,
                (serial or 0) + 1,
                self._now,
                traffic.provider,
                None if latest is None else _quota_adapter().dump_json(latest).decode(),
                _counts_adapter().dump_json(dict(classes)).decode(),
                _minutes_adapter().dump_json(kept).decode(),
            ),
        )
        return latest is None or traffic.latest is None or latest.at <= traffic.latest.at

    def purge(self) -> None:
        """Delete old observations."""
        self._connection.execute(
            "DELETE FROM observation WHERE stored_at < ?", (self._now - _KEPT_SECONDS,)
        )

    def since(self, serial: int) -> Sequence[StoredTraffic]:
        """Return the rows that changed after a serial; those that cannot be read are left out."""
        query = (
            "SELECT account, serial, provider, latest, classes, minutes FROM observation "
            "WHERE serial > ? ORDER BY serial"
        )
        rows = self._connection.execute(query, (serial,)).fetchall()
        found = ((account, number, _parse(*rest)) for account, number, *rest in rows)
        return [StoredTraffic(name, number, each) for name, number, each in found if each]

    def _read_row(self, account: str) -> Traffic | None:
        query = "SELECT provider, latest, classes, minutes FROM observation WHERE account = ?"
        row = self._connection.execute(query, (account,)).fetchone()
        return None if row is None else _parse(*row)

    def _merge_newer(
        self, before: ObservedQuota | None, after: ObservedQuota | None
    ) -> ObservedQuota | None:
        if before is None or after is None:
            return after or before
        is_of_future = before.at > self._now + _TOLERANCE_SECONDS
        if is_of_future:
            return after
        return after.after(before) if after.at >= before.at else before.after(after)


def _parse(provider: str, latest: str | None, classes: str, minutes: str) -> Traffic | None:
    """Return a row's traffic; ``None`` if this version of tokcheck cannot read it."""
    try:
        return Traffic(
            provider,
            None if latest is None else _quota_adapter().validate_json(latest),
            _counts_adapter().validate_json(classes),
            _minutes_adapter().validate_json(minutes),
        )
    except ValueError:
        return None


@cache
def _quota_adapter() -> TypeAdapter[ObservedQuota]:
    return TypeAdapter(ObservedQuota)


@cache
def _counts_adapter() -> TypeAdapter[Mapping[str, int]]:
    return TypeAdapter(Mapping[str, int])


@cache
def _minutes_adapter() -> TypeAdapter[Mapping[int, int]]:
    return TypeAdapter(Mapping[int, int])
