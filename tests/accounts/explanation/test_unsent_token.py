"""Errors of requests that carried no token: whatever the server says of it, that is the cause."""

import json

import pytest

from tests.support.providers.probe_responses import error_info, problem, respond, status_body
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY
from tokcheck.providers.api_responses.unsent_token import received_no_token

VISIT = (
    "Visit https://dev.fitbit.com/docs/oauth2 for more information on the Fitbit Web API "
    "authorization process."
)
EMPTY = (
    "Bearer", "Bearer ", "bearer", "BEARER", "Bearer undefined", "Bearer null", "Bearer None",
    "Bearer nil", "undefined", "null", "None", "Bearer [object Object]", "Bearer (null)",
    "Bearer {{token}}", "Bearer ${TOKEN}", "Bearer $TOKEN", "Bearer %TOKEN%", "Bearer ''",
)  # fmt: skip
BROKEN = ("Bearer abcdefghij0123456789", "Basic MjNTQlgxOnNhbmRib3g=", "Token abc", "Bearer a b")
REQUESTS = (
    "{}",
    "GET https://api.fitbit.com/1/user/-/profile.json\n401\n{}",
    "> Authorization: Bearer\n< HTTP/1.1 401 Unauthorized\n{}",
    "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
    "https://api.fitbit.com/1/user/-/devices.json\n{}",
)
UNAUTHENTICATED = status_body(
    401, "UNAUTHENTICATED", "Request had invalid authentication credentials."
)
MISSING = status_body(
    401, "UNAUTHENTICATED", "Request is missing required authentication credential."
)
NO_CREDENTIALS = status_body(
    401,
    "UNAUTHENTICATED",
    "Request is missing required authentication credential.",
    error_info("CREDENTIALS_MISSING", service="health.googleapis.com"),
)
UNREGISTERED = status_body(
    403,
    "PERMISSION_DENIED",
    "Method doesn't allow unregistered callers (callers without established identity). Please "
    "use API Key or other form of API consumer identity to call this API.",
)


def explain(text: str) -> ErrorExplanation:
    found = explain_message(text, REGISTRY, NOW)
    assert found is not None, text
    return found


def header_error(received: str, kind: str = "invalid_client") -> str:
    said = f"Invalid authorization header format. Received header = {received}. {VISIT}"
    return json.dumps(problem(kind, said))


def test_a_header_that_arrived_without_a_token_is_the_cause() -> None:
    wrong = []
    for received in EMPTY:
        for request in REQUESTS:
            text = request.replace("{}", header_error(received))
            found = explain(text)
            advice = " ".join(found.advice)
            if (
                found.verdict is not Verdict.NO_TOKEN
                or "carried no token" not in found.summary
                or "variable" not in advice
                or "SECRET" in advice
                or "does not contain the body" in advice
            ):
                wrong.append((text, found))
    assert [] == wrong


def test_the_sentence_alone_has_the_same_cause() -> None:
    for received in ("Bearer", "Bearer undefined", "undefined"):
        found = explain(f"Error: Invalid authorization header format. Received header = {received}")
        assert Verdict.NO_TOKEN is found.verdict


def test_a_header_with_something_in_it_is_no_empty_one() -> None:
    for received in BROKEN:
        assert Verdict.NO_TOKEN is not explain(header_error(received)).verdict
        assert not received_no_token(f"Received header = {received}. {VISIT}")


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("fitbit", json.dumps(problem("invalid_request", "Authorization header required."))),
        ("fitbit", "> Host: api.fitbit.com\n> authorization: Bearer \n< HTTP/2 401"),
        ("fitbit", "> Host: api.fitbit.com\n> Authorization: Bearer\n> \n< HTTP/2 401 \n"
         + json.dumps(problem("invalid_client", "Invalid authorization header format."))),
        ("fitbit", "Request failed with status code 401\nurl: 'https://api.fitbit.com/1/a', "
         "headers: { Authorization: 'Bearer undefined' }"),
        ("google-health", json.dumps(NO_CREDENTIALS)),
        ("google-health", json.dumps(MISSING)),
        ("google-health", "https://health.googleapis.com/v4\n" + json.dumps(UNREGISTERED)),
        ("google-health", "curl -H 'Authorization: Bearer ' https://health.googleapis.com/v4\n"
         + json.dumps(UNAUTHENTICATED)),
    ],
)  # fmt: skip
def test_a_request_without_a_token_is_named_as_the_cause(owner: str, text: str) -> None:
    found = explain(text)
    assert (owner, Verdict.NO_TOKEN) == (found.provider, found.verdict)
    assert "carried no token" in found.summary
    assert "does not contain the body" not in " ".join(found.advice)


@pytest.mark.parametrize(
    "text",
    [
        "https://api.fitbit.com/1/a\nwww-authenticate: Bearer\nHTTP/1.1 401\n",
        "https://api.fitbit.com/1/a\nAuthorization: Bearer ***\nHTTP/1.1 401\n",
        "> Authorization: Bearer\n" + json.dumps(problem("expired_token", "Access token expired")),
        "> Authorization: Bearer\nhttps://api.fitbit.com/1/user/-/profile.json status 429",
    ],
)
def test_another_cause_stays_the_cause(text: str) -> None:
    assert Verdict.NO_TOKEN is not explain(text).verdict


def test_a_probe_whose_token_did_not_arrive_names_the_proxy() -> None:
    body = json.loads(header_error("Bearer"))
    outcome = REGISTRY["fitbit"].read_error(respond(401, body))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert "the token did not reach the server" in outcome.detail
    assert "A proxy may have removed" in " ".join(map(str, outcome.advice))
