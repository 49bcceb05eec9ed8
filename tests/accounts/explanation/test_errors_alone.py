"""The error of a token endpoint or an API, pasted without its status and its address."""

import json

import pytest

from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY

GOOGLE = "google-health"
LIMITED, DENIED = Verdict.RATE_LIMITED, Verdict.NOT_PERMITTED
UNCLEAR, SCOPE = Verdict.UNDETERMINED, Verdict.INSUFFICIENT_SCOPE
ENDED = Verdict.REVOKED_OR_INVALID

# The code, its description, its owner, its meaning, and words of the explanation.
GOOGLE_ERRORS = [
    ("invalid_scope", "Some requested scopes were invalid. {valid=[], invalid=[x]}", GOOGLE, SCOPE,
     "Check the names of the requested scopes"),
    ("unsupported_grant_type", "Invalid grant_type: refresh", GOOGLE, UNCLEAR,
     "kind of credential"),
    ("invalid_request", "Missing required parameter: refresh_token", GOOGLE, UNCLEAR,
     "did not understand the request"),
    ("invalid_request", "Invalid parameter value for redirect_uri: Raw IP addresses not allowed",
     GOOGLE, DENIED, "redirect URI"),
    ("invalid_grant", "Invalid code verifier.", GOOGLE, ENDED, "code verifier"),
    ("invalid_grant", "Account has been disabled", GOOGLE, ENDED, "account is disabled"),
    ("slow_down", "Forbidden", GOOGLE, LIMITED, "too many requests (slow_down)"),
    ("slow_down", None, None, LIMITED, "too many requests (slow_down)"),
    ("authorization_pending", "Precondition Required", GOOGLE, UNCLEAR, "not confirmed the login"),
    ("authorization_pending", None, None, UNCLEAR, "not confirmed the login"),
    ("access_denied", "Forbidden", GOOGLE, DENIED, "denied the access"),
    ("expired_token", None, None, UNCLEAR, "on another device, or the token, has expired"),
    ("redirect_uri_mismatch", "Bad Request", GOOGLE, DENIED, "redirect URI"),
    ("org_internal", None, GOOGLE, DENIED, "its own organization"),
    ("org_internal", "This client is restricted to users within its organization.", GOOGLE, DENIED,
     "its own organization"),
    ("admin_policy_enforced", None, GOOGLE, DENIED, "organization does not allow"),
    ("disabled_client", "The OAuth client was disabled.", GOOGLE, DENIED, "has disabled"),
    ("deleted_client", None, GOOGLE, DENIED, "was deleted at Google"),
    ("invalid_client", "Invalid client type.", GOOGLE, DENIED, "this type of application"),
    ("invalid_client", "Only clients of type 'TVs and Limited Input devices' can use the flow.",
     GOOGLE, DENIED, "this type of application"),
    ("invalid_client", "The OAuth client was invalid.", GOOGLE, DENIED, "know the application"),
    ("unauthorized_client", "Unauthorized", GOOGLE, DENIED, "does not allow this application"),
    ("internal_failure", None, None, UNCLEAR, "failed (internal_failure)"),
]  # fmt: skip


def explain(text: str) -> ErrorExplanation:
    found = explain_message(text, REGISTRY, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(("code", "said", "owner", "verdict", "words"), GOOGLE_ERRORS)
def test_an_error_of_a_token_endpoint_alone(
    code: str, said: str | None, owner: str | None, verdict: Verdict, words: str
) -> None:
    fields = {"error": code} | ({"error_description": said} if said else {})
    shown = {}
    for text in (json.dumps(fields), repr(fields), f"POST: {json.dumps(fields, indent=2)}\n"):
        found = explain(text)
        assert (owner, verdict) == (found.provider, found.verdict)
        assert words in " ".join((found.summary, *found.advice))
        assert "HTTP" not in found.summary
        shown[text] = found
    assert 1 == len(set(shown.values()))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("error: invalid_scope", SCOPE),
        ("Error: invalid_request", UNCLEAR),
        ("slow_down", LIMITED),
        ("GaxiosError: invalid_scope\n    at Gaxios._request (/app/gaxios.js:1:2)", SCOPE),
        ("OAuthException: invalid_scope", SCOPE),
        ("invalid_scope: Some requested scopes were invalid. {invalid=[x]}", SCOPE),
        ("oauthlib.oauth2.rfc6749.errors.CustomOAuth2Error: (slow_down) Forbidden", LIMITED),
    ],
)
def test_a_code_alone(text: str, verdict: Verdict) -> None:
    assert verdict is explain(text).verdict


@pytest.mark.parametrize(
    "text",
    [
        "error: access_denied",
        "Error: server_error",
        "the scope may be an invalid_scope: see below",
        '{"status": 401, "body": {}, "error": "XRequestID: Not provided invalid_token: The access '
        'token provided is invalid"}',
        '{"status": 601, "body": {}, "error": "Too Many Request"}',
        '{"error": "authorization_pending", "error_description": "The authorization request is '
        'still pending."}',
    ],
)
def test_what_others_say_as_well_stays_unexplained(text: str) -> None:
    assert explain_message(text, REGISTRY, NOW) is None


@pytest.mark.parametrize(
    ("kind", "said", "verdict", "summary"),
    [
        ("system", "An unexpected error occurred", UNCLEAR,
         "The Fitbit Web API failed: An unexpected error occurred."),
        ("validation", "Invalid date: x", UNCLEAR,
         "The Fitbit Web API refused the request (validation): Invalid date: x."),
        ("not_found", "No such path.", UNCLEAR,
         "The Fitbit Web API refused the request (not_found): No such path."),
        ("rate_limit", None, LIMITED, "The Fitbit Web API token has reached its rate limit."),
        ("system", "Too Many Requests", LIMITED,
         "The Fitbit Web API token has reached its rate limit."),
    ],
)  # fmt: skip
def test_no_number_is_shown_that_the_message_does_not_have(
    kind: str, said: str | None, verdict: Verdict, summary: str
) -> None:
    entry = {"errorType": kind} | ({"message": said} if said else {})
    found = explain(json.dumps({"errors": [entry], "success": False}))
    assert (verdict, summary) == (found.verdict, found.summary)


def test_a_status_that_the_message_has_is_shown() -> None:
    body = json.dumps({"errors": [{"errorType": "system", "message": "It broke"}]})
    assert "(HTTP 502)" in explain(f"HTTP/1.1 502 Bad Gateway\n\n{body}").summary
    body = json.dumps({"error": {"code": 500, "message": "It broke", "status": "INTERNAL"}})
    assert "(HTTP 500)" in explain(body).summary
    body = json.dumps({"error": {"message": "It broke", "status": "INTERNAL"}})
    assert "The Google Health API failed: It broke." == explain(body).summary


@pytest.mark.parametrize(
    ("text", "owner", "verdict"),
    [
        ("fitbit_client.exceptions.RateLimitExceededException: Too Many", "fitbit", LIMITED),
        ("fitbit_client.exceptions.InvalidTokenException: no", "fitbit", ENDED),
        ("fitbit_client.exceptions.SystemException: no", "fitbit", UNCLEAR),
        ("PHP Fatal error:  Uncaught League\\OAuth2\\Client\\Provider\\Exception\\"
         "IdentityProviderException: invalid_grant in /vendor/djchen/oauth2-fitbit/Fitbit.php:120",
         "fitbit", ENDED),
        ("Zugriff blockiert\nFehler 400: redirect_uri_mismatch", GOOGLE, DENIED),
        ("Accès bloqué\nErreur 400 : redirect_uri_mismatch", GOOGLE, DENIED),
        ("エラー 403: org_internal", GOOGLE, DENIED),
        ("错误 400\uff1ainvalid_scope", GOOGLE, SCOPE),
    ],
)  # fmt: skip
def test_other_libraries_and_languages(text: str, owner: str, verdict: Verdict) -> None:
    found = explain(text)
    assert (owner, verdict) == (found.provider, found.verdict)


@pytest.mark.parametrize("kind", [{}, [], [{}], 1, None, True])
def test_a_type_that_is_no_text_is_nobodys(kind: object) -> None:
    assert None is explain_message(json.dumps({"errorType": kind}), REGISTRY, NOW)
    assert Verdict.UNDETERMINED is explain(json.dumps({"errors": [{"errorType": kind}]})).verdict


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (
            "The Fitbit Web API failed, and the message does not contain the HTTP status.",
            "fitbit.exceptions.HTTPServerError",
        ),
        (
            "The Fitbit Web API failed: Bad Gateway.",
            "fitbit.exceptions.HTTPServerError: Bad Gateway",
        ),
        (
            "The Fitbit Web API failed: no.",
            "fitbit_client.exceptions.SystemException: no",
        ),
        (
            "The Fitbit Web API refused the request: No such unit.",
            "fitbit.exceptions.HTTPBadRequest: No such unit",
        ),
    ],
)
def test_an_exception_of_any_status_of_its_class_names_none(summary: str, text: str) -> None:
    found = explain(text)
    assert (UNCLEAR, summary) == (found.verdict, found.summary)
    assert found.advice


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
@pytest.mark.parametrize("shown", ["<Response [{}]>", "HTTP {}", "<title>{} Server Error</title>"])
def test_the_status_that_such_an_exception_shows_is_named(status: int, shown: str) -> None:
    found = explain(f"fitbit.exceptions.HTTPServerError: {shown.format(status)}")
    assert (UNCLEAR, True) == (found.verdict, f"(HTTP {status})" in found.summary), found.summary
