"""The quotas that a response reports, by a declaration."""

from collections.abc import Sequence
from datetime import timedelta

from tokcheck.core.report import Quota
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declaration import Declaration
from tokcheck.providers.rate_limits.ietf import read_standard_fields
from tokcheck.providers.rate_limits.pauses import LONGEST_PAUSE
from tokcheck.providers.rate_limits.reader import read_windows

_FIRST_REFUSAL = 400
_UNREPORTED = (None, None)


def read_quotas(response: Response, declaration: Declaration) -> tuple[Quota, ...]:
    """Return the quotas that a response to any request of the API reports."""
    body = responses.parse_json(response) if response.body else None
    return read_reported_quotas(response, declaration, body, is_check=False)[0]


def read_reported_quotas(
    response: Response, declaration: Declaration, body: object, *, is_check: bool
) -> tuple[tuple[Quota, ...], tuple[str, ...]]:
    """Return the quotas of a response, and sentences about values that were not usable."""
    found = read_windows(response.headers, declaration.windows, response.received_at, body)
    if declaration.dialect == "ietf":
        length = next((form.seconds for form in declaration.windows if form.seconds), None)
        standard = read_standard_fields(response.headers, response.received_at, length)
        found = found._replace(
            quotas=(*found.quotas, *standard.quotas), notes=(*found.notes, *standard.notes)
        )
    # A reset alone is of use after a refusal; else it says that nothing is counted.
    is_refused = response.status >= _FIRST_REFUSAL
    reported = [
        each for each in found.quotas if is_refused or (each.limit, each.remaining) != _UNREPORTED
    ]
    quotas, notes = _without_odd_resets(response, reported, is_check=is_check)
    return quotas, (*found.notes, *notes)


def _without_odd_resets(
    response: Response, quotas: Sequence[Quota], *, is_check: bool
) -> tuple[tuple[Quota, ...], tuple[str, ...]]:
    """Return quotas without what their resets make impossible, and sentences about that.

    A reset in the past is of a window that has ended. Of the present one, the response to a check
    shows the limit; another response may be an old one without a ``Date``, and shows nothing. A
    reset later than the window is long is a mistake of the service or of the declaration.
    """
    kept, notes = [], list[str]()
    for quota in quotas:
        reset_at = quota.reset_at
        if reset_at is None:
            kept.append(quota)
            continue
        longest = max(LONGEST_PAUSE, timedelta(seconds=min(quota.window_seconds, 366 * 86_400.0)))
        if reset_at > response.received_at + longest + timedelta(minutes=1):
            notes.append(
                f"The reset of the window {quota.window} lies too far ahead and was ignored. Check "
                "its form in the declaration."
            )
            kept.append(quota._replace(reset_at=None, ignored_reset=reset_at))
        elif reset_at <= response.received_at and response.status != 429 and quota.remaining:
            notes.append(
                f"The window {quota.window} of the response has ended; what is left of the present "
                "one is not known."
            )
            if is_check:
                kept.append(quota._replace(remaining=None, reset_at=None))
        else:
            kept.append(quota)
            if response.status < _FIRST_REFUSAL and _is_beyond(quota, response):
                notes.append(
                    f"The reset of the window {quota.window} lies further ahead than the window is "
                    "long. Check its length, and the form of its reset, in the declaration."
                )
    return tuple(kept), tuple(notes)


def _is_beyond(quota: Quota, response: Response) -> bool:
    """Return whether a window of known length ends later than it can; clocks differ."""
    if quota.reset_at is None or not quota.is_length_known:
        return False
    seconds = (quota.reset_at - response.received_at).total_seconds()
    return seconds > quota.window_seconds + max(60.0, quota.window_seconds / 10)
