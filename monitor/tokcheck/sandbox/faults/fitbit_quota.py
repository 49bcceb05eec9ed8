"""The faults of Fitbit's rate limit: used up in every form, and headers that mislead.

https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies as errors
from tokcheck.sandbox.faults.fault import Area, Fault, fixed
from tokcheck.sandbox.faults.fitbit import api_row
from tokcheck.sandbox.messages import Answer, Headers

_API = frozenset({Area.FITBIT_API})

_LIMIT = ("Fitbit-Rate-Limit-Limit", "150")
_NONE_LEFT = ("Fitbit-Rate-Limit-Remaining", "0")
_RESET = ("Fitbit-Rate-Limit-Reset", "1201")
_RETRY = ("Retry-After", "1201")


def _is_rate_header(name: str) -> bool:
    return name.lower().startswith("fitbit-rate-limit-")


def _without(answer: Answer) -> Answer:
    return replace(answer, headers=tuple(h for h in answer.headers if not _is_rate_header(h[0])))


def _rated(name: str, title: str, headers: Headers) -> Fault:
    def alter(answer: Answer) -> Answer:
        return replace(answer, headers=(*_without(answer).headers, *headers))

    return Fault(name, title, _API, alter=alter)


def _odd_case(answer: Answer) -> Answer:
    headers = ((n.capitalize() if _is_rate_header(n) else n, v) for n, v in answer.headers)
    return replace(answer, headers=tuple(headers))


_SYSTEM_429 = fixed(errors.too_many_requests())

FITBIT_QUOTA_FAULTS = (
    api_row(
        "too-many-requests",
        "the hour's calls are used up",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_row(
        "too-many-requests-for-user",
        "the hour's calls are used up, in the words of 2015",
        429,
        errors.too_many_for_user,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_row(
        "too-many-requests-for-token",
        "the hour's calls are used up, and the token is repeated",
        429,
        errors.too_many_for_token,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_row(
        "too-many-requests-no-retry-after",
        "the hour's calls are used up, reset without Retry-After",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
    ),
    api_row(
        "too-many-requests-no-reset",
        "the hour's calls are used up, no word of the reset",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
    ),
    api_row(
        "too-many-requests-no-headers",
        "the hour's calls are used up, no rate header at all",
        429,
        _SYSTEM_429,
    ),
    api_row(
        "too-many-requests-retry-after-only",
        "the hour's calls are used up, Retry-After alone",
        429,
        _SYSTEM_429,
        _RETRY,
    ),
    api_row(
        "too-many-requests-retry-after-date",
        "the hour's calls are used up, Retry-After as a date",
        429,
        _SYSTEM_429,
        ("Retry-After", "Fri, 31 Dec 2999 23:59:59 GMT"),
    ),
    api_row(
        "too-many-requests-garbage-headers",
        "the hour's calls are used up, headers that are no numbers",
        429,
        _SYSTEM_429,
        ("Fitbit-Rate-Limit-Limit", "many"),
        ("Fitbit-Rate-Limit-Remaining", ""),
        ("Fitbit-Rate-Limit-Reset", "top of the hour"),
        ("Retry-After", "soon"),
    ),
    Fault("rate-headers-missing", "a good answer without rate headers", _API, alter=_without),
    _rated(
        "rate-headers-text",
        "a good answer, rate headers that are no numbers",
        (
            ("Fitbit-Rate-Limit-Limit", "many"),
            ("Fitbit-Rate-Limit-Remaining", "some"),
            ("Fitbit-Rate-Limit-Reset", "soon"),
        ),
    ),
    _rated(
        "rate-headers-negative",
        "a good answer, rate headers below zero",
        (
            ("Fitbit-Rate-Limit-Limit", "150"),
            ("Fitbit-Rate-Limit-Remaining", "-1"),
            ("Fitbit-Rate-Limit-Reset", "-60"),
        ),
    ),
    _rated(
        "rate-headers-fraction",
        "a good answer, rate headers with a fraction",
        (
            ("Fitbit-Rate-Limit-Limit", "150.0"),
            ("Fitbit-Rate-Limit-Remaining", "12.5"),
            ("Fitbit-Rate-Limit-Reset", "600.25"),
        ),
    ),
    _rated(
        "rate-headers-epoch",
        "a good answer, the reset as a Unix time",
        (
            _LIMIT,
            ("Fitbit-Rate-Limit-Remaining", "100"),
            ("Fitbit-Rate-Limit-Reset", "32503679999"),
        ),
    ),
    Fault(
        "rate-headers-odd-case",
        "a good answer, rate headers in the case of 2026",
        _API,
        alter=_odd_case,
    ),
)
