"""Read a quota from rate-limit headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Quota
from tokcheck.providers.response_clock import ResponseClock, parse_http_date, response_clock

# A number above this is a moment in Unix seconds, below it a number of seconds: services differ,
# and no window is thirty years long.
_EPOCH_FROM = 1_000_000_000
# And above this one it is in milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
_NUMBER = LazyRegex(r"\+?([0-9]{1,15})")
_NEGATIVE = LazyRegex(r"-[0-9]{1,15}")
_SECONDS = LazyRegex(r"([0-9]{1,9})(?:\.[0-9]{1,9})?s")


class HeaderNames(NamedTuple):
    """The names, in lower case, of the headers in which a provider writes its quota."""

    limit: str
    remaining: str
    reset: str


class QuotaReading(NamedTuple):
    """The quota from the headers, and sentences about headers that were not usable."""

    quota: Quota | None
    notes: tuple[str, ...]


def read_quota(
    headers: Mapping[str, str],
    names: HeaderNames,
    window: str,
    received_at: datetime,
) -> QuotaReading:
    """Read a quota from response headers (names in lower case).

    The reset is a moment of this computer's clock: a number of seconds counts from the response,
    and a moment is converted by the response's ``Date``. ``Retry-After`` is not read: it is a
    pause, which a server that fails or a front end sends as well. The quota is ``None`` if no
    header was usable.
    """
    notes: list[str] = []
    limit = _read_number(headers, names.limit, notes)
    remaining = _read_number(headers, names.remaining, notes)
    reset = _read_number(headers, names.reset, notes)
    reset_at = None if reset is None else _reset_moment(reset, response_clock(headers, received_at))
    if limit is None and remaining is None and reset_at is None:
        return QuotaReading(None, tuple(notes))
    return QuotaReading(Quota(window, limit, remaining, reset_at, "headers"), tuple(notes))


def retry_after(headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return when ``Retry-After`` ends by this computer's clock.

    It is a number of seconds or an HTTP date (RFC 9110), which is the server's.
    """
    value = headers.get("retry-after", "").strip()
    clock = response_clock(headers, received_at)
    if _NUMBER.fullmatch(value):
        return _reset_moment(int(value), clock)
    moment = parse_http_date(value) if value else None
    return None if moment is None else clock.local(moment)


def delay_end(delay: str, headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return when a ``google.rpc.RetryInfo`` delay such as ``32s`` ends by this clock."""
    match = _SECONDS.fullmatch(delay)
    if match is None:
        return None
    return _reset_moment(int(match.group(1)), response_clock(headers, received_at))


def _read_number(headers: Mapping[str, str], name: str, notes: list[str]) -> int | None:
    value = headers.get(name)
    if value is None:
        return None
    # A header that is sent twice arrives as a list.
    values = {one.strip() for one in value.split(",")}
    first = values.pop()
    if not values and (match := _NUMBER.fullmatch(first)):
        return int(match[1])
    what = "negative" if not values and _NEGATIVE.fullmatch(first) else "not a whole number"
    notes.append(f"The header {name} is {what} and was ignored.")
    return None


def _reset_moment(number: int, clock: ResponseClock) -> datetime | None:
    try:
        if number >= _MILLISECONDS_FROM:
            return clock.local(datetime.fromtimestamp(number // 1000, UTC))
        if number > _EPOCH_FROM:
            return clock.local(datetime.fromtimestamp(number, UTC))
        return clock.after(number)
    except (OverflowError, ValueError, OSError):
        return None
