"""The faults of the Fitbit Web API: one row for each body or header that has been reported.

https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
"""

from tokcheck.sandbox.faults import fitbit_bodies, google_bodies
from tokcheck.sandbox.faults.fault import (
    FITBIT,
    Area,
    Body,
    Fault,
    constant_body,
    html_content,
    json_headers,
)
from tokcheck.sandbox.http_messages import HttpRequest

_API = frozenset({Area.FITBIT_API})
_OAUTH = frozenset({Area.FITBIT_OAUTH})

# Recorded together with a 403: https://github.com/home-assistant/core/issues/169485
_CAPTURE_OF_2026 = (
    ("Fitbit-rate-limit-limit", "150"),
    ("Fitbit-rate-limit-remaining", "121"),
    ("Fitbit-rate-limit-reset", "1201"),
)


def _token(request: HttpRequest) -> str:
    return request.bearer or ""


def _settings_or_profile(request: HttpRequest) -> str:
    return "profile" if request.path.endswith("/profile.json") else "settings"


def api_fault(name: str, title: str, status: int, body: Body, *headers: tuple[str, str]) -> Fault:
    """Return a fault of the API itself, with a JSON body."""
    return Fault(name, title, _API, status, json_headers(*headers), body)


def _oauth_fault(name: str, title: str, status: int, body: Body) -> Fault:
    return Fault(name, title, _OAUTH, status, json_headers(), body)


def _html_fault(name: str, title: str, status: int, text: str) -> Fault:
    headers, body = html_content(f"{status} {text}", "The server could not handle the request.")
    return Fault(name, title, _API, status, headers, body)


AUTHORIZATION = (
    api_fault(
        "expired-token",
        "the token has expired",
        401,
        lambda a: fitbit_bodies.expired_token(_token(a)),
    ),
    api_fault(
        "invalid-token",
        "the token is revoked or invalid",
        401,
        lambda a: fitbit_bodies.invalid_token(_token(a)),
    ),
    api_fault(
        "several-errors",
        "two errors in one list",
        401,
        lambda a: fitbit_bodies.two_errors(_token(a)),
    ),
    api_fault(
        "authorization-missing",
        "the Authorization header is missing",
        401,
        fitbit_bodies.authorization_missing,
    ),
    api_fault(
        "authorization-missing-bad-request",
        "the Authorization header is missing, reported as 400",
        400,
        fitbit_bodies.authorization_missing,
    ),
    api_fault(
        "invalid-client",
        "the Authorization header is malformed",
        401,
        fitbit_bodies.authorization_format_plain,
    ),
    api_fault(
        "invalid-client-header",
        "the Authorization header is malformed, and the body repeats it",
        401,
        fitbit_bodies.authorization_format,
    ),
    api_fault(
        "invalid-client-basic",
        "a Basic header is sent in place of a bearer token, and the body repeats it",
        401,
        fitbit_bodies.authorization_basic,
    ),
    api_fault(
        "insufficient-scope",
        "the token lacks the scope",
        403,
        lambda a: fitbit_bodies.scope_missing(_settings_or_profile(a)),
        *_CAPTURE_OF_2026,
    ),
    api_fault(
        "insufficient-scope-unauthorized",
        "the token lacks the scope, in the form of 2015",
        401,
        lambda a: fitbit_bodies.scope_missing(_settings_or_profile(a), "authorization"),
    ),
    api_fault(
        "insufficient-permissions",
        "the application may not use the resource",
        403,
        fitbit_bodies.not_permitted,
    ),
    api_fault(
        "read-only-client", "a read-only application may not write", 403, fitbit_bodies.read_only
    ),
    api_fault(
        "permission-denied",
        "a refusal in Google's form, with rate-limit headers",
        403,
        constant_body(google_bodies.not_permitted()),
        *_CAPTURE_OF_2026,
    ),
)

SERVER = (
    api_fault(
        "not-found", "the path does not exist", 404, constant_body(fitbit_bodies.not_found())
    ),
    Fault(
        "conflict",
        "requests for one token collide",
        _API | _OAUTH,
        409,
        json_headers(),
        fitbit_bodies.conflict,
    ),
    Fault(
        "service-gone",
        "the API was switched off",
        FITBIT,
        410,
        json_headers(),
        fitbit_bodies.service_gone,
    ),
    Fault(
        "service-gone-html",
        "the API was switched off, with an HTML page",
        FITBIT,
        410,
        *html_content("410 Gone", "The requested resource is no longer available."),
    ),
    Fault(
        "service-gone-empty",
        "the API was switched off, with an empty body",
        FITBIT,
        410,
        (),
        constant_body(b""),
    ),
    Fault("length-required", "the request has no length", _API, 411, (), constant_body(b"")),
    api_fault(
        "server-error", "the service failed, with an error id", 500, fitbit_bodies.server_error
    ),
    _html_fault("bad-gateway", "the front end got no valid response, as HTML", 502, "Bad Gateway"),
    _html_fault("unavailable", "the service is down, in HTML", 503, "Service Unavailable"),
    _html_fault("gateway-timeout", "the service took too long, in HTML", 504, "Gateway Timeout"),
    _html_fault("unknown-error", "status 520 of a front end, in HTML", 520, "Unknown Error"),
)

OAUTH = (
    _oauth_fault(
        "client-secret-invalid", "the client secret is wrong", 401, fitbit_bodies.client_secret
    ),
    _oauth_fault(
        "refresh-token-invalid",
        "the refresh token is used or unknown",
        400,
        fitbit_bodies.refresh_token,
    ),
    _oauth_fault(
        "authorization-code-invalid",
        "the code is used, expired or unknown",
        400,
        fitbit_bodies.authorization_code,
    ),
    _oauth_fault(
        "parameter-missing",
        "the form lacks the refresh token",
        400,
        constant_body(fitbit_bodies.parameter_missing("refresh_token")),
    ),
    _oauth_fault(
        "redirect-uri-mismatch", "the redirect URI differs", 400, fitbit_bodies.redirect_mismatch
    ),
    _oauth_fault(
        "request-body-unreadable", "the form could not be read", 400, fitbit_bodies.body_unreadable
    ),
)

FITBIT_FAULTS = (*AUTHORIZATION, *SERVER, *OAUTH)
