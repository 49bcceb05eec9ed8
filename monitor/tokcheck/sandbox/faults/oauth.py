"""The faults of the token endpoints.

The worst is a response that is lost after a single-use refresh token was used. Of the bodies, those
of a server error are recorded; none is known of a token endpoint that returns 429.
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies, google_bodies
from tokcheck.sandbox.faults.fault import Area, Fault, constant_body, html_content, json_headers
from tokcheck.sandbox.http_messages import HttpResponse, encode_json

_FITBIT = frozenset({Area.FITBIT_OAUTH})
_GOOGLE = frozenset({Area.GOOGLE_OAUTH})
_DECLARED = frozenset({Area.DECLARED_OAUTH})
_RETRY = ("Retry-After", "30")


def _drop_connection(response: HttpResponse) -> HttpResponse:
    return replace(response, dropped=True)


def _drop_body(response: HttpResponse) -> HttpResponse:
    return replace(response, body=b"", declared_length=len(response.body) + 1)


OAUTH_FAULTS = (
    Fault(
        "answer-lost",
        "the request is carried out, and the connection ends without a response",
        _FITBIT | _GOOGLE | _DECLARED,
        0,
        alter=_drop_connection,
    ),
    Fault(
        "answer-cut",
        "the request is carried out, and the connection ends after the response headers",
        _FITBIT | _GOOGLE | _DECLARED,
        alter=_drop_body,
    ),
    Fault(
        "token-server-error",
        "the token endpoint failed, with an error id",
        _FITBIT,
        500,
        json_headers(),
        fitbit_bodies.server_error,
    ),
    Fault(
        "token-server-error",
        "the token endpoint failed",
        _GOOGLE,
        500,
        json_headers(),
        constant_body(google_bodies.oauth("internal_failure")),
    ),
    Fault(
        "token-unavailable",
        "the token endpoint is down, in HTML",
        _FITBIT | _GOOGLE | _DECLARED,
        503,
        *html_content("503 Service Unavailable", "The server could not handle the request."),
    ),
    Fault(
        "token-too-many-requests",
        "too many requests to the token endpoint, with a Retry-After header",
        _FITBIT,
        429,
        json_headers(_RETRY),
        constant_body(fitbit_bodies.too_many_requests()),
    ),
    Fault(
        "token-too-many-requests",
        "too many requests to the token endpoint",
        _GOOGLE,
        429,
        json_headers(_RETRY),
        constant_body(google_bodies.oauth("rate_limit_exceeded")),
    ),
    Fault(
        "refresh-token-invalid",
        "the refresh token is used, expired or revoked",
        _DECLARED,
        400,
        json_headers(),
        constant_body(encode_json({"error": "invalid_grant"})),
    ),
)
