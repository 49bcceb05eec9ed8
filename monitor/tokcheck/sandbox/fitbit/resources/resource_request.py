"""A request for one resource of a user, with the dates that its path names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tokcheck.sandbox.state.users import User

_PERIODS = {
    "1d": 1,
    "7d": 7,
    "30d": 30,
    "1w": 7,
    "1m": 30,
    "3m": 90,
    "6m": 180,
    "1y": 365,
    "max": 1095,
}
_MOST_DAYS = 1095
# python-fitbit sends a month and a day below ten with one digit. No tracker is older than 2000.
_DATE = re.compile(r"(2[0-9]{3})-([0-9]{1,2})-([0-9]{1,2})")


class InvalidParameterError(Exception):
    """A part of the path or a query parameter is invalid; ``field`` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """A request with its token and scope checked."""

    account: User
    now: float
    """Unix seconds."""
    version: str
    """The first segment of the path: ``1``, ``1.1`` or ``1.2``."""
    fields: Mapping[str, str]
    """The variable segments of the path by their names in the table."""
    params: Mapping[str, str]

    @property
    def local_time(self) -> datetime:
        """The account's local time, without a zone."""
        offset = timedelta(minutes=self.account.utc_offset_minutes)
        return (datetime.fromtimestamp(self.now, UTC) + offset).replace(tzinfo=None)

    @property
    def day(self) -> date:
        """The date of the path; raises :class:`InvalidParameterError`."""
        return self._read_date("date")

    @property
    def days(self) -> list[date]:
        """Every day that the path names, oldest first; raises :class:`InvalidParameterError`.

        The path has one date, a date and a period that ends there, or the first and the last date.
        """
        start = self._read_date("date")
        end = self.fields.get("end", "1d")
        if end in _PERIODS:
            return [start - timedelta(days=n) for n in reversed(range(_PERIODS[end]))]
        days = (self._read_date("end") - start).days + 1
        if not 1 <= days <= _MOST_DAYS:
            message = f"The range must be between 1 and {_MOST_DAYS} days."
            raise InvalidParameterError("end date", message)
        return [start + timedelta(days=n) for n in range(days)]

    def daily(self, value: object) -> list[dict[str, Any]]:
        """Return the same value for each of the days."""
        return [{"dateTime": day.isoformat(), "value": value} for day in self.days]

    def _read_date(self, name: str) -> date:
        text = self.fields[name]
        if text == "today":
            return self.local_time.date()
        match = _DATE.fullmatch(text)
        try:
            day = date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if day is None:
            raise InvalidParameterError("date", f"Invalid date: {text[:40]}")
        return day
