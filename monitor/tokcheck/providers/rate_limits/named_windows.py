"""The rate-limit fields with the window in their name, as Kong and other gateways write them.

``X-RateLimit-Limit-Minute: 5`` and ``X-RateLimit-Remaining-Minute: 4`` stand beside the fields of
the IETF's first drafts, which are those of the window nearest to its limit
(https://developer.konghq.com/plugins/rate-limiting/).
"""

from collections.abc import Mapping

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Quota
from tokcheck.providers.rate_limits.numbers import LONGEST_DELAY, Fields, read_number, whole_number
from tokcheck.providers.rate_limits.reader import QuotasReading, plausible_remaining
from tokcheck.providers.rate_limits.windows import FieldSource, label_of
from tokcheck.providers.response_clock import ResponseClock

_WINDOWS = "second|minute|hour|day|daily|month|year"
# Services differ in the order of the words.
_FIELD = LazyRegex(
    rf"x-ratelimit-(?:(?P<what>limit|remaining)-(?P<window>{_WINDOWS})"
    rf"|(?P<first>{_WINDOWS})-(?P<last>limit|remaining))"
)
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0}


def read_named_windows(headers: Mapping[str, str], clock: ResponseClock) -> QuotasReading:
    """Read the windows that fields name (header names in lower case).

    The reset of the fields without a window is that of the window with the same numbers.
    """
    fields, notes = Fields(headers), list[str]()

    def number(name: str) -> int | None:
        return whole_number(read_number(fields, FieldSource(name), notes))

    found: dict[str, dict[str, int | None]] = {}
    for name in headers:
        match = _FIELD.fullmatch(name)
        if match is not None:
            window = (match["window"] or match["first"]).replace("daily", "day")
            found.setdefault(window, {})[match["what"] or match["last"]] = number(name)
    scarcest = number("ratelimit-limit"), number("ratelimit-remaining")
    reset = number("ratelimit-reset") if found else None
    if reset is not None and reset > LONGEST_DELAY:
        reset = None  # it is a moment
    quotas: list[Quota] = []
    for window, numbers in found.items():
        limit, remaining = numbers.get("limit"), numbers.get("remaining")
        if limit is None and remaining is None:
            continue
        seconds = _SECONDS.get(window)
        label = label_of("" if seconds else window, seconds)
        left = plausible_remaining(limit, remaining, notes)
        is_scarcest = (limit, remaining) == scarcest
        end = clock.after(reset) if is_scarcest and reset is not None else None
        quotas.append(Quota(label, limit, left, end, "headers"))
    return QuotasReading(tuple(quotas), tuple(dict.fromkeys(notes)) if quotas else ())
