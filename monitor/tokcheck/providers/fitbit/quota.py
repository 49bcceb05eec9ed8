"""The hourly quota of 150 requests for each user, and the headers that report it."""

from typing import Literal

from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
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
DOCUMENTED_LIMIT = 150
DOCUMENTED_QUOTA = Quota(WINDOW, DOCUMENTED_LIMIT, None, None, "documented")


def quota_from_headers(response: Response) -> QuotaReading:
    """Return the quota that the headers of a response report."""
    return read_quota(response.headers, _HEADERS, WINDOW, response.received_at)


def conclude_rate_limited(response: Response, reading: QuotaReading) -> Outcome:
    """Return the outcome of a 429 of the API's own.

    It reports by itself that no request is left; the limit is known only if a header has it.
    """
    known = reading.quota or Quota(WINDOW, None, None, None, "headers")
    pause = retry_after(response.headers, response.received_at)
    reset_at = known.reset_at or pause
    notes = reading.notes
    if reset_at is None:
        notes += ("The response does not say when the limit resets; the window is an hour.",)
    quota = known._replace(remaining=0, reset_at=reset_at)
    return Outcome(Verdict.RATE_LIMITED, advice=notes, quota=(quota,), retry_at=pause)


def quota_or_documented(response: Response) -> QuotaReading:
    """Return the quota of a successful response, or the documented limit if it has none."""
    reading = quota_from_headers(response)
    if reading.quota is not None:
        return reading
    note = "The response has no rate-limit headers; the number of requests left is not known."
    return QuotaReading(DOCUMENTED_QUOTA, (*reading.notes, note))
