from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from tests.support.providers.google_probe import identity_outcome, run_probe, tokeninfo_response
from tests.support.providers.probe_responses import (
    BAD_TOKEN_CHALLENGE,
    PAGE,
    conclude,
    error_info,
    gateway_responses,
    respond,
    retry_info,
    status_body,
    unreachable,
)
from tests.support.tokens import GOOGLE, NOW
from tokcheck.core.report import Quota, Verdict
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
QUOTA = (
    "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service "
    "'health.googleapis.com' for consumer 'project_number:1'."
)
EXCEEDED = error_info("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinutePerUser")


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
        f"not enabled in this token's Google Cloud project: project number {project}.",
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
        "HTTP 403: New.",
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
    unclear("proxy-password", respond(407, PAGE), "HTTP 407", advice="a proxy"),
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
    assert "number" not in conclusion.summary
    assert "health.googleapis.com and try again" in conclusion.advice[0]


@pytest.mark.parametrize(
    ("reset_at", "status", "body", "headers"),
    [
        (None, 429, status_body(429, "RESOURCE_EXHAUSTED", QUOTA), {}),
        (None, 429, status_body(429, "RESOURCE_EXHAUSTED", QUOTA, EXCEEDED), {}),
        (NOW + timedelta(seconds=32), 429, b"", {"retry-after": "32"}),
        (
            NOW + timedelta(seconds=32),
            429,
            status_body(429, "RESOURCE_EXHAUSTED", QUOTA, EXCEEDED, retry_info("32s")),
            {},
        ),
        (
            NOW + timedelta(seconds=32),
            429,
            status_body(429, "RESOURCE_EXHAUSTED", QUOTA, retry_info("32.9s"), EXCEEDED),
            {"retry-after": "7"},
        ),
        (
            NOW + timedelta(seconds=32),
            429,
            status_body(429, "RESOURCE_EXHAUSTED", QUOTA, retry_info("32s")),
            {"date": "Thu, 15 Jan 2026 11:50:00 GMT"},
        ),
        (None, 429, status_body(429, "RESOURCE_EXHAUSTED", QUOTA, retry_info("soon")), {}),
        (None, 429, status_body(429, "RESOURCE_EXHAUSTED", QUOTA, retry_info(32)), {}),
        (None, 429, PAGE, {"retry-after": "soon"}),
        (None, 403, status_body(403, "PERMISSION_DENIED", QUOTA, EXCEEDED), {}),
        (None, 403, status_body(403, "X", errors=[{"reason": "rateLimitExceeded"}]), {}),
        (None, 403, status_body(403, "X", errors=[{"reason": "userRateLimitExceeded"}]), {}),
    ],
)
def test_an_exceeded_quota_yields_the_reset_if_known(
    reset_at: datetime | None, status: int, body: Any, headers: dict[str, str]
) -> None:
    outcome = identity_outcome(respond(status, body, headers))
    conclusion = conclude(PROVIDER, outcome)
    advice = " ".join(conclusion.advice)
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert conclusion.usable is True
    assert (Quota("minute", 300, 0, reset_at, "documented"),) == outcome.quota
    assert (reset_at is None) == ("does not say when to try again" in advice)
    assert ("RequestsPerMinutePerUser" in advice) == ("RequestsPerMinute" in str(body))
    assert "300 requests a minute" in advice


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
