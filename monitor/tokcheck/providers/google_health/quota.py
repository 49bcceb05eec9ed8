"""The quota of 300 requests for each user and minute; no header holds what is left of it."""

from typing import TYPE_CHECKING

from tokcheck.core.humanize import format_duration
from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.google_health.advice import (
    BACK_OFF,
    DOCUMENTED_LIMITS,
    NO_REQUESTS,
    PROJECT_LIMIT,
    daily_remedy,
)
from tokcheck.providers.google_health.limit_names import NamedLimit, read_limits

if TYPE_CHECKING:
    from tokcheck.providers.api_errors import ApiError

DOCUMENTED_LIMIT = 300
# Google's RetryInfo names the same short pause for every limit; only for one of a day is that no
# moment at which requests are accepted again.
_SHORTEST_REST_OF_A_DAY = 3_600
DOCUMENTED_QUOTA = Quota("minute", DOCUMENTED_LIMIT, None, None, "documented")


def conclude_rate_limited(response: Response, error: "ApiError") -> Outcome:
    """Return the outcome of a response that reports an exceeded limit.

    Only what the response says of the limit is reported, never the documented one in its place.
    """
    # Commands that send nothing start without it.
    from tokcheck.providers.rate_limit_headers import delay_end, retry_after  # noqa: PLC0415

    limits = read_limits(error)
    longest = limits[0] if limits else NamedLimit()
    closed = next((limit for limit in limits if limit.value == 0), None)
    if closed is not None:
        return Outcome(
            Verdict.API_DISABLED,
            f"{_describe(closed)}, so every request is refused",
            remedy=(NO_REQUESTS, PROJECT_LIMIT) if closed.owner == "project" else (NO_REQUESTS,),
        )
    delay = error.details.get("retryDelay", "")
    retry_at = delay_end(delay, response.headers, response.received_at) or retry_after(
        response.headers, response.received_at
    )
    wait = (retry_at - response.received_at).total_seconds() if retry_at else 0.0
    is_daily, is_short = longest.window == "day", 0 < wait < _SHORTEST_REST_OF_A_DAY
    notes: tuple[str, ...] = ()
    if retry_at is None:
        known = longest.window_words
        window = f"; it is a limit per {known}" if known else ""
        notes = (f"The response does not say when to try again{window}.",)
    elif longest.window is None and wait > 0:
        notes = (f"The response says to wait {format_duration(wait)}.",)
    if any(limit.owner == "project" for limit in limits):
        notes += (PROJECT_LIMIT,)
    elif longest.value is None and longest.seconds in {None, 60}:
        notes += (DOCUMENTED_LIMITS,)
    quota = tuple(
        Quota(
            limit.window,
            limit.value,
            0,
            None if limit.window == "day" and is_short else retry_at,
            "headers",
            limit.owner or "user",
        )
        for limit in limits
        if limit.window is not None
    )
    return Outcome(
        Verdict.RATE_LIMITED,
        " and ".join(filter(None, map(_describe, limits))),
        notes,
        quota=quota,
        retry_at=retry_at,
        remedy=(daily_remedy(wait if is_short else None) if is_daily else BACK_OFF,),
    )


def _describe(limit: NamedLimit) -> str:
    """Return a clause that names the limit; empty if the response names none."""
    name = f" ({limit.name})" if limit.name else ""
    words = limit.window_words
    if not words and limit.owner is None and limit.value is None:
        return f"the exceeded limit is {limit.name}" if limit.name else ""
    whose = {"user": "the user's limit", "project": "its project's limit", None: "the limit"}
    window = f" per {words}" if words else ""
    if limit.value == 0:
        return f"{whose[limit.owner]}{name} is 0 requests{window}"
    number = "" if limit.value is None else f" of {limit.value} requests"
    return f"{whose[limit.owner]}{number}{window}{name} is exceeded"
