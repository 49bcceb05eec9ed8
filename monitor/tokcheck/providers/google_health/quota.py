"""The quota of 300 requests for each user and minute; no header holds what is left of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from tokcheck.core.humanize import DatedSentence, format_duration, list_names
from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.google_health.advice import (
    BACK_OFF,
    DOCUMENTED_LIMITS,
    NO_REQUESTS,
    PROJECT_LIMIT,
    daily_remedy,
)
from tokcheck.providers.google_health.documented_quota import DOCUMENTED_LIMIT, WINDOW
from tokcheck.providers.rate_limits.limit_names import NamedLimit, read_limits

if TYPE_CHECKING:
    from tokcheck.providers.api_errors import ApiError

# Google's RetryInfo names the same short pause for every limit; only for one of a day is that no
# moment at which requests are accepted again.
_SHORTEST_REST_OF_A_DAY = 3_600
# They name no limit by themselves.
_USUAL_REASONS = frozenset({"", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "UNKNOWN"})
DOCUMENTED_QUOTA = Quota(WINDOW, DOCUMENTED_LIMIT, None, None, "documented")


def conclude_rate_limited(response: Response, error: "ApiError") -> Outcome:
    """Return the outcome of a response that reports an exceeded limit.

    Only what the response says of the limit is reported, never the documented one in its place.
    """
    # Commands that send nothing start without it.
    from tokcheck.providers.rate_limits.pauses import delay_end, retry_after  # noqa: PLC0415

    limits = read_limits(error)
    longest = limits[0] if limits else NamedLimit()
    kind = error.type or ""
    own_reason = "" if limits or kind in _USUAL_REASONS or not kind.isupper() else kind
    closed = next((limit for limit in limits if limit.value == 0), None)
    if closed is not None:
        return Outcome(
            Verdict.API_DISABLED,
            f"{closed.clause}, so every request is refused",
            remedy=(NO_REQUESTS, PROJECT_LIMIT) if closed.owner == "project" else (NO_REQUESTS,),
        )
    delay = error.details.get("retryDelay", "")
    pauses = (
        delay_end(delay, response.headers, response.received_at),
        retry_after(response.headers, response.received_at),
    )
    retry_at = max(filter(None, pauses), default=None)
    wait = (retry_at - response.received_at).total_seconds() if retry_at else 0.0
    is_daily, is_short = longest.window == "day", 0 < wait < _SHORTEST_REST_OF_A_DAY
    notes: tuple[str, ...] = ()
    if retry_at is None:
        known = longest.window_words
        window = f"; it is a limit per {known}" if known else ""
        notes = (f"The response does not say when to try again{window}.",)
    elif longest.window is None and wait > 0:
        notes = (_wait_sentence(retry_at, response.received_at),)
    if any(limit.owner == "project" for limit in limits):
        notes += (PROJECT_LIMIT,)
    elif own_reason:
        pass  # another limit than the documented one
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
        list_names(filter(None, (limit.clause for limit in limits)))
        or (
            f"{error.message or 'the server reports another limit'} ({own_reason})"
            if own_reason
            else ""
        ),
        notes,
        quota=quota,
        retry_at=retry_at,
        remedy=(daily_remedy(wait if is_short else None) if is_daily else BACK_OFF,),
        limits=tuple(limit.name for limit in limits if limit.name),
    )


def _wait_sentence(until: datetime, received_at: datetime) -> DatedSentence:
    """Return the sentence about a pause that a response requests."""
    wait = format_duration((until - received_at).total_seconds())

    def render(now: datetime) -> str:
        if now <= received_at:
            return f"The response says to wait {wait}."
        if now >= until:
            return "The pause that the response requested is over."
        left = format_duration((until - now).total_seconds())
        return f"The response says to wait another {left}."

    return DatedSentence(render, received_at)
