"""The quota of 300 requests for each user and minute; no header holds what is left of it."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.google_health.advice import DOCUMENTED_LIMITS, PROJECT_LIMIT

if TYPE_CHECKING:
    from tokcheck.providers.responses import ApiError

DOCUMENTED_LIMIT = 300
DOCUMENTED_QUOTA = Quota("minute", DOCUMENTED_LIMIT, None, None, "documented")

_Window = Literal["minute", "hour", "day"]
_Owner = Literal["user", "project"]
# A unit is written as in ``1/min/{project}/{user}``, a limit's name as in
# ``RequestsPerMinutePerProjectPerUser``, and a message has ``limit 'Requests per day'``:
# https://cloud.google.com/service-infrastructure/docs/service-management/reference/rest/v1/services.configs#quotalimit
_WINDOWS: tuple[tuple[_Window, LazyRegex], ...] = (
    ("minute", LazyRegex(r"(?i)/min\b|per[ _-]?minute")),
    ("hour", LazyRegex(r"(?i)/h\b|per[ _-]?hour")),
    ("day", LazyRegex(r"(?i)/d\b|per[ _-]?day|daily")),
)
_OF_USER = LazyRegex(r"(?i)\{user\}|per[ _-]?user|\buser")
_OF_PROJECT = LazyRegex(r"(?i)\{project\}|per[ _-]?project|\bproject\b")
_LIMIT_IN_MESSAGE = LazyRegex(r"\blimit '([^']{1,100})'")
_NUMBER = LazyRegex(r"[0-9]{1,15}")
# Reasons of older Google services, which name the limit by themselves.
_OLDER_REASONS = {"userRateLimitExceeded": "per user", "dailyLimitExceeded": "per day"}


class _Limit(NamedTuple):
    """The limit that a response names; a field is ``None`` if the response does not show it."""

    name: str
    window: _Window | None
    owner: _Owner | None
    value: int | None


def conclude_rate_limited(response: Response, error: "ApiError") -> Outcome:
    """Return the outcome of a response that reports an exceeded limit.

    Only what the response says of the limit is reported, never the documented one in its place.
    """
    # Commands that send nothing start without it.
    from tokcheck.providers.rate_limit_headers import delay_end, retry_after  # noqa: PLC0415

    limit = _read_limit(error)
    delay = error.details.get("retryDelay", "")
    retry_at = delay_end(delay, response.headers, response.received_at) or retry_after(
        response.headers, response.received_at
    )
    notes: tuple[str, ...] = ()
    if retry_at is None:
        window = f"; the window is a{'n' * (limit.window == 'hour')} {limit.window}"
        notes = (f"The response does not say when to try again{window if limit.window else ''}.",)
    if limit.owner == "project":
        notes += (PROJECT_LIMIT,)
    elif limit.window in {None, "minute"}:
        notes += (DOCUMENTED_LIMITS,)
    quota: tuple[Quota, ...] = ()
    if limit.window is not None:
        owner = limit.owner or "user"
        quota = (Quota(limit.window, limit.value, 0, retry_at, "headers", owner),)
    return Outcome(Verdict.RATE_LIMITED, _describe(limit), notes, quota=quota, retry_at=retry_at)


def _read_limit(error: "ApiError") -> _Limit:
    details = error.details
    match = _LIMIT_IN_MESSAGE.search(error.message or "")
    in_message = match.group(1) if match else ""
    name = details.get("quota_limit") or in_message
    # The unit is exact, a name is a convention.
    signs = (
        details.get("quota_unit", ""),
        details.get("quota_limit", ""),
        in_message,
        _OLDER_REASONS.get(error.type or "", ""),
    )
    window = next((word for sign in signs for word, form in _WINDOWS if form.search(sign)), None)
    owner: _Owner | None = None
    if any(_OF_USER.search(sign) for sign in signs):
        owner = "user"
    elif any(_OF_PROJECT.search(sign) for sign in signs):
        owner = "project"
    value = details.get("quota_limit_value", "")
    return _Limit(name, window, owner, int(value) if _NUMBER.fullmatch(value) else None)


def _describe(limit: _Limit) -> str:
    """Return a clause that names the limit; empty if the response names none."""
    name = f" ({limit.name})" if limit.name else ""
    if limit.window is None and limit.owner is None:
        return f"the exceeded limit is {limit.name}" if limit.name else ""
    whose = {"user": "the user's limit", "project": "its project's limit", None: "the limit"}
    number = "" if limit.value is None else f" of {limit.value} requests"
    each = f" a{'n' * (limit.window == 'hour')} {limit.window}" if limit.window else ""
    return f"{whose[limit.owner]}{number}{each}{name} is exceeded"
