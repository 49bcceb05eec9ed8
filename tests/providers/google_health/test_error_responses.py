"""Error responses of the Google Health API: each has its own verdict, summary and advice."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.google_probe import identity_outcome, run_probe, tokeninfo_response
from tests.support.providers.probe_responses import (
    BAD_TOKEN_CHALLENGE,
    PAGE,
    conclude,
    error_info,
    gateway_responses,
    respond,
    status_body,
    unreachable,
)
from tests.support.tokens import GOOGLE, NOW
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.google_health import PROVIDER

BAD_BEARER = status_body(
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
    "or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project.",
)
NOT_LINKED = status_body(
    400,
    "FAILED_PRECONDITION",
    "The account is not linked to Google Health.",
    error_info("ACCOUNT_NOT_LINKED", redirect_uri="https://fitbit.google.com/auth/signup"),
)
NO_CREDENTIALS = error_info("CREDENTIALS_MISSING", service="health.googleapis.com")
UNUSED = (
    "Google Health API has not been used in project 424242 before or it is disabled. Enable it "
    "by visiting https://console.developers.google.com/apis/api/health.googleapis.com/overview"
    "?project=424242 then retry."
)
DISABLED = error_info("SERVICE_DISABLED", service="health.googleapis.com")
DENIED = "The caller does not have permission"


class GoogleError(NamedTuple):
    """One error of identity: the verdict, and words of the summary and of the advice."""

    name: str
    verdict: Verdict
    answer: Response
    summary: tuple[str, ...]
    advice: tuple[str, ...]


def denied_row(name: str, verdict: Verdict, body: Any, summary: str, *advice: str) -> GoogleError:
    return GoogleError(name, verdict, respond(403, body), (summary,), advice)


def unclear(
    name: str, answer: Response, *summary: str, advice: str = "nothing about"
) -> GoogleError:
    return GoogleError(name, Verdict.UNDETERMINED, answer, summary, (advice,))


def api_disabled_row(name: str, project: str, *details: Any, message: str = "") -> GoogleError:
    return denied_row(
        name,
        Verdict.API_DISABLED,
        status_body(403, "PERMISSION_DENIED", message, *details),
        "This token's Google Cloud project cannot use the Google Health API: it is not enabled in "
        f"project number {project}.",
        f"https://console.cloud.google.com/apis/library/health.googleapis.com?project={project}",
        "try again in a few minutes",
    )


_LOST = "the token did not reach the server"
ROWS = [
    GoogleError(
        "bad-bearer",
        Verdict.REVOKED_OR_INVALID,
        respond(401, BAD_BEARER),
        ("expired, revoked or never issued; Google does not say which",),
        ("one hour", "invalid_grant", "after 7 days"),
    ),
    GoogleError(
        "bare-401-of-the-api",
        Verdict.REVOKED_OR_INVALID,
        respond(401, b"", {"www-authenticate": BAD_TOKEN_CHALLENGE}),
        ("does not say which",),
        ("Refresh",),
    ),
    unclear("bare-401", respond(401), "HTTP 401", "body is empty", advice="a proxy"),
    *(
        unclear(f"gateway-{name}", answer, *summary, advice="a proxy")
        for name, answer, summary in gateway_responses(BAD_BEARER)
    ),
    unclear("gateway-412", respond(412, {"message": "Precondition Failed"}), "unknown shape"),
    unclear(
        "no-credentials",
        respond(401, status_body(401, "UNAUTHENTICATED", "Missing.", NO_CREDENTIALS)),
        _LOST,
        advice="A proxy may have removed the Authorization header",
    ),
    unclear("page-401", respond(401, PAGE), "web page", advice="login page"),
    api_disabled_row(
        "disabled", "424242", error_info("SERVICE_DISABLED", consumer="projects/424242")
    ),
    api_disabled_row("disabled-text", "424242", message=UNUSED),
    api_disabled_row("disabled-number-in-text", "424242", DISABLED, message=UNUSED),
    api_disabled_row("disabled-number-of-client", "123456789012", DISABLED),
    denied_row(
        "legacy-account",
        Verdict.NOT_PERMITTED,
        status_body(403, "PERMISSION_DENIED", DENIED),
        "without a reason",
        "Fitbit account has not been moved to Google",
    ),
    denied_row(
        "grant-broken",
        Verdict.GRANT_BROKEN,
        status_body(403, "PERMISSION_DENIED", DENIED, error_info("RESOURCE_PERMISSION_DENIED")),
        "token's consent is broken",
        "https://myaccount.google.com/connections",
        "consent again",
    ),
    GoogleError(
        "not-linked",
        Verdict.ACCOUNT_NOT_LINKED,
        respond(400, NOT_LINKED),
        ("not linked to Google Health",),
        ("wrong Google account", "https://fitbit.google.com/auth/signup", "token itself is valid"),
    ),
    GoogleError(
        "profile-missing",
        Verdict.PROFILE_MISSING,
        respond(412, status_body(412, "FAILED_PRECONDITION", "Precondition check failed.")),
        ("no Google Health profile yet",),
        ("Set up the Google Health app", "token itself is valid"),
    ),
    GoogleError(
        "gone",
        Verdict.SERVICE_GONE,
        respond(410),
        ("switched off", "HTTP 410 Gone"),
        ("Check the API's address",),
    ),
    unclear("page-412", respond(412, PAGE), "web page", advice="login page"),
    unclear(
        "invalid-argument",
        respond(400, status_body(400, "INVALID_ARGUMENT", "Request contains an argument.")),
        "HTTP 400: Request contains an argument.",
    ),
    unclear("not-found", respond(404, PAGE), "HTTP 404", "web page", advice="the API's address"),
    unclear(
        "new-reason",
        respond(403, status_body(403, "PERMISSION_DENIED", "New.", error_info("BRAND_NEW"))),
        "HTTP 403 (BRAND_NEW): New.",
    ),
    unclear("page-403", respond(403, PAGE), "web page"),
    *(
        unclear(f"failed-{code}", respond(code, status_body(code, word, "Sorry.")), f"HTTP {code}")
        for code, word in ((500, "INTERNAL"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"))
    ),
    unclear("page-502", respond(502, PAGE), "the server failed (HTTP 502)"),
    unclear("empty-200", respond(200), "its body is empty"),
    unclear("page-200", respond(200, PAGE), "web page"),
    unclear("nothing-200", respond(200, {}), "JSON of an unknown shape"),
    unclear("another-200", respond(200, {"welcome": "here"}), "JSON of an unknown shape"),
    unclear("list-200", respond(200, ["unexpected", 42]), "JSON of an unknown shape"),
    unclear("error-200", respond(200, BAD_BEARER), "HTTP 200"),
    unclear("cut-200", respond(200, b'{"name": "users', cut=True), "body is incomplete"),
    unclear("broken-200", respond(200, b'{"name": "users'), "not JSON"),
    unclear(
        "redirect",
        respond(302, b"", {"location": f"https://elsewhere.invalid/{GOOGLE}"}),
        "redirects to elsewhere.invalid (HTTP 302).",
        advice="does not follow",
    ),
    unclear("proxy-password", respond(407, PAGE), "HTTP 407", "a proxy", advice="HTTPS_PROXY"),
    unclear(
        "api-key",
        respond(400, status_body(400, "INVALID_ARGUMENT", "x", error_info("API_KEY_INVALID"))),
        "contains an API key",
        advice="Leave the key out",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_error_has_its_own_verdict_summary_and_advice(row: GoogleError) -> None:
    outcome = identity_outcome(row.answer)
    conclusion = conclude(PROVIDER, outcome)
    advice = " ".join(conclusion.advice)
    assert row.verdict is conclusion.verdict
    assert [words for words in row.summary if words not in conclusion.summary] == []
    assert [words for words in row.advice if words not in advice] == []
    assert row.answer.status == outcome.status
    assert GOOGLE not in repr((outcome, conclusion))
    for sentence in (conclusion.summary, *conclusion.advice):
        assert sentence.endswith(".")
        assert not sentence.endswith("..")


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_claims_of_tokeninfo_are_kept_with_every_error(row: GoogleError) -> None:
    claims = identity_outcome(row.answer).claims
    assert claims is not None
    assert NOW + timedelta(seconds=3000) == claims.expires_at


def test_a_disabled_api_of_an_unknown_project_names_none() -> None:
    body = status_body(403, "PERMISSION_DENIED", "", DISABLED)
    conclusion = conclude(PROVIDER, identity_outcome(respond(403, body), None))
    assert Verdict.API_DISABLED is conclusion.verdict
    assert conclusion.summary.endswith("it is not enabled in the project.")
    assert "health.googleapis.com and try again" in conclusion.advice[0]


@pytest.mark.parametrize(
    ("reason", "summary", "advice"),
    [
        ("CONSUMER_INVALID", "project my-proj does not exist or was deleted", "Restore"),
        ("RESOURCE_PROJECT_INVALID", "project my-proj does not exist", "Restore"),
        ("CONSUMER_SUSPENDED", "Google has suspended project my-proj", "owner"),
        ("BILLING_DISABLED", "billing is disabled in project my-proj", "Enable billing"),
        ("USER_PROJECT_DENIED", "may not use project my-proj", "X-Goog-User-Project"),
        ("SERVICE_NOT_VISIBLE", "not available to project my-proj", "/health/setup"),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_an_error_about_the_project_gets_advice_about_the_project(
    reason: str, summary: str, advice: str, status: int
) -> None:
    details = error_info(reason, service="health.googleapis.com", consumer="projects/my-proj")
    body = status_body(status, "PERMISSION_DENIED", "No.", details)
    conclusion = conclude(PROVIDER, identity_outcome(respond(status, body)))
    assert (Verdict.API_DISABLED, False) == (conclusion.verdict, conclusion.usable)
    assert summary in conclusion.summary
    assert advice in " ".join(conclusion.advice)
    assert "proxy" not in " ".join(conclusion.advice)
    unnamed = status_body(status, "PERMISSION_DENIED", "No.", error_info(reason))
    assert "the project" in conclude(PROVIDER, identity_outcome(respond(status, unnamed))).summary


@settings(deadline=None)
@given(status=st.sampled_from([400, 403, 404, 422]), reason=st.text(min_size=1, max_size=20))
def test_an_unknown_error_of_the_own_form_is_not_blamed_on_a_proxy(
    status: int, reason: str
) -> None:
    body = status_body(status, "NEW", "No.", error_info(f"NEW_{reason}"))
    conclusion = conclude(PROVIDER, identity_outcome(respond(status, body)))
    assert Verdict.UNDETERMINED is conclusion.verdict
    advice = " ".join(conclusion.advice)
    assert "Google Cloud project" in advice
    assert "proxy" not in advice
    assert "login page" not in advice


def test_a_token_that_is_said_to_be_expired_has_expired() -> None:
    body = status_body(401, "UNAUTHENTICATED", "Late.", error_info("ACCESS_TOKEN_EXPIRED"))
    assert Verdict.EXPIRED is identity_outcome(respond(401, body)).verdict


def test_errors_are_distinguished_even_without_tokeninfo() -> None:
    outcome, requests = run_probe(unreachable(), respond(401, BAD_BEARER))
    assert len(requests) == 2
    assert Verdict.REVOKED_OR_INVALID is outcome.verdict
    assert outcome.claims is None


def test_a_message_that_repeats_the_token_is_redacted() -> None:
    body = status_body(400, "INVALID_ARGUMENT", f"Bad value {GOOGLE}, and {GOOGLE}.")
    outcome, _ = run_probe(tokeninfo_response("openid"), respond(400, body))
    assert outcome.error is not None
    assert "Bad value [redacted], and [redacted]" in str(outcome.error.message)


@pytest.mark.parametrize(
    "answer", [row[1] for row in gateway_responses({"error": "invalid_token"})]
)
def test_a_gateway_before_tokeninfo_says_nothing_about_the_token(answer: Response) -> None:
    outcome, requests = run_probe(answer, respond(401, BAD_BEARER))
    assert (2, Verdict.REVOKED_OR_INVALID) == (len(requests), outcome.verdict), "the API decides"


@pytest.mark.parametrize("status", [200, 304, 399, 500, 503])
@pytest.mark.parametrize(
    "reason",
    [
        "CREDENTIALS_MISSING",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "insufficientPermissions",
        "ACCOUNT_NOT_LINKED",
        "RESOURCE_PERMISSION_DENIED",
    ],
)
def test_only_a_refusal_has_a_reason_that_counts(status: int, reason: str) -> None:
    outcome = identity_outcome(respond(status, status_body(status, "X", "", error_info(reason))))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert "Authorization" not in repr(outcome.advice)


@pytest.mark.parametrize(
    ("verdict", "reason", "summary", "advice"),
    [
        (
            Verdict.NOT_PERMITTED,
            "ACCOUNT_STATE_INVALID",
            "Google account is disabled or deleted",
            "Refreshing does not help",
        ),
        (
            Verdict.REVOKED_OR_INVALID,
            "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            "of a type that the API does not accept",
            "Refreshing does not help",
        ),
        (Verdict.UNDETERMINED, "SESSION_COOKIE_EXPIRED", "a session cookie", "A proxy may have"),
        (Verdict.UNDETERMINED, "SESSION_COOKIE_INVALID", "a session cookie", "A proxy may have"),
        (Verdict.REVOKED_OR_INVALID, "BRAND_NEW", "BRAND_NEW: Sorry.", "Refresh it once"),
    ],
)
@pytest.mark.parametrize("scopes", [None, "openid"])
def test_a_reason_of_a_401_is_reported(
    verdict: Verdict, reason: str, summary: str, advice: str, scopes: str | None
) -> None:
    body = status_body(401, "UNAUTHENTICATED", "Sorry.", error_info(reason))
    conclusion = conclude(PROVIDER, identity_outcome(respond(401, body), scopes))
    shown = " ".join((conclusion.summary, *conclusion.advice))
    assert verdict is conclusion.verdict
    assert summary in conclusion.summary
    assert advice in shown
    assert "does not say which" not in shown
    assert "most likely expired" not in shown


@pytest.mark.parametrize("is_alive", [True, False])
def test_a_living_token_is_not_called_expired(*, is_alive: bool) -> None:
    outcome = identity_outcome(respond(401, BAD_BEARER), "openid" if is_alive else None)
    advice = " ".join(conclude(PROVIDER, outcome).advice)
    assert is_alive == ("tokeninfo reports that it has not expired" in advice)
    assert is_alive != ("most likely expired" in advice)
    assert "`tokcheck accounts import FILE`" in advice
    assert "`tokcheck login google-health`" in advice


@pytest.mark.parametrize(
    ("message", "verdict", "summary", "advice"),
    [
        (
            "Project #123456789 has been deleted.",
            Verdict.API_DISABLED,
            "project 123456789 does not exist or was deleted",
            "Restore",
        ),
        (
            "Project 'projects/my-proj-1' not found or deleted.",
            Verdict.API_DISABLED,
            "does not exist or was deleted",
            "Restore",
        ),
        (
            "Permission denied: Consumer 'project:my-proj-1' has been suspended.",
            Verdict.API_DISABLED,
            "Google has suspended project my-proj-1",
            "owner",
        ),
        (
            "This API method requires billing to be enabled. Please enable billing on project "
            "#123456789.",
            Verdict.API_DISABLED,
            "billing is disabled in project 123456789",
            "Enable billing",
        ),
        (
            "Access is restricted by your administrator.",
            Verdict.NOT_PERMITTED,
            "PERMISSION_DENIED: Access is restricted by your administrator.",
            "The reason is the API's own",
        ),
        (DENIED, Verdict.NOT_PERMITTED, "without a reason", "has not been moved to Google"),
        ("Permission denied.", Verdict.NOT_PERMITTED, "without a reason", "moved to Google"),
        ("", Verdict.NOT_PERMITTED, "without a reason", "has not been moved to Google"),
    ],
)
def test_a_message_is_a_reason(message: str, verdict: Verdict, summary: str, advice: str) -> None:
    body = status_body(403, "PERMISSION_DENIED", message)
    conclusion = conclude(PROVIDER, identity_outcome(respond(403, body)))
    assert verdict is conclusion.verdict
    assert summary in conclusion.summary
    assert advice in " ".join(conclusion.advice)


OWN = [row for row in ROWS if b'"error": {' in row.answer.body]


@pytest.mark.parametrize("row", OWN, ids=[row.name for row in OWN])
def test_an_error_in_a_list_is_the_same_error(row: GoogleError) -> None:
    listed = row.answer._replace(body=b"[" + row.answer.body + b"]")
    assert identity_outcome(row.answer) == identity_outcome(listed)


def test_a_request_that_is_not_implemented_is_not_worth_repeating() -> None:
    body = status_body(501, "UNIMPLEMENTED", "Operation is not implemented.")
    outcome = identity_outcome(respond(501, body))
    conclusion = conclude(PROVIDER, outcome)
    assert Verdict.UNDETERMINED is conclusion.verdict
    assert "(HTTP 501): Operation is not implemented." in conclusion.summary
    assert "Try again" not in " ".join(conclusion.advice)


def test_an_unknown_reason_is_shown() -> None:
    for reason in ("USER_BLOCKED_BY_ADMIN", "ORG_RESTRICTION_VIOLATION", "NEW_REASON"):
        for message in ("Something else.", ""):
            body = status_body(403, "PERMISSION_DENIED", message, error_info(reason))
            outcome = PROVIDER.read_error(respond(403, body))
            assert reason in outcome.detail


@pytest.mark.parametrize("status", [400, 403, 404])
def test_googles_own_error_page_is_no_proxys(status: int) -> None:
    page = (
        f"<!DOCTYPE html><html lang=en><title>Error {status} (Forbidden)!!1</title>"
        f"<p><b>{status}.</b> <ins>That\u2019s an error.</ins>"
    )
    outcome = PROVIDER.read_error(respond(status, page.encode()))
    words = f"{outcome.detail} {' '.join(map(str, outcome.advice))}"
    assert Verdict.UNDETERMINED is outcome.verdict
    assert "Google refuses the request" in outcome.detail
    assert "proxy" not in words


@pytest.mark.parametrize(
    "said",
    [
        "Request had insufficient authentication scopes.",
        "Insufficient Permission: Request had insufficient authentication scopes.",
        "request had insufficient authentication scopes",
    ],
)
def test_scopes_that_the_message_alone_reports_as_missing_are_the_cause(said: str) -> None:
    reason = [{"domain": "global", "reason": "insufficientPermissions"}]
    forbidden = [{"domain": "global", "reason": "forbidden", "message": said}]
    bodies = [
        status_body(403, "PERMISSION_DENIED", said),
        status_body(403, "PERMISSION_DENIED", said, errors=forbidden),
    ]
    for body in bodies:
        same = status_body(403, "PERMISSION_DENIED", errors=reason)
        expected = identity_outcome(respond(403, same))
        assert expected.verdict is identity_outcome(respond(403, body)).verdict
        assert Verdict.INSUFFICIENT_SCOPE is PROVIDER.read_error(respond(403, body)).verdict
