"""The hourly quota of 150 requests for each user, and the headers that report it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit.advice import WAIT_A_DAY, WAIT_FOR_WINDOW
from tokcheck.providers.fitbit.documented_quota import DOCUMENTED_LIMIT, WINDOW
from tokcheck.providers.rate_limits.limit_names import NamedLimit
from tokcheck.providers.rate_limits.pauses import LONGEST_PAUSE, cap_pause, retry_after
from tokcheck.providers.rate_limits.reader import QuotaReading, read_window
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm

_RESET = "fitbit-rate-limit-reset"
_WINDOW = WindowForm(
    seconds=3600,
    limit=FieldSource("fitbit-rate-limit-limit"),
    remaining=FieldSource("fitbit-rate-limit-remaining"),
    reset=FieldSource(_RESET),
    # Seconds by the documentation; servers that implement this API also write Unix seconds.
    reset_form=ResetForm.MAGNITUDE,
    fractions=False,
    documented=DOCUMENTED_LIMIT,
)
DOCUMENTED_QUOTA = Quota(WINDOW, DOCUMENTED_LIMIT, None, None, "documented")


def quota_from_headers(response: Response) -> QuotaReading:
    """Return the quota that the headers of a response report.

    A report about a window that has ended says nothing about the present one. A reset more than a
    day ahead is ignored. Servers that implement this API may have a longer window than the
    documented hour.
    """
    quota, notes = read_window(response.headers, _WINDOW, response.received_at)
    reset_at = quota.reset_at if quota else None
    if quota is None or reset_at is None:
        return QuotaReading(quota, notes)
    has_ended = reset_at <= response.received_at and response.status != 429
    if has_ended and quota.remaining is not None:
        quota = quota._replace(remaining=None)
        notes += (
            "The window of the rate-limit headers has ended; how many are left is not known.",
        )
    elif reset_at > response.received_at + LONGEST_PAUSE:
        quota = quota._replace(reset_at=None, ignored_reset=reset_at)
        notes += (f"The header {_RESET} lies more than a day ahead and was ignored.",)
    return QuotaReading(quota, notes)


def conclude_rate_limited(
    response: Response,
    reading: QuotaReading,
    *,
    is_own: bool,
    limits: Sequence[NamedLimit] = (),
) -> Outcome:
    """Return the outcome of a 429.

    The limit is known only if a header has it, or ``limits``, which are those that a body of
    Google's form names. ``is_own`` is whether the body is an error of the API, which reports by
    itself that no request is left.
    """
    known = reading.quota
    named = limits[0] if limits and limits[0].window is not None else None
    if named is not None and (known is None or known.remaining != 0):
        return _conclude_named_limit(response, reading, named)
    if known is None and is_own:
        known = Quota(WINDOW, None, None, None, "headers")
    stated = _stated_ends(response)
    # The next request is refused until all of them are over.
    end = max(filter(None, stated), default=None)
    is_far = end is not None and end > response.received_at + LONGEST_PAUSE
    reset_at = None if is_far else end
    # The window's own reset says it all; a pause that reaches further is none of the window's.
    is_pause = stated.pause is not None and (stated.reset is None or stated.pause > stated.reset)
    notes, detail = reading.notes, ""
    if known is None:
        notes += ("The response is empty; a server in front of the API may have sent it.",)
    elif known.remaining:
        detail = f"the server refuses the request, although its headers report {known.remaining} "
        detail += "requests left"
        notes += ("The headers are approximate, or another limit was exceeded.",)
    else:
        known = known._replace(remaining=0)
    if end is None:
        notes += (
            "The response does not say when the limit resets; the documented window is an hour.",
        )
    return Outcome(
        Verdict.RATE_LIMITED,
        detail,
        notes,
        quota=(known._replace(reset_at=reset_at),) if known else (),
        # A time that is longer is not believed, and the day in its place is no header's.
        retry_at=cap_pause(end, response.received_at)
        if end is not None and (is_far or is_pause)
        else None,
        remedy=WAIT_A_DAY if is_far else WAIT_FOR_WINDOW if end is None else None,
    )


def _conclude_named_limit(response: Response, reading: QuotaReading, named: NamedLimit) -> Outcome:
    """Return the outcome of a 429 that names a limit in its body, perhaps not the hourly one."""
    end = _stated_ends(response).pause
    silent = f"The response does not say when to try again; it is a limit per {named.window_words}."
    quota = Quota(named.window or WINDOW, named.value, 0, end, "headers", named.owner or "user")
    return Outcome(
        Verdict.RATE_LIMITED,
        named.clause,
        (*reading.notes, *(() if end else (silent,))),
        quota=(quota, *((reading.quota,) if reading.quota else ())),
        retry_at=None if end is None else cap_pause(end, response.received_at),
        remedy=(f"Wait until the {named.window_words} is over.",),
    )


class _StatedEnds(NamedTuple):
    """When a refusal ends by its headers, however far ahead that is."""

    pause: datetime | None
    """By ``Retry-After``, which may be now; ``None`` if it is missing or over."""
    reset: datetime | None


def _stated_ends(response: Response) -> _StatedEnds:
    received_at = response.received_at
    quota = read_window(response.headers, _WINDOW, received_at).quota
    until = retry_after(response.headers, received_at)
    pause = None if until is None or until < received_at else until
    return _StatedEnds(pause, quota.reset_at if quota else None)


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
