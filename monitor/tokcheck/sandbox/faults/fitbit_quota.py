"""The faults of Fitbit's rate limit: used up in every form, and headers that mislead.

https://dev.fitbit.com/build/reference/web-api/developer-guide/application-design/
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies
from tokcheck.sandbox.faults.fault import Area, Fault, constant_body
from tokcheck.sandbox.faults.fitbit import api_fault
from tokcheck.sandbox.http_messages import HTML, Headers, HttpResponse

_API = frozenset({Area.FITBIT_API})

_LIMIT = ("Fitbit-Rate-Limit-Limit", "150")
_NONE_LEFT = ("Fitbit-Rate-Limit-Remaining", "0")
_RESET = ("Fitbit-Rate-Limit-Reset", "1201")
_RETRY = ("Retry-After", "1201")
_CLOUDFLARE = (("Server", "cloudflare"), ("Retry-After", "30"))


def _is_rate_header(name: str) -> bool:
    return name.lower().startswith("fitbit-rate-limit-")


def _remove_rate_headers(response: HttpResponse) -> HttpResponse:
    return replace(
        response, headers=tuple(h for h in response.headers if not _is_rate_header(h[0]))
    )


def _with_rate_headers(name: str, title: str, headers: Headers) -> Fault:
    def alter(response: HttpResponse) -> HttpResponse:
        return replace(response, headers=(*_remove_rate_headers(response).headers, *headers))

    return Fault(name, title, _API, alter=alter)


def _capitalize_rate_headers(response: HttpResponse) -> HttpResponse:
    headers = ((n.capitalize() if _is_rate_header(n) else n, v) for n, v in response.headers)
    return replace(response, headers=tuple(headers))


_SYSTEM_429 = constant_body(fitbit_bodies.too_many_requests())

FITBIT_QUOTA_FAULTS = (
    api_fault(
        "too-many-requests",
        "the requests of this hour are used up",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_fault(
        "too-many-requests-for-user",
        "the requests of this hour are used up, in the words of 2015",
        429,
        fitbit_bodies.too_many_for_user,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_fault(
        "too-many-requests-for-token",
        "the requests of this hour are used up, and the body repeats the token",
        429,
        fitbit_bodies.too_many_for_token,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    api_fault(
        "too-many-requests-no-retry-after",
        "the requests of this hour are used up, reset without Retry-After",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
    ),
    api_fault(
        "too-many-requests-no-reset",
        "the requests of this hour are used up, without a reset time",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
    ),
    api_fault(
        "too-many-requests-no-headers",
        "the requests of this hour are used up, without rate-limit headers",
        429,
        _SYSTEM_429,
    ),
    api_fault(
        "too-many-requests-retry-after-only",
        "the requests of this hour are used up, Retry-After alone",
        429,
        _SYSTEM_429,
        _RETRY,
    ),
    api_fault(
        "too-many-requests-retry-after-date",
        "the requests of this hour are used up, Retry-After as a date",
        429,
        _SYSTEM_429,
        ("Retry-After", "Fri, 31 Dec 2999 23:59:59 GMT"),
    ),
    api_fault(
        "too-many-requests-garbage-headers",
        "the requests of this hour are used up, headers that are not numbers",
        429,
        _SYSTEM_429,
        ("Fitbit-Rate-Limit-Limit", "many"),
        ("Fitbit-Rate-Limit-Remaining", ""),
        ("Fitbit-Rate-Limit-Reset", "top of the hour"),
        ("Retry-After", "soon"),
    ),
    # https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1015/
    Fault(
        "front-end-limit",
        "Cloudflare, in front of the API, accepts no more requests (error 1015), as HTML",
        _API,
        429,
        (("Content-Type", HTML), *_CLOUDFLARE),
        constant_body(fitbit_bodies.FRONT_END_LIMIT),
    ),
    Fault(
        "front-end-limit-json",
        "Cloudflare, in front of the API, accepts no more requests (error 1015), as JSON",
        _API,
        429,
        (("Content-Type", "application/problem+json"), *_CLOUDFLARE),
        constant_body(fitbit_bodies.front_end_limit()),
    ),
    _with_rate_headers(
        "rate-headers-used-up",
        "a good response that takes the last request of the hour",
        (_LIMIT, _NONE_LEFT, _RESET),
    ),
    Fault(
        "rate-headers-missing",
        "a good response without rate-limit headers",
        _API,
        alter=_remove_rate_headers,
    ),
    _with_rate_headers(
        "rate-headers-text",
        "a good response, rate-limit headers that are not numbers",
        (
            ("Fitbit-Rate-Limit-Limit", "many"),
            ("Fitbit-Rate-Limit-Remaining", "some"),
            ("Fitbit-Rate-Limit-Reset", "soon"),
        ),
    ),
    _with_rate_headers(
        "rate-headers-negative",
        "a good response, rate-limit headers below zero",
        (
            ("Fitbit-Rate-Limit-Limit", "150"),
            ("Fitbit-Rate-Limit-Remaining", "-1"),
            ("Fitbit-Rate-Limit-Reset", "-60"),
        ),
    ),
    _with_rate_headers(
        "rate-headers-fraction",
        "a good response, rate-limit headers with a fraction",
        (
            ("Fitbit-Rate-Limit-Limit", "150.0"),
            ("Fitbit-Rate-Limit-Remaining", "12.5"),
            ("Fitbit-Rate-Limit-Reset", "600.25"),
        ),
    ),
    _with_rate_headers(
        "rate-headers-epoch",
        "a good response, the reset as a Unix time",
        (
            _LIMIT,
            ("Fitbit-Rate-Limit-Remaining", "100"),
            ("Fitbit-Rate-Limit-Reset", "32503679999"),
        ),
    ),
    Fault(
        "rate-headers-odd-case",
        "a good response, rate-limit headers in the letter case of 2026",
        _API,
        alter=_capitalize_rate_headers,
    ),
)
