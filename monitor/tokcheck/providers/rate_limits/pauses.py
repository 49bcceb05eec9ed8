"""The pauses that a response requests: ``Retry-After``, and Google's RetryInfo."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tokcheck.core.lazy import LazyRegex
from tokcheck.providers.rate_limits.numbers import moment_of_number
from tokcheck.providers.rate_limits.windows import ResetForm
from tokcheck.providers.response_clock import parse_http_date, response_clock

_NUMBER = LazyRegex(r"\+?([0-9]{1,15})")
_SECONDS = LazyRegex(r"([0-9]{1,9})(?:\.[0-9]{1,9})?s")
# No server is down for longer, and a header that says more is more often wrong than right.
LONGEST_PAUSE = timedelta(days=1)


def retry_after(headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return when ``Retry-After`` ends by this computer's clock.

    It is a number of seconds or an HTTP date (RFC 9110), which is the server's.
    """
    value = headers.get("retry-after", "").strip()
    clock = response_clock(headers, received_at)
    if _NUMBER.fullmatch(value):
        return moment_of_number(int(value), ResetForm.MAGNITUDE, clock)
    moment = parse_http_date(value) if value else None
    return None if moment is None else clock.local(moment)


def cap_pause(until: datetime, received_at: datetime) -> datetime:
    """Return the end of a pause, at most a day after the response that requested it."""
    return min(until, received_at + LONGEST_PAUSE)


def delay_end(delay: str, headers: Mapping[str, str], received_at: datetime) -> datetime | None:
    """Return when a ``google.rpc.RetryInfo`` delay such as ``32s`` ends by this clock."""
    match = _SECONDS.fullmatch(delay)
    if match is None:
        return None
    clock = response_clock(headers, received_at)
    return moment_of_number(int(match.group(1)), ResetForm.MAGNITUDE, clock)
