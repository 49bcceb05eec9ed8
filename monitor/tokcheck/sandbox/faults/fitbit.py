"""The faults of the Fitbit Web API: one row for each body or header that has been reported.

https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-handling/
"""

from tokcheck.sandbox.faults import fitbit_bodies as errors
from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import FITBIT, Area, Body, Fault, fixed, html, json_headers
from tokcheck.sandbox.messages import Asked

_API = frozenset({Area.FITBIT_API})
_OAUTH = frozenset({Area.FITBIT_OAUTH})

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


def api_row(name: str, title: str, status: int, body: Body, *headers: tuple[str, str]) -> Fault:
    """Return a fault of the API itself, with a JSON body."""
    return Fault(name, title, _API, status, json_headers(*headers), body)


def _oauth_row(name: str, title: str, status: int, body: Body) -> Fault:
    return Fault(name, title, _OAUTH, status, json_headers(), body)


def _page_row(name: str, title: str, status: int, text: str) -> Fault:
    headers, body = html(f"{status} {text}", "The server could not handle the request.")
    return Fault(name, title, _API, status, headers, body)


AUTHORIZATION = (
    api_row(
        "expired-token",
        "the token is past its expiry",
        401,
        lambda a: errors.expired_token(_token(a)),
    ),
    api_row(
        "invalid-token",
        "the token is revoked or no token",
        401,
        lambda a: errors.invalid_token(_token(a)),
    ),
    api_row("several-errors", "two errors in one list", 401, lambda a: errors.several(_token(a))),
    api_row(
        "authorization-missing", "no Authorization header came", 401, errors.authorization_missing
    ),
    api_row(
        "authorization-missing-bad-request",
        "no Authorization header came, told as 400",
        400,
        errors.authorization_missing,
    ),
    api_row(
        "invalid-client",
        "the Authorization header has a wrong form",
        401,
        errors.authorization_format_plain,
    ),
    api_row(
        "invalid-client-header",
        "the Authorization header has a wrong form and is repeated",
        401,
        errors.authorization_format,
    ),
    api_row(
        "invalid-client-basic",
        "a Basic header came in place of a bearer and is repeated",
        401,
        errors.authorization_basic,
    ),
    api_row(
        "insufficient-scope",
        "the token lacks the scope",
        403,
        lambda a: errors.scope_missing(_settings_or_profile(a)),
        *_CAPTURE_OF_2026,
    ),
    api_row(
        "insufficient-scope-unauthorized",
        "the token lacks the scope, in the form of 2015",
        401,
        lambda a: errors.scope_missing(_settings_or_profile(a), "authorization"),
    ),
    api_row(
        "insufficient-permissions",
        "the application may not use the resource",
        403,
        errors.not_permitted,
    ),
    api_row("read-only-client", "a read-only application may not write", 403, errors.read_only),
    api_row(
        "permission-denied",
        "a refusal in Google's form, with rate headers",
        403,
        fixed(google_bodies.not_permitted()),
        *_CAPTURE_OF_2026,
    ),
)

SERVER = (
    api_row("not-found", "the path does not exist", 404, fixed(errors.not_found())),
    Fault(
        "conflict",
        "requests for one token collide",
        _API | _OAUTH,
        409,
        json_headers(),
        errors.conflict,
    ),
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
    api_row("server-error", "the service failed, with an error id", 500, errors.server_error),
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

FITBIT_FAULTS = (*AUTHORIZATION, *SERVER, *OAUTH)
