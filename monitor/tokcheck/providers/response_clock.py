"""The moment of a response by two clocks: this computer's, and the server's in ``Date``.

A relative number of seconds in a response counts from the moment of the response on this
computer's clock, whatever the server's clock says. ``Date`` serves to convert absolute moments,
which are the server's, and to notice that the clocks differ.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.base import Response

# No response is older than tokcheck, and these APIs do not live to see the second year.
_FIRST_YEAR, _END_YEAR = 2020, 2100
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTH = "|".join(_MONTHS[at : at + 3] for at in range(0, 36, 3))
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
# Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994
_HTTP_DATE = LazyRegex(
    r"(?i:(?:mon|tue|wed|thu|fri|sat|sun)(?:,|(?:day|sday|nesday|rsday|urday),)"
    rf" (?P<day>[0-9]{{1,2}})(?:(?P<dash>-)|\ )(?P<month>{_MONTH})"
    rf"(?(dash)-(?P<short>[0-9]{{2}})|\ (?P<year>[0-9]{{4}})) (?P<time>{_TIME})"
    r" (?:gmt|utc|(?P<offset>[+-](?:0[0-9]|1[0-4])[0-5][0-9]))"
    rf"|(?:mon|tue|wed|thu|fri|sat|sun) (?P<c_month>{_MONTH}) (?P<c_day>[ 0-9][0-9])"
    rf" (?P<c_time>{_TIME}) (?P<c_year>[0-9]{{4}}))"
)
# Less than this is no difference of two clocks: ``Date`` has whole seconds, and a response travels.
_SAME_CLOCK_SECONDS = 5
# The first year of the past among those of two digits.
_FIRST_SHORT_YEAR = 70
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

        Clocks that differ by seconds are taken for the same, and other differences for whole
        seconds, so that each response names the same moment. If one of a moment and the ``Date`` is
        absurd, they are not of the same clock.
        """
        if self.date is None or _is_plausible(self.date) != _is_plausible(moment):
            return moment
        difference = floor((self.made_at - self.date).total_seconds())
        return moment if abs(difference) < _SAME_CLOCK_SECONDS else _shift(moment, difference)


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
    """Return the moment of an HTTP date; ``None`` for a text of any other form.

    It has one of the three forms of RFC 9110, section 5.6.7, in the zone GMT; an offset in digits
    says as much. No other text is read in part: JavaScript's dates, ``GMT+0100``, would be an hour
    off.
    """
    match = _HTTP_DATE.fullmatch(value.strip())
    if match is None:
        return None
    month = _MONTHS.find((match["month"] or match["c_month"]).lower()) // 3 + 1
    day, clock = match["day"] or match["c_day"], match["time"] or match["c_time"]
    hour, minute, second = map(int, clock.split(":"))
    year = int(match["year"] or match["c_year"] or match["short"])
    if match["short"]:
        year += 1900 if year >= _FIRST_SHORT_YEAR else 2000
    try:
        # A leap second, which a datetime has not.
        whole = datetime(year, month, int(day), hour, minute, min(second, 59), tzinfo=UTC)
        return whole + timedelta(seconds=second - min(second, 59)) - _offset(match["offset"])
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None) -> timedelta:
    """Return the offset of a zone such as ``+0100``."""
    if text is None:
        return timedelta()
    minutes = int(text[1:3]) * 60 + int(text[3:])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


def _is_plausible(moment: datetime) -> bool:
    """Return whether a clock that was ever set may show this moment."""
    return _FIRST_YEAR <= moment.year < _END_YEAR


def _shift(moment: datetime, seconds: float) -> datetime | None:
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return None
