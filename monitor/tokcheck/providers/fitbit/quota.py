"""The hourly quota of 150 requests for each user, and the headers that report it."""

from typing import Literal

from tokcheck.core.report import Quota
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limit_headers import HeaderNames, QuotaReading, read_quota

_HEADERS = HeaderNames(
    "fitbit-rate-limit-limit", "fitbit-rate-limit-remaining", "fitbit-rate-limit-reset"
)
WINDOW: Literal["hour"] = "hour"
DOCUMENTED_LIMIT = 150
DOCUMENTED_QUOTA = Quota(WINDOW, DOCUMENTED_LIMIT, None, None, "documented")


def quota_from_headers(response: Response) -> QuotaReading:
    """Return the quota that the headers of a response report."""
    return read_quota(response.headers, _HEADERS, WINDOW, response.received_at)


def quota_or_documented(response: Response) -> QuotaReading:
    """Return the quota of a successful response, or the documented limit if it has none."""
    reading = quota_from_headers(response)
    if reading.quota is not None:
        return reading
    note = "The response has no rate-limit headers; the number of requests left is not known."
    return QuotaReading(DOCUMENTED_QUOTA, (*reading.notes, note))
