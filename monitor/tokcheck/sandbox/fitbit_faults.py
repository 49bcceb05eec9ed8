"""The faults of the Fitbit Web API: one row for each body or header that has been reported.

https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
"""

from dataclasses import replace

from tokcheck.sandbox import fitbit_errors as errors
from tokcheck.sandbox import google_errors
from tokcheck.sandbox.exchange import Answer, Asked, Headers
from tokcheck.sandbox.fault import FITBIT, Area, Body, Fault, fixed, html, json_headers

_API = frozenset({Area.FITBIT_API})
_OAUTH = frozenset({Area.FITBIT_OAUTH})

_LIMIT = ("Fitbit-Rate-Limit-Limit", "150")
_NONE_LEFT = ("Fitbit-Rate-Limit-Remaining", "0")
_RESET = ("Fitbit-Rate-Limit-Reset", "1201")
_RETRY = ("Retry-After", "1201")

# Recorded together with a 403: https://github.com/home-assistant/core/issues/169485
_CAPTURE_OF_2026 = (
    ("Fitbit-rate-limit-limit", "150"),
    ("Fitbit-rate-limit-remaining", "121"),
    ("Fitbit-rate-limit-reset", "1201"),
)


def _token(asked: Asked) -> str:
    return asked.bearer or ""


def _settings_or_profile(asked: Asked) -> str:
    return "profile" if asked.path.endswith("/profile.json") else "settings"


def _row(name: str, title: str, status: int, body: Body, *headers: tuple[str, str]) -> Fault:
    return Fault(name, title, _API, status, json_headers(*headers), body)


def _oauth_row(name: str, title: str, status: int, body: Body) -> Fault:
    return Fault(name, title, _OAUTH, status, json_headers(), body)


def _page_row(name: str, title: str, status: int, text: str) -> Fault:
    headers, body = html(f"{status} {text}", "The server could not handle the request.")
    return Fault(name, title, _API, status, headers, body)


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

AUTHORIZATION = (
    _row(
        "expired-token",
        "the token is past its expiry",
        401,
        lambda a: errors.expired_token(_token(a)),
    ),
    _row(
        "invalid-token",
        "the token is revoked or no token",
        401,
        lambda a: errors.invalid_token(_token(a)),
    ),
    _row("several-errors", "two errors in one list", 401, lambda a: errors.several(_token(a))),
    _row(
        "authorization-missing", "no Authorization header came", 401, errors.authorization_missing
    ),
    _row(
        "authorization-missing-bad-request",
        "no Authorization header came, told as 400",
        400,
        errors.authorization_missing,
    ),
    _row(
        "invalid-client",
        "the Authorization header has a wrong form",
        401,
        errors.authorization_format_plain,
    ),
    _row(
        "invalid-client-header",
        "the Authorization header has a wrong form and is repeated",
        401,
        errors.authorization_format,
    ),
    _row(
        "invalid-client-basic",
        "a Basic header came in place of a bearer and is repeated",
        401,
        errors.authorization_basic,
    ),
    _row(
        "insufficient-scope",
        "the token lacks the scope",
        403,
        lambda a: errors.scope_missing(_settings_or_profile(a)),
        *_CAPTURE_OF_2026,
    ),
    _row(
        "insufficient-scope-unauthorized",
        "the token lacks the scope, in the form of 2015",
        401,
        lambda a: errors.scope_missing(_settings_or_profile(a), "authorization"),
    ),
    _row(
        "insufficient-permissions",
        "the application may not use the resource",
        403,
        errors.not_permitted,
    ),
    _row("read-only-client", "a read-only application may not write", 403, errors.read_only),
    _row(
        "permission-denied",
        "a refusal in Google's form, with rate headers",
        403,
        fixed(google_errors.not_permitted()),
        *_CAPTURE_OF_2026,
    ),
)

QUOTA = (
    _row(
        "too-many-requests",
        "the hour's calls are used up",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    _row(
        "too-many-requests-for-user",
        "the hour's calls are used up, in the words of 2015",
        429,
        errors.too_many_for_user,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    _row(
        "too-many-requests-for-token",
        "the hour's calls are used up, and the token is repeated",
        429,
        errors.too_many_for_token,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
        _RETRY,
    ),
    _row(
        "too-many-requests-no-retry-after",
        "the hour's calls are used up, reset without Retry-After",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
        _RESET,
    ),
    _row(
        "too-many-requests-no-reset",
        "the hour's calls are used up, no word of the reset",
        429,
        _SYSTEM_429,
        _LIMIT,
        _NONE_LEFT,
    ),
    _row(
        "too-many-requests-no-headers",
        "the hour's calls are used up, no rate header at all",
        429,
        _SYSTEM_429,
    ),
    _row(
        "too-many-requests-retry-after-only",
        "the hour's calls are used up, Retry-After alone",
        429,
        _SYSTEM_429,
        _RETRY,
    ),
    _row(
        "too-many-requests-retry-after-date",
        "the hour's calls are used up, Retry-After as a date",
        429,
        _SYSTEM_429,
        ("Retry-After", "Fri, 31 Dec 2999 23:59:59 GMT"),
    ),
    _row(
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

SERVER = (
    _row("not-found", "the path does not exist", 404, fixed(errors.not_found())),
    _row("conflict", "requests for one token collide", 409, errors.conflict),
    Fault("service-gone", "the API was switched off", FITBIT, 410, json_headers(), errors.gone),
    Fault(
        "service-gone-html",
        "the API was switched off, with an HTML page",
        FITBIT,
        410,
        *html("410 Gone", "The requested resource is no longer available."),
    ),
    Fault(
        "service-gone-empty",
        "the API was switched off, with an empty body",
        FITBIT,
        410,
        (),
        fixed(b""),
    ),
    Fault("length-required", "the request has no length", _API, 411, (), fixed(b"")),
    _row("server-error", "the service failed, with an error id", 500, errors.server_error),
    _page_row("bad-gateway", "the front end got no good answer, in HTML", 502, "Bad Gateway"),
    _page_row("unavailable", "the service is down, in HTML", 503, "Service Unavailable"),
    _page_row("gateway-timeout", "the service took too long, in HTML", 504, "Gateway Timeout"),
    _page_row("unknown-error", "status 520 of a front end, in HTML", 520, "Unknown Error"),
)

OAUTH = (
    _oauth_row("client-secret-invalid", "the client secret is wrong", 401, errors.client_secret),
    _oauth_row(
        "refresh-token-invalid", "the refresh token is used or unknown", 400, errors.refresh_token
    ),
    _oauth_row(
        "authorization-code-invalid",
        "the code is used, expired or unknown",
        400,
        errors.authorization_code,
    ),
    _oauth_row(
        "parameter-missing",
        "the form lacks the refresh token",
        400,
        fixed(errors.parameter_missing("refresh_token")),
    ),
    _oauth_row(
        "redirect-uri-mismatch", "the redirect address differs", 400, errors.redirect_mismatch
    ),
    _oauth_row(
        "request-body-unreadable", "the form could not be read", 400, errors.body_unreadable
    ),
)

FITBIT_FAULTS = (*AUTHORIZATION, *QUOTA, *SERVER, *OAUTH)
