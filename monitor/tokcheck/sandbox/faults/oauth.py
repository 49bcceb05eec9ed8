"""The faults of both token endpoints, which only a careful client survives.

The worst is an answer that is lost after a single-use refresh token was used. Of the bodies, those
of a server error are recorded; none is known of a token endpoint that answers 429.
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies, google_bodies
from tokcheck.sandbox.faults.fault import Area, Fault, fixed, html, json_headers
from tokcheck.sandbox.messages import Answer

_FITBIT = frozenset({Area.FITBIT_OAUTH})
_GOOGLE = frozenset({Area.GOOGLE_OAUTH})
_RETRY = ("Retry-After", "30")


def _lose(answer: Answer) -> Answer:
    return replace(answer, lost=True)


def _cut(answer: Answer) -> Answer:
    return replace(answer, body=b"", declared_length=len(answer.body) + 1)


OAUTH_FAULTS = (
    Fault(
        "answer-lost",
        "the request is carried out, and the connection ends without an answer",
        _FITBIT | _GOOGLE,
        0,
        alter=_lose,
    ),
    Fault(
        "answer-cut",
        "the request is carried out, and the connection ends after the answer's head",
        _FITBIT | _GOOGLE,
        alter=_cut,
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
        fixed(google_bodies.oauth("internal_failure")),
    ),
    Fault(
        "token-unavailable",
        "the token endpoint is down, in HTML",
        _FITBIT | _GOOGLE,
        503,
        *html("503 Service Unavailable", "The server could not handle the request."),
    ),
    Fault(
        "token-too-many-requests",
        "too many calls of the token endpoint, with a Retry-After header",
        _FITBIT,
        429,
        json_headers(_RETRY),
        fixed(fitbit_bodies.too_many_requests()),
    ),
    Fault(
        "token-too-many-requests",
        "too many calls of the token endpoint",
        _GOOGLE,
        429,
        json_headers(_RETRY),
        fixed(google_bodies.oauth("rate_limit_exceeded")),
    ),
)
