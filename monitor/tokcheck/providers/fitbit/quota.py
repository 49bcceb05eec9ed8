"""The hourly quota of 150 requests for each user, and the headers that report it."""

from datetime import timedelta
from typing import Literal

from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit.advice import WAIT_FOR_WINDOW
from tokcheck.providers.rate_limit_headers import (
    HeaderNames,
    QuotaReading,
    read_quota,
    retry_after,
)

_HEADERS = HeaderNames(
    "fitbit-rate-limit-limit", "fitbit-rate-limit-remaining", "fitbit-rate-limit-reset"
)
WINDOW: Literal["hour"] = "hour"
_LENGTH = timedelta(hours=1)
DOCUMENTED_LIMIT = 150
DOCUMENTED_QUOTA = Quota(WINDOW, DOCUMENTED_LIMIT, None, None, "documented")


def quota_from_headers(response: Response) -> QuotaReading:
    """Return the quota that the headers of a response report.

    What they report of a window that has ended says nothing about the present one, and a window
    cannot end later than an hour ahead, or two where clocks differ.
    """
    quota, notes = read_quota(response.headers, _HEADERS, WINDOW, response.received_at)
    reset_at = quota.reset_at if quota else None
    if quota is None or reset_at is None:
        return QuotaReading(quota, notes)
    has_ended = reset_at <= response.received_at and response.status != 429
    if has_ended and quota.remaining is not None:
        quota = quota._replace(remaining=None)
        notes += (
            "The window of the rate-limit headers has ended; how many are left is not known.",
        )
    elif reset_at > response.received_at + 2 * _LENGTH:
        quota = quota._replace(reset_at=None)
        notes += (f"The header {_HEADERS.reset} lies far beyond the hour and was ignored.",)
    return QuotaReading(quota, notes)


def conclude_rate_limited(response: Response, reading: QuotaReading, *, is_own: bool) -> Outcome:
    """Return the outcome of a 429.

    The limit is known only if a header has it. ``is_own`` is whether the body is an error of the
    API, which reports by itself that no request is left.
    """
    known = reading.quota
    if known is None and is_own:
        known = Quota(WINDOW, None, None, None, "headers")
    pause = retry_after(response.headers, response.received_at)
    if pause is not None and not 0 < (pause - response.received_at) / _LENGTH <= 2:
        pause = None  # neither now nor far beyond the hour
    reset_at = (known.reset_at if known else None) or pause
    notes, detail = reading.notes, ""
    if known is None:
        notes += ("The response is empty; a server in front of the API may have sent it.",)
    elif known.remaining:
        detail = f"the server refuses the request, although its headers report {known.remaining} "
        detail += "requests left"
        notes += ("The headers are approximate, or another limit was exceeded.",)
    else:
        known = known._replace(remaining=0)
    if reset_at is None:
        notes += ("The response does not say when the limit resets; the window is an hour.",)
    return Outcome(
        Verdict.RATE_LIMITED,
        detail,
        notes,
        quota=(known._replace(reset_at=reset_at),) if known else (),
        retry_at=pause,
        remedy=None if reset_at else WAIT_FOR_WINDOW,
    )


def is_used_up(quota: Quota | None) -> bool:
    """Return whether a response reported that no request is left until the reset."""
    return quota is not None and quota.remaining == 0


def used_up_remedy(quota: Quota | None) -> tuple[str, ...] | None:
    """Return the advice after the last request of a window; ``None`` for the usual one."""
    return WAIT_FOR_WINDOW if quota and is_used_up(quota) and quota.reset_at is None else None


def quota_or_documented(response: Response) -> QuotaReading:
    """Return the quota of a successful response, or the documented limit if it has none."""
    reading = quota_from_headers(response)
    if reading.quota is not None:
        return reading
    note = "The response has no rate-limit headers; the number of requests left is not known."
    return QuotaReading(DOCUMENTED_QUOTA, (*reading.notes, note))
