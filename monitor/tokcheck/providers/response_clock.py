"""The moment of a response by two clocks: this computer's, and the server's in ``Date``.

A relative number of seconds in a response counts from the moment of the response on this
computer's clock, whatever the server's clock says. ``Date`` serves to convert absolute moments,
which are the server's, and to notice that the clocks differ.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.base import Response

# No response is older than tokcheck, and these APIs do not live to see the second year.
_FIRST_YEAR, _END_YEAR = 2020, 2100
_AGE = LazyRegex(r"\s*([0-9]{1,9})\s*(?:,.*)?")


class ResponseClock(NamedTuple):
    """When the server made a response."""

    made_at: datetime
    """By this computer's clock: when it was received, less its ``Age`` if a cache kept it."""
    date: datetime | None
    """By the server's clock: its ``Date``, if it has one that can be read."""

    def after(self, seconds: float) -> datetime | None:
        """Return the moment so many seconds after the response; ``None`` beyond the calendar."""
        return _shift(self.made_at, seconds)

    def local(self, moment: datetime) -> datetime | None:
        """Return a moment of the server's clock by this computer's; as it is without a ``Date``.

        If one of a moment and the ``Date`` is absurd, they are not of the same clock.
        """
        if self.date is None or _is_plausible(self.date) != _is_plausible(moment):
            return moment
        return self.after((moment - self.date).total_seconds())


def response_clock(headers: Mapping[str, str], received_at: datetime) -> ResponseClock:
    """Return the clock of a response (header names in lower case)."""
    age = _AGE.fullmatch(headers.get("age", ""))
    made_at = _shift(received_at, -int(age[1])) if age else None
    return ResponseClock(made_at or received_at, parse_http_date(headers.get("date", "")))


def clock_skew(response: Response) -> int | None:
    """Return the server's clock minus this computer's in seconds; ``None`` without a ``Date``.

    An absurd one, as of a device that counts from 1970, shows nothing about this computer's clock.

    A server writes ``Date``, in whole seconds, at some moment of the request. Of the differences
    that this allows, the smallest is returned, so a slow response does not look like a wrong clock.
    """
    clock = response_clock(response.headers, response.received_at)
    if clock.date is None or not _is_plausible(clock.date):
        return None
    at_the_end = (clock.date - clock.made_at).total_seconds()
    at_the_start = at_the_end + response.elapsed_seconds
    return ceil(at_the_end if at_the_end > 0 else min(at_the_start, 0.0))


class LatestSkew:
    """The clock difference that the latest response with a plausible ``Date`` shows."""

    seconds: int | None = None
    """As :func:`clock_skew` returns it; ``None`` before the first such response."""

    def observe(self, response: Response) -> None:
        """Take the difference that a response shows, if it shows one."""
        measured = clock_skew(response)
        self.seconds = self.seconds if measured is None else measured


def parse_http_date(value: str) -> datetime | None:
    """Return the moment of an HTTP date (RFC 9110); ``None`` if it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, online only

    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_plausible(moment: datetime) -> bool:
    """Return whether a clock that was ever set may show this moment."""
    return _FIRST_YEAR <= moment.year < _END_YEAR


def _shift(moment: datetime, seconds: float) -> datetime | None:
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return None
