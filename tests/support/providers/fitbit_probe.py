"""Run the Fitbit probe, and responses that several of its tests share."""

from typing import Any

from hypothesis import strategies as st

from tests.support.providers.probe_responses import (
    access_token,
    feed,
    problem,
    respond,
    status_body,
)
from tests.support.tokens import FITBIT, fitbit
from tokcheck.core import claims as claims_room
from tokcheck.core.report import Outcome
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Request, Response
from tokcheck.providers.fitbit.probe_flow import probe

VISIT = (
    "Visit https://dev.fitbit.com/docs/oauth2 for more information on the Fitbit Web API "
    "authorization process."
)
# Recorded with a 403: https://github.com/home-assistant/core/issues/169485
CAPTURE_OF_2026 = {
    "date": "Wed, 29 Apr 2026 17:59:36 GMT",
    "fitbit-rate-limit-limit": "150",
    "fitbit-rate-limit-remaining": "121",
    "fitbit-rate-limit-reset": "1201",
}
DENIED = status_body(403, "PERMISSION_DENIED", "The caller does not have permission")
NO_SETTINGS = fitbit("rsle ract")
EXPIRED = respond(401, problem("expired_token", f"Access token expired: {FITBIT}. {VISIT}"))
INVALID = problem("invalid_token", f"Access token invalid: {FITBIT}. {VISIT}")

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


def run_probe(answer: Response, token: str = FITBIT) -> tuple[Outcome, list[Request]]:
    credential = access_token(token, "fitbit")
    return feed(probe(credential, claims_room.read_claims(Secret(token))), answer)


def outcome_of(answer: Response, token: str = FITBIT) -> Outcome:
    """Return what one answer leads to; the probe must have sent one request."""
    outcome, requests = run_probe(answer, token)
    assert len(requests) == 1
    return outcome
