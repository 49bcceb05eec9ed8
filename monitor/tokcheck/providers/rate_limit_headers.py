"""Read a quota from rate-limit headers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Quota

# A number above this is a moment in Unix seconds, below it a number of seconds: services differ,
# and no window is thirty years long.
_EPOCH_FROM = 1_000_000_000
# And above this one it is in milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
_NUMBER = LazyRegex(r"[0-9]{1,15}")
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
    window: Literal["minute", "hour", "day"],
    received_at: datetime,
) -> QuotaReading:
    """Read a quota from response headers (names in lower case).

    The reset is counted from the response's own ``Date`` where there is one, since the local
    clock may be wrong, and from ``received_at`` otherwise. ``Retry-After`` is not read: it is a
    pause, which a server that fails or a front end sends as well. The quota is ``None`` if no
    header was usable.
    """
    notes: list[str] = []
    limit = _read_number(headers, names.limit, notes)
    remaining = _read_number(headers, names.remaining, notes)
    sent_at = response_date(headers) or received_at
    reset = _read_number(headers, names.reset, notes)
    reset_at = None if reset is None else _reset_moment(reset, sent_at)
    if limit is None and remaining is None and reset_at is None:
        return QuotaReading(None, tuple(notes))
    return QuotaReading(Quota(window, limit, remaining, reset_at, "headers"), tuple(notes))


def retry_after(headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return the moment that ``Retry-After`` names, in seconds or as an HTTP date (RFC 9110)."""
    value = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(value):
        return _reset_moment(int(value), response_date(headers) or received_at)
    return _parse_http_date(value) if value else None


def delay_end(delay: str, headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return the moment of a ``google.rpc.RetryInfo`` delay such as ``32s``."""
    match = _SECONDS.fullmatch(delay)
    if match is None:
        return None
    return _reset_moment(int(match.group(1)), response_date(headers) or received_at)


def response_date(headers: Mapping[str, str]) -> datetime | None:
    """Return the response's ``Date``, if it has one that can be read."""
    return _parse_http_date(headers.get("date", ""))


def _parse_http_date(value: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, online only

    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_number(headers: Mapping[str, str], name: str, notes: list[str]) -> int | None:
    value = headers.get(name)
    if value is None:
        return None
    if _NUMBER.fullmatch(value.strip()):
        return int(value)
    notes.append(f"The header {name} is not a whole number and was ignored.")
    return None


def _reset_moment(number: int, start: datetime) -> datetime | None:
    try:
        if number >= _MILLISECONDS_FROM:
            return datetime.fromtimestamp(number // 1000, UTC)
        if number > _EPOCH_FROM:
            return datetime.fromtimestamp(number, UTC)
        return start + timedelta(seconds=number)
    except (OverflowError, ValueError, OSError):
        return None
