"""The quota of 300 requests for each user and minute; no header holds what is left of it."""

from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limit_headers import delay_end, retry_after
from tokcheck.providers.responses import ApiError

DOCUMENTED_LIMIT = 300
DOCUMENTED_QUOTA = Quota("minute", DOCUMENTED_LIMIT, None, None, "documented")


def conclude_rate_limited(response: Response, error: ApiError) -> Outcome:
    """Return the outcome of a response that reports an exceeded limit."""
    delay = error.details.get("retryDelay", "")
    reset_at = delay_end(delay, response.headers, response.received_at) or retry_after(
        response.headers, response.received_at
    )
    name = error.details.get("quota_limit", "")
    notes: tuple[str, ...] = (f"The exceeded limit is {name}.",) if name else ()
    if reset_at is None:
        notes += ("The response does not say when to try again; the window is a minute.",)
    return Outcome(
        Verdict.RATE_LIMITED,
        advice=notes,
        quota=(DOCUMENTED_QUOTA._replace(remaining=0, reset_at=reset_at),),
    )
