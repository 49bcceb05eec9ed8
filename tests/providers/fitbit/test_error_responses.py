from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.providers.fitbit_probe import (
    CAPTURE_OF_2026,
    DENIED,
    EXPIRED,
    INVALID,
    NO_SETTINGS,
    VALUES,
    VISIT,
    outcome_of,
)
from tests.support.providers.probe_responses import (
    BAD_TOKEN_CHALLENGE,
    PAGE,
    conclude,
    gateway_responses,
    problem,
    respond,
    status_body,
)
from tests.support.tokens import FITBIT
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit import PROVIDER


class FitbitError(NamedTuple):
    """One error as it was recorded: the verdict, and words of the summary and of the advice."""

    name: str
    verdict: Verdict
    answer: Response
    summary: tuple[str, ...]
    advice: tuple[str, ...]


def no_permission(data: str) -> str:
    return f"This application does not have permission to access {data} data. {VISIT}"


def scope_row(name: str, scope: str, status: int, kind: str, message: str) -> FitbitError:
    advice = ("consent again", "ticked on")
    answer = respond(status, problem(kind, message))
    return FitbitError(name, Verdict.INSUFFICIENT_SCOPE, answer, (f"requires {scope}.",), advice)


def unclear(
    name: str, answer: Response, *summary: str, advice: str = "nothing about"
) -> FitbitError:
    return FitbitError(name, Verdict.UNDETERMINED, answer, summary, (advice,))


_NO_HEADER = problem("invalid_request", "Authorization header required.")
_WITHDRAWN = ("revokes the consent", "access mode")
_EMPTY = "did not reach the server"
_HEADER = "did not understand the Authorization header"

ROWS = [
    FitbitError("expired", Verdict.EXPIRED, EXPIRED, ("expired",), ("refresh token",)),
    FitbitError(
        "invalid", Verdict.REVOKED_OR_INVALID, respond(401, INVALID), ("revoked",), _WITHDRAWN
    ),
    FitbitError(
        "two-errors",
        Verdict.REVOKED_OR_INVALID,
        respond(
            401,
            {
                "errors": [
                    {"errorType": "not_found", "message": "The API could not be found."},
                    {"message": "Access token invalid.", "errorType": "invalid_token"},
                ]
            },
        ),
        ("revoked",),
        _WITHDRAWN,
    ),
    FitbitError(
        "expired-beats-invalid",
        Verdict.EXPIRED,
        respond(401, {"errors": [*INVALID["errors"], {"errorType": "expired_token"}]}),
        ("expired",),
        ("refresh token",),
    ),
    FitbitError(
        "google-shaped-401",
        Verdict.REVOKED_OR_INVALID,
        respond(401, status_body(401, "UNAUTHENTICATED", "Invalid credentials.")),
        ("does not say which",),
        _WITHDRAWN,
    ),
    FitbitError(
        "bare-401-of-the-api",
        Verdict.REVOKED_OR_INVALID,
        respond(401, b"", {"www-authenticate": BAD_TOKEN_CHALLENGE}),
        ("without a reason",),
        _WITHDRAWN,
    ),
    unclear("bare-401", respond(401), "HTTP 401", "body is empty", advice="a proxy"),
    *(
        unclear(f"gateway-{name}", answer, *summary, advice="a proxy")
        for name, answer, summary in gateway_responses(INVALID)
    ),
    FitbitError(
        "strange-401",
        Verdict.REVOKED_OR_INVALID,
        respond(401, problem("oauth", "Something else.")),
        ("HTTP 401", "Something else."),
        _WITHDRAWN,
    ),
    unclear("no-header", respond(401, _NO_HEADER), _EMPTY, advice="A proxy may have removed"),
    unclear("no-header-400", respond(400, _NO_HEADER), _EMPTY, advice="A proxy may have removed"),
    unclear(
        "header-format",
        respond(
            401,
            problem(
                "invalid_client",
                f"Invalid authorization header format. Received header = Bearer {FITBIT}. {VISIT}",
            ),
        ),
        _HEADER,
        advice="A proxy may have removed",
    ),
    unclear(
        "header-basic",
        respond(
            401,
            problem(
                "invalid_client",
                "Invalid authorization header format. Received authorization header = "
                f"Basic MjNURVNUOm1hZGV1cA==, received client encoded id = null. {VISIT}",
            ),
        ),
        _HEADER,
        advice="A proxy may have removed",
    ),
    unclear(
        "bad-request",
        respond(
            400, problem("invalid_request", "Error reading the request body.", fieldName="n/a")
        ),
        "HTTP 400: Error reading the request body.",
    ),
    scope_row("no-scope", "settings", 403, "insufficient_scope", no_permission("settings")),
    scope_row("no-scope-sleep", "sleep", 403, "insufficient_scope", no_permission("sleep")),
    scope_row("no-scope-silent", "settings", 403, "insufficient_scope", ""),
    scope_row("no-scope-2015", "nutrition", 401, "authorization", no_permission("nutrition")),
    FitbitError(
        "application-not-allowed",
        Verdict.NOT_PERMITTED,
        respond(
            403,
            problem(
                "insufficient_permissions",
                "API client is not authorized by Fitbit to access the resource requested. " + VISIT,
            ),
        ),
        ("may not use this part",),
        ("application's type",),
    ),
    FitbitError(
        "google-shaped-403",
        Verdict.NOT_PERMITTED,
        respond(403, DENIED, CAPTURE_OF_2026),
        ("without a reason",),
        ("since April 2026", "https://developers.google.com/health/migration"),
    ),
    unclear(
        "not-found",
        respond(404, problem("not_found", "The API you are requesting could not be found.")),
        "HTTP 404: The API you are requesting could not be found.",
        advice="check the API's address",
    ),
    unclear(
        "conflict",
        respond(409, problem("request", "Conflict.")),
        "HTTP 409: Conflict.",
        advice="try again in a few seconds",
    ),
    unclear("length-required", respond(411), "HTTP 411", "body is empty"),
    unclear(
        "server-error",
        respond(500, problem("request", "An error. Error id: 5a:0c", fieldName="500")),
        "the server failed (HTTP 500)",
        advice="Try again in a few minutes",
    ),
    *(
        unclear(f"page-{status}", respond(status, PAGE), f"the server failed (HTTP {status})")
        for status in (502, 503, 504, 520)
    ),
    *(
        FitbitError(
            f"gone-{name}",
            Verdict.SERVICE_GONE,
            respond(410, body),
            ("HTTP 410 Gone", "2026-11-02"),
            (
                "Google Health API",
                "consent again",
                "https://developers.google.com/health/migration",
                "--api-url",
            ),
        )
        for name, body in (
            ("json", problem("request", "Turned off.")),
            ("page", PAGE),
            ("empty", b""),
        )
    ),
    unclear("page-200", respond(200, PAGE), "web page, not JSON", advice="login page"),
    unclear("page-401", respond(401, PAGE), "web page, not JSON", advice="login page"),
    unclear("page-403", respond(403, PAGE), "web page, not JSON"),
    unclear("fragment-401", respond(401, b"<h1>401</h1>"), "web page, not JSON"),
    unclear(
        "typed-page-401",
        respond(401, b"Please sign in", {"content-type": "text/html; charset=utf-8"}),
        "web page, not JSON",
    ),
    unclear("empty-200", respond(200), "its body is empty"),
    unclear("blank-200", respond(200, b" \r\n"), "its body is empty"),
    unclear("cut-200", respond(200, b'[{"battery": "Hi', cut=True), "body is incomplete"),
    unclear("broken-200", respond(200, b'[{"battery": "Hi'), "its body is not JSON"),
    unclear("bytes-200", respond(200, b"\xff\xfe\x00\xd8"), "its body is not JSON"),
    unclear("object-200", respond(200, {"devices": []}), "JSON of an unknown shape"),
    unclear("strange-list-200", respond(200, ["unexpected", 42]), "JSON of an unknown shape"),
    unclear("error-200", respond(200, INVALID), "HTTP 200: Access token invalid: [redacted]"),
    unclear(
        "redirect",
        respond(302, b"", {"location": f"https://elsewhere.invalid/path?token={FITBIT}"}),
        "redirects to elsewhere.invalid (HTTP 302).",
        advice="does not follow",
    ),
    unclear(
        "redirect-nowhere",
        respond(307),
        "redirects to another address (HTTP 307)",
        advice="not follow",
    ),
    unclear(
        "redirect-broken",
        respond(301, b"", {"location": "https://[::1/"}),
        "redirects to another address",
        advice="does not follow",
    ),
    unclear("proxy-password", respond(407, PAGE), "HTTP 407", "a proxy", advice="HTTPS_PROXY"),
    unclear("captive-portal", respond(511, PAGE), "HTTP 511", "network", advice="Sign in"),
    unclear("request-timeout", respond(408, b""), "HTTP 408", advice="Try again"),
    unclear(
        "blocked-by-cloudflare",
        respond(403, PAGE, {"server": "cloudflare"}),
        "Cloudflare",
        "HTTP 403",
        advice="another network",
    ),
    unclear(
        "parameter",
        respond(400, {"errors": [{"errorType": "validation", "message": "Bad date."}]}),
        "Bad date.",
        advice="Correct the parameter",
    ),
    unclear(
        "error-in-a-200",
        respond(200, {"errors": [{"errorType": "x", "message": "Odd."}]}),
        "Odd.",
        advice="The error is the API's own",
    ),
    unclear(
        "far-pause",
        respond(503, PAGE, {"retry-after": "Fri, 31 Dec 2999 23:59:59 GMT"}),
        "HTTP 503",
        advice="Try again in a day",
    ),
    unclear("teapot", respond(418, {"teapot": True}), "HTTP 418"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_recorded_error_has_its_own_verdict_summary_and_advice(row: FitbitError) -> None:
    outcome = outcome_of(row.answer)
    conclusion = conclude(PROVIDER, outcome)
    advice = " ".join(conclusion.advice)
    assert row.verdict is conclusion.verdict
    assert [words for words in row.summary if words not in conclusion.summary] == []
    assert [words for words in row.advice if words not in advice] == []
    assert row.answer.status == outcome.status
    assert FITBIT not in repr((outcome, conclusion))


@settings(deadline=None)
@given(
    status=st.sampled_from([400, 403, 404, 422]),
    kind=st.text(max_size=20),
    google=st.booleans(),
)
def test_an_unknown_error_of_the_own_form_is_not_blamed_on_a_proxy(
    *, status: int, kind: str, google: bool
) -> None:
    body = status_body(status, f"NEW{kind}", "No.") if google else problem(f"new{kind}", "No.")
    advice = " ".join(conclude(PROVIDER, outcome_of(respond(status, body))).advice)
    assert "https://dev.fitbit.com/apps" in advice
    assert "proxy" not in advice
    assert "login page" not in advice


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_summary_and_advice_is_a_whole_sentence(row: FitbitError) -> None:
    conclusion = conclude(PROVIDER, outcome_of(row.answer))
    for sentence in (conclusion.summary, *conclusion.advice):
        assert sentence.endswith(".")
        assert not sentence.endswith("..")


def test_the_error_is_kept_without_the_token() -> None:
    error = outcome_of(EXPIRED).error
    assert error is not None
    assert error.type == "expired_token"
    assert f"Access token expired: [redacted]. {VISIT}" == error.message


TYPES = st.sampled_from(
    ["expired_token", "invalid_token", "insufficient_scope", "system", "PERMISSION_DENIED", "new"]
)
ERRORS: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {
            "errors": st.lists(
                st.fixed_dictionaries({"errorType": TYPES | VALUES, "message": VALUES}) | VALUES,
                max_size=3,
            )
        }
    ),
    st.fixed_dictionaries(
        {"error": st.dictionaries(st.sampled_from(["status", "message"]), TYPES)}
    ),
    VALUES,
)
STATUSES = st.sampled_from([200, 204, 302, 400, 401, 403, 404, 410, 429, 500, 503]) | st.integers(
    200, 599
)
NAMES = st.sampled_from(
    [
        "date",
        "retry-after",
        "location",
        "content-type",
        "fitbit-rate-limit-remaining",
        "fitbit-rate-limit-reset",
    ]
)
KNOWN = (
    b"expired_token",
    b"invalid_token",
    b"UNAUTHENTICATED",
    b"insufficient_scope",
    b"PERMISSION_DENIED",
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    status=STATUSES,
    body=ERRORS | st.binary(max_size=40),
    headers=st.dictionaries(NAMES, st.text(max_size=30) | st.integers().map(str)),
    cut=st.booleans(),
    token=st.sampled_from([FITBIT, NO_SETTINGS]),
)
def test_no_response_crashes_the_probe_and_unknown_is_never_invalid(
    *, status: int, body: Any, headers: dict[str, str], cut: bool, token: str
) -> None:
    answer = respond(status, body, headers, cut=cut)
    outcome = outcome_of(answer, token)
    conclusion = conclude(PROVIDER, outcome)
    if conclusion.usable is False:
        assert 400 <= status < 500
        known = status in {401, 410} or any(kind in answer.body for kind in KNOWN)
        assert known
    if conclusion.verdict is Verdict.VALID:
        assert status == 200


@pytest.mark.parametrize("status", [200, 304, 399, 500, 503])
@pytest.mark.parametrize(
    "kind", ["expired_token", "invalid_token", "insufficient_scope", "insufficient_permissions"]
)
def test_only_a_refusal_has_a_type_that_counts(status: int, kind: str) -> None:
    outcome = outcome_of(respond(status, problem(kind, "A message.")))
    assert Verdict.UNDETERMINED is outcome.verdict


def test_the_message_of_a_denial_is_its_reason() -> None:
    body = status_body(403, "PERMISSION_DENIED", "The API was turned off for this application.")
    conclusion = conclude(PROVIDER, outcome_of(respond(403, body)))
    assert Verdict.NOT_PERMITTED is conclusion.verdict
    assert "PERMISSION_DENIED: The API was turned off for this application." in conclusion.summary


@pytest.mark.parametrize("status", [200, 401, 403, 404])
def test_an_error_in_a_list_is_the_same_error_and_no_device(status: int) -> None:
    body = status_body(status, "UNAUTHENTICATED", "No.")
    assert outcome_of(respond(status, body)) == outcome_of(respond(status, [body]))
