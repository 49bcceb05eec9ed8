from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
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


class ExceededLimit(NamedTuple):
    """One response to a request beyond a limit, and what it says of the limit."""

    body: Any
    quota: tuple[Quota, ...]
    summary: str
    advice: str
    headers: Mapping[str, str] = MappingProxyType({})
    status: int = 429


def limit_body(message: str, *details: Any) -> Any:
    return status_body(429, "RESOURCE_EXHAUSTED", message, *details)


def minute(reset: int | None = None, limit: int | None = None) -> tuple[Quota, ...]:
    at = None if reset is None else NOW + timedelta(seconds=reset)
    return (Quota("minute", limit, 0, at, "headers"),)


VALUE_1000 = {"quotaValue": "1000"}


def violations(*entries: Any) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.QuotaFailure"
    return {"@type": kind, "violations": list(entries)}


_OF_USER = "the user's limit per minute (RequestsPerMinutePerUser) is exceeded."
_OF_MESSAGE = "the limit per minute (Requests per minute) is exceeded."
_USUAL = "By the documentation, the limit is 300 requests a minute for each user"
_SHARED = "All users of the Google Cloud project share this limit"
_NO_QUOTA: tuple[Quota, ...] = ()
_NO_NAME = "has reached its rate limit."
LIMITS = [
    ExceededLimit(limit_body(QUOTA), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body(QUOTA, EXCEEDED), minute(), _OF_USER, _USUAL),
    ExceededLimit(b"", _NO_QUOTA, _NO_NAME, _USUAL, {"retry-after": "32"}),
    ExceededLimit(limit_body(QUOTA, EXCEEDED, retry_info("32s")), minute(32), _OF_USER, _USUAL),
    ExceededLimit(
        limit_body(QUOTA, retry_info("32.9s"), EXCEEDED),
        minute(32),
        _OF_USER,
        _USUAL,
        {"retry-after": "7"},
    ),
    ExceededLimit(limit_body(QUOTA, retry_info("soon")), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body(QUOTA, retry_info(32)), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body("Sorry."), _NO_QUOTA, _NO_NAME, _USUAL),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="defaultLimit")),
        _NO_QUOTA,
        "the exceeded limit is defaultLimit.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per day'.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerDayPerProject",
                quota_limit_value="86400000",
                quota_unit="1/d/{project}",
            ),
        ),
        (Quota("day", 86_400_000, 0, None, "headers", "project"),),
        "its project's limit of 86400000 requests per day (RequestsPerDayPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for limit 'Requests per minute per user'.",  # the unit is exact
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerDayPerProject",
                quota_unit="1/d/{project}",
            ),
        ),
        (Quota("day", None, 0, None, "headers", "project"),),
        "its project's limit per day (RequestsPerDayPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/min/{project}/{user}")
        ),
        minute(),
        "the user's limit per minute is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute per user' "
            "of service 'health.googleapis.com' for consumer 'project_number:1'."
        ),
        minute(),
        "the user's limit per minute (Requests per minute per user) is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="ReadRequestsPerHourPerProject",
                quota_limit_value="soon",
            ),
        ),
        (Quota("hour", None, 0, None, "headers", "project"),),
        "its project's limit per hour (ReadRequestsPerHourPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        status_body(403, "PERMISSION_DENIED", QUOTA, EXCEEDED), minute(), _OF_USER, _USUAL, {}, 403
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "rateLimitExceeded"}]),
        _NO_QUOTA,
        _NO_NAME,
        _USUAL,
        {},
        403,
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "userRateLimitExceeded"}]),
        _NO_QUOTA,
        "the user's limit is exceeded.",
        _USUAL,
        {},
        403,
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "dailyLimitExceeded"}]),
        (Quota("day", None, 0, None, "headers"),),
        "the limit per day is exceeded.",
        "it is a limit per day",
        {},
        403,
    ),
    ExceededLimit(
        limit_body("Sorry.", violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000})),
        (Quota("day", 1000, 0, None, "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "midnight Pacific time",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations(
                {"quotaId": "RequestsPerMinutePerUser", "quotaValue": 150},
                {"quotaId": "RequestsPerDayPerProject", **VALUE_1000},
            ),
            retry_info("32s"),
        ),
        (
            Quota("day", 1000, 0, None, "headers", "project"),
            *minute(32, 150),
        ),
        "(RequestsPerDayPerProject) is exceeded and the user's limit of 150 requests per minute "
        "(RequestsPerMinutePerUser) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", violations({"subject": "project:1", "description": "Daily Limit exceeded"})
        ),
        (Quota("day", None, 0, None, "headers", "project"),),
        "its project's limit per day is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body("Sorry.", EXCEEDED, violations({"quotaId": "RequestsPerMinutePerUser"})),
        minute(),
        _OF_USER,
        _USUAL,
    ),
    ExceededLimit(limit_body("Sorry.", violations("odd", None)), _NO_QUOTA, _NO_NAME, _USUAL),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_unit="1/100s/{project}/{user}",
                quota_limit_value="500",
            ),
        ),
        (Quota("100s", 500, 0, None, "headers"),),
        "the user's limit of 500 requests per 100 seconds is exceeded.",
        "it is a limit per 100 seconds",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="USER-100s"), retry_info("12s")
        ),
        (Quota("100s", None, 0, NOW + timedelta(seconds=12), "headers"),),
        "the user's limit per 100 seconds (USER-100s) is exceeded.",
        "exponential backoff",
    ),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/s/{project}")),
        (Quota("1s", None, 0, None, "headers", "project"),),
        "its project's limit per second is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body("Sorry."),
        _NO_QUOTA,
        _NO_NAME,
        "The response says to wait 45 s.",
        {"retry-after": "45"},
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000}),
            retry_info("32s"),
        ),
        (Quota("day", 1000, 0, None, "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "even after the 32 s that the response names",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000}),
            retry_info("28800s"),
        ),
        (Quota("day", 1000, 0, NOW + timedelta(hours=8), "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "midnight Pacific time",
    ),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/60s/{user}")),
        minute(),
        "the user's limit per minute is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerMinutePerUser",
                quota_limit_value="150",
            ),
        ),
        minute(limit=150),
        "the user's limit of 150 requests per minute (RequestsPerMinutePerUser) is exceeded.",
        "exponential backoff",
    ),
]


@pytest.mark.parametrize("limit", LIMITS)
def test_an_exceeded_limit_is_the_one_that_the_response_names(limit: ExceededLimit) -> None:
    outcome = identity_outcome(respond(limit.status, limit.body, limit.headers))
    conclusion = conclude(PROVIDER, outcome)
    advice = " ".join(conclusion.advice)
    assert (Verdict.RATE_LIMITED, True) == (conclusion.verdict, conclusion.usable)
    assert limit.quota == outcome.quota
    assert conclusion.summary.endswith(limit.summary)
    assert limit.advice in advice
    assert (outcome.retry_at is None) == ("does not say when to try again" in advice)
    assert "300" not in conclusion.summary
    assert ("300 requests a minute" in advice) == (
        limit.advice in {_USUAL, "The response says to wait 45 s."}
    )
    daily = any(quota.window == "day" for quota in outcome.quota)
    assert daily == ("exponential backoff" not in advice)
    assert daily == ("midnight Pacific time" in advice)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("RequestsPerMinutePerUser", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("RequestsPerDayPerProject", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("RequestsPerDayPerProject", violations({"quotaValue": "0"})),
    ],
)
def test_a_limit_of_no_requests_is_a_fault_of_the_project_and_no_pause(
    name: str, detail: dict[str, Any]
) -> None:
    for fields in detail.get("violations", ()):
        fields["quotaId"] = name
    if name and "metadata" in detail:
        detail = detail | {"metadata": detail["metadata"] | {"quota_limit": name}}
    outcome = identity_outcome(respond(429, limit_body("Sorry.", detail)))
    conclusion = conclude(PROVIDER, outcome)
    assert (Verdict.API_DISABLED, False) == (conclusion.verdict, conclusion.usable)
    assert () == outcome.quota
    assert outcome.retry_at is None
    assert "is 0 requests" in conclusion.summary
    assert f"({name})" in conclusion.summary or not name
    assert "Waiting does not help." in conclusion.advice[0]
    assert "backoff" not in " ".join(conclusion.advice)


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_of_a_front_end_is_no_quota(status: int) -> None:
    outcome = identity_outcome(respond(status, PAGE, {"retry-after": "900"}))
    assert (Verdict.UNDETERMINED, ()) == (outcome.verdict, outcome.quota)
    assert NOW + timedelta(seconds=900) == outcome.retry_at
    assert "15 min" in " ".join(outcome.advice)


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
@given(status=st.sampled_from([400, 403, 404, 409, 422]), reason=st.text(min_size=1, max_size=20))
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
        (Verdict.REVOKED_OR_INVALID, "BRAND_NEW", "BRAND_NEW: Sorry.", "Refresh it once."),
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


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, status_body(503, "UNAVAILABLE", "Sorry.", retry_info("900s"))),
        (429, {"cloudflare_error": True, "error_code": 1015, "retry_after": 900}),
    ],
)
def test_the_pause_of_a_body_is_kept(status: int, body: Any) -> None:
    outcome = identity_outcome(respond(status, body))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert NOW + timedelta(seconds=900) == outcome.retry_at
    assert "15 min" in " ".join(outcome.advice)


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


def test_an_unknown_reason_of_a_429_is_shown_without_the_documented_limit() -> None:
    reason = "CONCURRENT_REQUESTS_LIMIT_EXCEEDED"
    body = status_body(429, "RESOURCE_EXHAUSTED", "Too many requests at once.", error_info(reason))
    conclusion = conclude(PROVIDER, PROVIDER.read_error(respond(429, body)))
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert f"Too many requests at once. ({reason})" in conclusion.summary
    assert "300" not in " ".join(conclusion.advice)
