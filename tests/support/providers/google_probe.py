"""Run the Google Health probe, and responses that several of its tests share."""

from tests.support.providers.probe_responses import access_token, feed, respond, unreachable
from tests.support.tokens import GOOGLE, GOOGLE_CLIENT, NOW
from tokcheck.core.errors import NetError
from tokcheck.core.report import Outcome
from tokcheck.providers.base import Request, Response
from tokcheck.providers.google_health.probe_flow import probe

PREFIX = "https://www.googleapis.com/auth/googlehealth."
ALL_STRINGS = {
    "azp": GOOGLE_CLIENT,
    "aud": GOOGLE_CLIENT,
    "scope": f"{PREFIX}settings.readonly {PREFIX}sleep.readonly",
    "exp": str(int(NOW.timestamp()) + 3000),
    "expires_in": "3000",
    "access_type": "online",
}
TOKENINFO = respond(200, ALL_STRINGS)
IDENTITY = respond(
    200,
    {
        "name": "users/me/identity",
        "legacyUserId": "7ALEX2",
        "healthUserId": "1000000000000000001",
    },
)


def tokeninfo_response(scopes: str) -> Response:
    return respond(200, ALL_STRINGS | {"scope": scopes})


def run_probe(*answers: Response | NetError) -> tuple[Outcome, list[Request]]:
    return feed(probe(access_token(GOOGLE, "google-health"), None), *answers)


def identity_outcome(answer: Response, scopes: str | None = ALL_STRINGS["scope"]) -> Outcome:
    """Return what an answer of identity leads to; without ``scopes``, tokeninfo is out of reach."""
    outcome, _ = run_probe(unreachable() if scopes is None else tokeninfo_response(scopes), answer)
    return outcome
