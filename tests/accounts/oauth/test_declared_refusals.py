"""Refusals of declared token endpoints mean the same as OAuth's, whatever their form is."""

from typing import Any

import pytest

from tests.support.accounts.fake_token_endpoint import response
from tests.support.suite.cases import each_case
from tests.support.suite.sentences import flaw_of_end
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client, Tokens
from tokcheck.accounts.oauth import exchange_code, refresh_tokens
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

REFRESH, SECRET, CODE = "made-up-refresh-0123456789", "made-up-secret-0123456789", "code-0123456789"
ACME = """
name = "acme"
address = "https://api.acme.example"
check = "/v1/me"

[oauth]
authorize = "https://acme.example/authorize"
token = "https://acme.example/token"
answer = "data"

[[oauth.refusals]]
header = "X-Acme-Error"
equals = "17"
error = "invalid_grant"

[[oauth.refusals]]
status = [418]
error = "invalid_client"
"""
# As other services write codes of OAuth, without a word of it in the declaration.
RFC_WORDS = (
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or "
    "refresh token is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)


def provider(name: str) -> Provider:
    return provider_of(read_declaration(ACME, "acme.toml") if name == "acme" else TABLES[name])


def ask(name: str, what: str, answer: Response) -> Tokens:
    one, client = provider(name), Client(name, "client-7", Secret(SECRET))
    flow = (
        exchange_code(one, client, Secret(CODE), "http://127.0.0.1", Secret("v" * 43))
        if what == "code"
        else refresh_tokens(one, client, Secret(REFRESH), name="alex")
    )
    got: Tokens = drive(flow, lambda _: answer)
    return got


def oauth_error(name: str, what: str, answer: Response) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        ask(name, what, answer)
    error = caught.value
    for raw in (REFRESH, SECRET, CODE):
        assert raw not in f"{error.message}{error.hint}{error.detail}"
    assert "" == flaw_of_end(error.message)
    return error


def strava(resource: str, field: str, code: str = "invalid") -> dict[str, Any]:
    entry = {"resource": resource, "field": field, "code": code}
    return {"message": "Bad Request", "errors": [entry]}


def withings(status: int, error: str) -> dict[str, Any]:
    return {"status": status, "body": {}, "error": error}


def github(error: str, description: str) -> dict[str, Any]:
    return {
        "error": error,
        "error_description": description,
        "error_uri": "https://docs.github.com/x",
    }


REFUSED_TOKEN = "refused the refresh token: it was revoked, has expired, was used already"
REFUSED_CODE = "refused the authorization code: it was used already, has expired"
REFUSALS = [
    # provider, request, status, body, code, words
    ("strava", "refresh", 400, strava("RefreshToken", "refresh_token"), "invalid_grant",
     f"Strava API {REFUSED_TOKEN}, or belongs to another application. It says: Bad Request "
     "(RefreshToken refresh_token invalid)."),
    ("strava", "code", 400, strava("AuthorizationCode", "code"), "invalid_grant", REFUSED_CODE),
    ("strava", "code", 400, strava("AuthorizationCode", "", "expired"), "invalid_grant",
     "The authorization code has expired."),
    ("strava", "refresh", 400, strava("Application", "client_id"), "invalid_client",
     "does not know this client id."),
    ("strava", "refresh", 401, strava("Application", ""), "invalid_client",
     "does not know the application, or its secret is wrong or missing."),
    ("strava", "refresh", 401, strava("Application", "client_secret"), "invalid_client",
     "did not accept the application's secret."),
    ("strava", "refresh", 429, strava("Application", "rate limit", "exceeded"), "rate_limited",
     "has received too many requests (HTTP 429)."),
    ("strava", "refresh", 400, strava("Athlete", "access_token"), "unknown",
     "refused (HTTP 400): Bad Request (Athlete access_token invalid)."),
    ("withings", "refresh", 200, withings(503, "Invalid Params: invalid refresh_token"),
     "invalid_grant", f"Withings API {REFUSED_TOKEN}"),
    ("withings", "code", 200, withings(503, "Invalid Params: invalid code"),
     "invalid_grant", REFUSED_CODE),
    ("withings", "code", 200, withings(503, "Invalid Params: invalid redirect_uri"),
     "redirect_uri_mismatch", "not registered with the redirect URI"),
    ("withings", "refresh", 200, withings(503, "Invalid Params: invalid client_secret"),
     "invalid_client", "did not accept the application's secret."),
    ("withings", "refresh", 200, withings(601, "Too Many Requests"), "rate_limited",
     "has received too many requests"),
    ("withings", "refresh", 200, withings(2555, "An unknown error occurred"), "unknown",
     "refused (HTTP 200): An unknown error occurred."),
    ("withings", "refresh", 200, {"status": 2555, "body": {}}, "malformed",
     "it contains no usable token"),
    ("github", "refresh", 200,
     github("bad_refresh_token", "The refresh token passed is incorrect or expired."),
     "invalid_grant", f"GitHub API {REFUSED_TOKEN}"),
    ("github", "code", 200,
     github("bad_verification_code", "The code passed is incorrect or expired."),
     "invalid_grant", REFUSED_CODE),
    ("github", "refresh", 200,
     github("incorrect_client_credentials", "The client_id and/or client_secret are incorrect."),
     "invalid_client", "does not know the application, or its secret is wrong or missing."),
    ("github", "code", 404, {"error": "Not Found"}, "invalid_client",
     "does not know this client id."),
    ("github", "code", 200,
     github("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL."),
     "redirect_uri_mismatch", "not registered with the redirect URI"),
    ("github", "code", 200,
     github("unverified_user_email", "The user must have a verified primary email."),
     "access_denied", "denied the access. It says: The user must have a verified primary email."),
    # The words of the standard name every reason, so they name none.
    ("gitlab", "code", 400, {"error": "invalid_grant", "error_description": RFC_WORDS},
     "invalid_grant", REFUSED_CODE),
    ("whoop", "refresh", 400, {"error": "invalid_grant", "error_description": RFC_WORDS},
     "invalid_grant", REFUSED_TOKEN),
    ("gitlab", "refresh", 401,
     {"error": "invalid_client", "error_description": "Client authentication failed due to unknown "
      "client, no client authentication included, or unsupported authentication method."},
     "invalid_client", "does not know the application, or its secret is wrong or missing."),
    # Codes at other places.
    *[
        ("acme", "refresh", 400, body, "invalid_grant", f"Acme API {REFUSED_TOKEN}")
        for body in (
            {"error": {"code": "invalid_grant", "message": "Gone."}},
            {"error": {"type": "invalid_grant"}},
            {"code": "invalid_grant", "message": "Gone."},
            {"title": "invalid_grant", "status": 400, "detail": "Gone."},
            {"errors": [{"code": "invalid_grant", "detail": "Gone."}]},
            {"errors": ["invalid_grant"]},
            {"error": "invalid_grant", "message": "Gone."},
        )
    ],
    ("acme", "refresh", 418, {}, "invalid_client", "does not know the application"),
    ("acme", "refresh", 500, {"code": "invalid_grant"}, "server_error", "failed (HTTP 500)"),
    ("acme", "refresh", 422, {"message": f"{REFRESH} is unknown"}, "unknown", "[redacted]"),
]  # fmt: skip


@each_case(("name", "what", "status", "body", "code", "words"), REFUSALS)
def test_a_refusal_in_a_form_of_its_own(
    name: str, what: str, status: int, body: object, code: str, words: str
) -> None:
    error = oauth_error(name, what, response(status, body))
    assert code == error.code
    assert words in error.message
    certain = {"invalid_grant", "invalid_client", "redirect_uri_mismatch", "access_denied"}
    assert (code in certain) is error.refused


def test_a_rule_may_look_at_a_header() -> None:
    error = oauth_error("acme", "refresh", response(400, {}, x_acme_error="17"))
    assert ("invalid_grant", True) == (error.code, error.refused)


@each_case(
    "extra", [{"error": ""}, {"error": None}, {"errors": []}, {"message": "ok"}, {"code": 0}]
)
def test_an_empty_error_beside_tokens_costs_no_token(extra: dict[str, Any]) -> None:
    tokens = {"access_token": "made-up-access", "refresh_token": "made-up-next"}
    got = ask("acme", "refresh", response(200, {"data": tokens, **extra}))
    assert "made-up-access" == got.access.reveal()
    got = ask("strava", "refresh", response(200, {**tokens, **extra}))
    assert "made-up-access" == got.access.reveal()


@each_case("name", ["strava", "acme", "withings"])
def test_a_client_id_is_compared_where_the_application_is_registered(name: str) -> None:
    body = {"error": "invalid_client", "error_description": "no such client_id"}
    hint = oauth_error(name, "refresh", response(401, body)).hint
    assert "Fitbit" not in hint
    assert "Google" not in hint
    registration = TABLES.get(name, {}).get("oauth", {}).get("registration", "")
    assert registration in hint
    assert f"tokcheck login {name} --name alex --client-id ID" in hint
