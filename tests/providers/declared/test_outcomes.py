"""The meaning of responses to a check request, by declarations: ready-made ones and others."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.support.providers.ready_made import COMPILED, compiled_source
from tests.support.suite.cases import each_case
from tokcheck.checks.verdict import conclude_from_outcome
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.base import PaceWindow, Request, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

NOW = datetime(2026, 11, 28, 12, 7, 30, tzinfo=UTC)
DATE = "Sat, 28 Nov 2026 12:07:30 GMT"
TOKEN = Credential(Kind.ACCESS_TOKEN, Secret("made-up-token-0123456789"))
QUARTER, DAY_END = NOW + timedelta(seconds=450), datetime(2026, 11, 29, tzinfo=UTC)


class Recorded(NamedTuple):
    """A response in a provider's form, and what it means."""

    provider: str
    verdict: Verdict
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})
    quota: tuple[Quota, ...] = ()
    scopes: tuple[str, ...] | None = None
    detail: str = ""


def epoch(seconds: int) -> str:
    return str(int(NOW.timestamp()) + seconds)


def send(provider: str, response: Response) -> tuple[Request, Outcome]:
    """Return the check request of a provider, and the outcome of a response to it."""
    flow = provider_of(TABLES[provider]).probe(TOKEN, None)
    request = next(flow)
    try:
        flow.send(response)
    except StopIteration as end:
        outcome: Outcome = end.value
        return request, outcome
    raise AssertionError("the probe sends a second request")


def respond(case: Recorded) -> Response:
    body = b"" if case.body is None else json.dumps(case.body).encode()
    headers = {name.lower(): value for name, value in case.headers.items()}
    return Response(case.status, {"date": DATE, **headers}, body, NOW)


STRAVA = {
    "X-RateLimit-Limit": "200,2000",
    "X-RateLimit-Usage": "12,431",
    "X-ReadRateLimit-Limit": "100,1000",
    "X-ReadRateLimit-Usage": "12,431",
}
POLAR = (
    Quota("900s", 520, None, None, "documented", "project"),
    Quota("day", 5100, None, None, "documented", "project"),
)
GITHUB = {
    "resources": {
        "core": {"limit": 5000, "used": 1, "remaining": 4999, "reset": int(epoch(1800))},
        "search": {"limit": 30, "used": 0, "remaining": 30, "reset": int(epoch(60))},
    }
}

RECORDED = [
    # Strava: the budget is the application's, and is shared by all of its tokens.
    Recorded(
        "strava",
        Verdict.VALID,
        body={"id": 1, "username": "x"},
        headers=STRAVA,
        quota=(
            Quota("read 900s", 100, 88, QUARTER, "headers", "project"),
            Quota("read day", 1000, 569, DAY_END, "headers", "project"),
            Quota("overall 900s", 200, 188, QUARTER, "headers", "project"),
            Quota("overall day", 2000, 1569, DAY_END, "headers", "project"),
        ),
    ),
    Recorded(
        "strava",
        Verdict.RATE_LIMITED,
        429,
        {"message": "Rate Limit Exceeded", "errors": []},
        {"X-RateLimit-Limit": "600,30000", "X-RateLimit-Usage": "692,27536"},
        (
            Quota("overall 900s", 600, 0, QUARTER, "headers", "project"),
            Quota("overall day", 30_000, 2464, DAY_END, "headers", "project"),
        ),
    ),
    Recorded(
        "strava",
        Verdict.REVOKED_OR_INVALID,
        401,
        {"message": "Authorization Error", "errors": [{"code": "invalid"}]},
        detail="HTTP 401: Authorization Error (invalid)",
    ),
    # WHOOP: the numbers are those of the window that comes first.
    Recorded(
        "whoop",
        Verdict.VALID,
        body={"user_id": 1},
        headers={
            "X-RateLimit-Limit": "100, 100;window=60, 10000;window=86400",
            "X-RateLimit-Remaining": "98",
            "X-RateLimit-Reset": "3",
        },
        quota=(
            Quota("minute", 100, 98, NOW + timedelta(seconds=3), "headers", "project"),
            Quota("day", 10_000, None, None, "headers", "project"),
        ),
    ),
    # When the day runs out, its limit comes first.
    Recorded(
        "whoop",
        Verdict.RATE_LIMITED,
        429,
        None,
        {
            "X-RateLimit-Limit": "10000, 100;window=60, 10000;window=86400",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "7200",
        },
        (
            Quota("minute", 100, None, None, "headers", "project"),
            Quota("day", 10_000, 0, NOW + timedelta(hours=2), "headers", "project"),
        ),
    ),
    Recorded("whoop", Verdict.REVOKED_OR_INVALID, 401, {"error": "invalid"},
             detail="HTTP 401: invalid"),
    # Oura: a 403 is a lapsed membership.
    Recorded(
        "oura",
        Verdict.VALID,
        body={"id": "x"},
        quota=(Quota("300s", 5000, None, None, "documented"),),
    ),
    Recorded(
        "oura",
        Verdict.NOT_PERMITTED,
        403,
        {"detail": "x"},
        detail="the user's Oura membership has lapsed",
    ),
    Recorded("oura", Verdict.NOT_PERMITTED, 426, {}, detail="the user's Oura app is too old"),
    Recorded("oura", Verdict.RATE_LIMITED, 429, {}),
    Recorded("oura", Verdict.REVOKED_OR_INVALID, 401, {"detail": "expired"},
             detail="HTTP 401: expired"),
    # Withings: refusals come with HTTP 200.
    Recorded(
        "withings",
        Verdict.VALID,
        body={"status": 0, "body": {"devices": []}},
        quota=(Quota("minute", 120, None, None, "documented", "project"),),
    ),
    Recorded(
        "withings",
        Verdict.REVOKED_OR_INVALID,
        body={"status": 401, "body": {}, "error": "XRequestID: invalid_token"},
        detail="it has expired, was revoked, or was never issued (status 401 in the body)",
    ),
    Recorded("withings", Verdict.UNDETERMINED, body={"status": 2554, "body": {}, "error": "x"}),
    Recorded("withings", Verdict.UNDETERMINED, body={}),
    # Polar: the documented limits; its headers are not read.
    Recorded(
        "polar",
        Verdict.VALID,
        body=[],
        headers={"RateLimit-Limit": "520, 5100", "RateLimit-Usage": "6, 6"},
        quota=POLAR,
    ),
    Recorded("polar", Verdict.VALID, 200, {"exercises": []}, quota=POLAR),
    Recorded("polar", Verdict.VALID, 204, quota=POLAR),  # there is nothing
    Recorded("polar", Verdict.RATE_LIMITED, 429, {}, {"Retry-After": "60"}),
    Recorded("polar", Verdict.REVOKED_OR_INVALID, 401, {}, detail="HTTP 401"),
    # Spotify: only a pause is reported.
    Recorded("spotify", Verdict.VALID, body={"id": "x"}),
    Recorded("spotify", Verdict.RATE_LIMITED, 429, {"error": {}}, {"Retry-After": "9"}),
    Recorded(
        "spotify",
        Verdict.RATE_LIMITED,
        429,
        {"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}},
        detail="the quota of the developer account is used up",
    ),
    Recorded("spotify", Verdict.EXPIRED, 401,
             {"error": {"status": 401, "message": "The access token expired"}},
             detail="HTTP 401: The access token expired"),
    # GitHub: all numbers stand in the body.
    Recorded(
        "github",
        Verdict.VALID,
        body=GITHUB,
        headers={"X-OAuth-Scopes": "repo, read:org"},
        quota=(Quota("core hour", 5000, 4999, NOW + timedelta(seconds=1800), "headers"),),
        scopes=("repo", "read:org"),
    ),
    Recorded(
        "github",
        Verdict.VALID,
        body=GITHUB,
        headers={"X-OAuth-Scopes": ""},  # fine-grained tokens and Apps
        quota=(Quota("core hour", 5000, 4999, NOW + timedelta(seconds=1800), "headers"),),
    ),
    Recorded("github", Verdict.REVOKED_OR_INVALID, 401, {"message": "Bad credentials"},
             detail="HTTP 401: Bad credentials"),
    Recorded("github", Verdict.RATE_LIMITED, 403, {"message": "API rate limit exceeded"},
             {"X-RateLimit-Remaining": "0"}),
    Recorded("github", Verdict.RATE_LIMITED, 403, {"message": "API rate limit exceeded"}, {
        "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "60",
        "X-RateLimit-Reset": epoch(600), "X-RateLimit-Resource": "core"},
        (Quota("core hour", 60, 0, NOW + timedelta(seconds=600), "headers"),)),
    Recorded("github", Verdict.RATE_LIMITED, 403, {"message": "x"}, {"Retry-After": "60"},
             detail="a secondary rate limit is exceeded"),
    Recorded("github", Verdict.UNDETERMINED, 403, {"message": "Resource not accessible"}),
    # GitLab: Unix seconds under the IETF's name.
    Recorded(
        "gitlab",
        Verdict.VALID,
        body={"id": 1, "active": True, "scopes": ["api", "read_user"]},
        headers={
            "RateLimit-Limit": "600",
            "RateLimit-Observed": "6",
            "RateLimit-Remaining": "594",
            "RateLimit-Reset": epoch(45),
            "RateLimit-ResetTime": "Sat, 28 Nov 2026 12:08:15 GMT",
        },
        quota=(Quota("minute", 600, 594, NOW + timedelta(seconds=45), "headers"),),
        scopes=("api", "read_user"),
    ),
    Recorded("gitlab", Verdict.REVOKED_OR_INVALID, body={"active": False},
             detail="it is no longer active"),
    Recorded("gitlab", Verdict.REVOKED_OR_INVALID, 401, {"message": "401 Unauthorized"},
             detail="HTTP 401: 401 Unauthorized"),
    Recorded("gitlab", Verdict.RATE_LIMITED, 429, None, {
        "RateLimit-Limit": "600", "RateLimit-Remaining": "0", "RateLimit-Reset": epoch(9),
        "Retry-After": "9"},
        (Quota("minute", 600, 0, NOW + timedelta(seconds=9), "headers"),)),
    # Docker Hub: pulls, with the window as a parameter; paid plans report nothing.
    Recorded(
        "docker-hub",
        Verdict.VALID,
        headers={"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "20;w=21600"},
        quota=(Quota("21600s", 100, 20, None, "headers", unit="pulls"),),
    ),
    Recorded("docker-hub", Verdict.VALID),
    # An empty limit, which somebody met.
    Recorded("docker-hub", Verdict.VALID, headers={
        "ratelimit-limit": ";w=21600", "ratelimit-remaining": "20;w=21600"},
        quota=(Quota("unknown", None, 20, None, "headers", unit="pulls"),)),
    Recorded("docker-hub", Verdict.RATE_LIMITED, 429, {"errors": [{"code": "TOOMANYREQUESTS"}]}, {
        "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"},
        (Quota("21600s", 100, 0, None, "headers", unit="pulls"),)),
    Recorded("docker-hub", Verdict.REVOKED_OR_INVALID, 401, None,
             {"WWW-Authenticate": 'Bearer realm="https://auth.docker.io/token"'},
             detail="HTTP 401"),
    # Any API with the standard fields.
    Recorded(
        "ietf",
        Verdict.VALID,
        body={},
        headers={"RateLimit-Policy": '"p";q=100;w=60', "RateLimit": '"p";r=50;t=30'},
        quota=(Quota("p minute", 100, 50, NOW + timedelta(seconds=30), "headers"),),
    ),
    Recorded("ietf", Verdict.RATE_LIMITED, 429, {}, {
        "RateLimit-Policy": "100;w=60", "RateLimit": "limit=100, remaining=0, reset=20"},
        (Quota("minute", 100, 0, NOW + timedelta(seconds=20), "headers"),)),
    Recorded("ietf", Verdict.REVOKED_OR_INVALID, 401, {"title": "Unauthorized"},
             detail="HTTP 401: Unauthorized"),
]  # fmt: skip


@each_case("number", range(len(RECORDED)))
def test_a_recorded_response_means_what_its_declaration_says(number: int) -> None:
    case = RECORDED[number]
    _, outcome = send(case.provider, respond(case))
    assert case.verdict is outcome.verdict
    assert case.quota == outcome.quota
    assert case.verdict is Verdict.UNDETERMINED or case.detail == outcome.detail
    assert case.scopes == (outcome.claims.scopes if outcome.claims else None)
    assert case.status == outcome.status


_REPORTED = {
    "name": "acme",
    "address": "https://api.acme.example",
    "check": "/me",
    "windows": [{"name": "minute", "seconds": 60, "remaining": {"header": "x-left"}}],
}


@each_case(
    ("subject", "table"),
    [
        ("response", TABLES["ietf"]),
        ("response", _REPORTED),
        ("response", TABLES["oura"]),
        ("Acme API", {name: value for name, value in _REPORTED.items() if name != "windows"}),
    ],
)
def test_a_response_without_a_quota_says_so(subject: str, table: Mapping[str, Any]) -> None:
    flow = provider_of(table).probe(TOKEN, None)
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(Response(200, {"date": DATE}, b"{}", NOW))
    outcome: Outcome = end.value.value
    assert Verdict.VALID == outcome.verdict
    assert f"The {subject} reports no rate limit" in outcome.advice[0]


def test_every_ready_made_declaration_has_recorded_responses() -> None:
    assert set(TABLES) == {case.provider for case in RECORDED}


def test_the_compiled_declarations_are_those_of_the_files() -> None:
    assert COMPILED.read_text("utf-8") == compiled_source()


PORTAL = b"<html><title>Log in to the hotel's network</title></html>"


@each_case("name", list(TABLES))
def test_what_others_send_says_nothing_about_a_token(name: str) -> None:
    html = {"content-type": "text/html"}
    basic = {"www-authenticate": 'Basic realm="proxy"'}
    for response in (
        Response(401, html, PORTAL, NOW),
        Response(403, html, PORTAL, NOW),
        Response(401, basic, b"", NOW),
        Response(429, html, PORTAL, NOW),
        Response(302, {"location": "https://login.example/"}, b"", NOW),
        Response(500, {}, b"{}", NOW),
        Response(502, html, PORTAL, NOW),
        Response(407, {}, b"", NOW),
    ):
        assert Verdict.UNDETERMINED is send(name, response)[1].verdict, response.status
    if TABLES[name].get("check") != "/":
        assert Verdict.UNDETERMINED is send(name, Response(200, html, PORTAL, NOW))[1].verdict


@each_case(
    ("name", "line", "key"),
    [
        ("github", "GET /rate_limit", None),
        ("strava", "GET /api/v3/athlete", None),
        ("docker-hub", "HEAD /v2/ratelimitpreview/test/manifests/latest", None),
        ("withings", "POST /v2/user", None),
        ("gitlab", "GET /api/v4/personal_access_tokens/self", ("PRIVATE-TOKEN", "")),
    ],
)
def test_the_check_request_is_the_declared_one(
    name: str, line: str, key: tuple[str, str] | None
) -> None:
    request, _ = send(name, Response(500, {}, b"", NOW))
    assert line == f"{request.method} {request.path}"
    assert key == (request.key[:2] if request.key else None)
    assert (request.bearer is None) == (key is not None)
    assert ({"action": "getdevice"} if name == "withings" else None) == request.fields


_OF_ALL = {"length": "1h", "documented": 1000, "owner": "application"}


def test_a_free_check_costs_nothing_and_an_application_shares_its_budget() -> None:
    github, strava = provider_of(TABLES["github"]), provider_of(TABLES["strava"])
    assert (1, 0, 300) == (github.pace.requests, github.pace.cost, github.pace.shortest)
    assert ("user", "core hour") == (github.pace.owner, github.pace.window)
    assert ("project", 1200) == (strava.pace.owner, strava.pace.shortest)
    assert ("read 900s", 900, 100) == strava.pace[:3]
    assert (
        PaceWindow("read day", 86_400, 1000, owner="project"),
        PaceWindow("overall 900s", 900, 200, owner="project"),
        PaceWindow("overall day", 86_400, 2000, owner="project"),
    ) == strava.pace.further


def test_the_windows_of_a_user_count_beside_those_of_the_application() -> None:
    windows = [{"length": "6h", "documented": 60}, {**_OF_ALL, "cost": 2}, {**_OF_ALL, "cost": 0}]
    pace = provider_of({**TABLES["polar"], "windows": windows}).pace
    assert ("project", "hour", 1000, 2) == (pace.owner, pace.window, pace.limit, pace.cost)
    assert (PaceWindow("21600s", 21_600, 60),) == pace.further


def test_a_reset_beyond_its_window_is_ignored_with_a_note() -> None:
    headers = {"RateLimit-Limit": "600", "RateLimit-Reset": epoch(10**8)}
    case = Recorded("gitlab", Verdict.VALID, body={"active": True}, headers=headers)
    _, outcome = send("gitlab", respond(case))
    (quota,) = outcome.quota
    assert Quota("minute", 600, None, None, "headers") == quota._replace(ignored_reset=None)
    assert NOW + timedelta(seconds=10**8) == quota.ignored_reset
    assert any("too far ahead" in sentence for sentence in outcome.advice)


@each_case(("seconds", "is_named"), [(60, False), (119, False), (3_600, True), (86_400, True)])
def test_a_reset_that_lies_further_ahead_than_the_window_is_long_is_named(
    seconds: int, *, is_named: bool
) -> None:
    headers = {
        "RateLimit-Limit": "600", "RateLimit-Remaining": "5", "RateLimit-Reset": epoch(seconds),
    }  # fmt: skip
    case = Recorded("gitlab", Verdict.VALID, body={"active": True}, headers=headers)
    _, outcome = send("gitlab", respond(case))
    reset = NOW + timedelta(seconds=seconds)
    assert (Quota("minute", 600, 5, reset, "headers"),) == outcome.quota
    note = (
        "The reset of the window minute lies further ahead than the window is long. Check its "
        "length, and the form of its reset, in the declaration."
    )
    assert is_named is (note in outcome.advice)


def test_a_provider_that_reports_no_rate_limit_is_named() -> None:
    _, outcome = send("spotify", Response(200, {}, b'{"id": "alex"}', NOW))
    assert (
        "The Spotify Web API reports no rate limit, by its declaration; what is left of one is not "
        "known.",
    ) == outcome.advice
    _, refused = send("spotify", Response(401, {}, b'{"error": {"message": "x"}}', NOW))
    assert () == refused.advice


def test_no_text_of_a_response_repeats_the_token() -> None:
    secret = "made-up-token-0123456789"
    body = {"message": f"no {secret} here", "error": secret}
    _, outcome = send("strava", Response(401, {}, json.dumps(body).encode(), NOW))
    assert Verdict.REVOKED_OR_INVALID is outcome.verdict
    assert secret not in str(outcome)


def test_gitlab_checks_the_token_of_a_login_at_another_endpoint() -> None:
    probe = provider_of(TABLES["gitlab"]).probe
    for text, path, has_bearer in (
        ("ab" * 32, "/oauth/token/info", True),
        ("glpat-" + "a" * 20, "/api/v4/personal_access_tokens/self", False),
        ("own-prefix-" + "a" * 20, "/api/v4/personal_access_tokens/self", False),
    ):
        request = next(probe(Credential(Kind.ACCESS_TOKEN, Secret(text)), None))
        assert (path, has_bearer) == (request.path, request.bearer is not None)
    flow = probe(Credential(Kind.ACCESS_TOKEN, Secret("ab" * 32)), None)
    next(flow)
    body = json.dumps({"resource_owner_id": 1, "scope": ["api"], "created_at": 1}).encode()
    with pytest.raises(StopIteration) as end:
        flow.send(Response(200, {}, body, NOW))
    outcome: Outcome = end.value.value
    assert outcome.claims is not None
    assert (Verdict.VALID, "1", ("api",)) == (
        outcome.verdict,
        outcome.claims.user_id,
        outcome.claims.scopes,
    )


@pytest.mark.parametrize(("expected", "status"), [((), 200), ((None,), 429)])
def test_numbers_below_zero_mean_that_nothing_is_counted(
    expected: tuple[int | None, ...], status: int
) -> None:
    """https://learn.microsoft.com/en-us/answers/questions/5625878/ reports such a response."""
    provider = provider_of(
        {
            "name": "acme",
            "address": "https://api.acme.example",
            "check": "/me",
            "windows": [
                {
                    "length": "1m",
                    "limit": "X-Limit",
                    "remaining": "X-Left",
                    "reset": {"header": "X-Reset", "form": "seconds"},
                }
            ],
        }
    )
    headers = {"x-limit": "-1", "x-left": "-1", "x-reset": "0"}
    response = Response(status, headers, b"{}", datetime(2026, 11, 28, tzinfo=UTC))
    read = provider.read_error if status == 429 else provider.read_quota
    seen = read(response)
    quotas = seen.quota if isinstance(seen, Outcome) else seen
    assert expected == tuple(quota.remaining for quota in quotas)


@pytest.mark.parametrize(("count", "status"), [(0, 200), (0, 399), (1, 400), (1, 429)])
def test_a_reset_alone_counts_in_a_refusal(count: int, status: int) -> None:
    reset = {"header": "X-Reset", "form": "seconds"}
    window = {"length": "1m", "remaining": "X-Left", "reset": reset}
    table = {"name": "acme", "address": "https://api.acme.example", "check": "/me"}
    provider = provider_of({**table, "windows": [window]})
    response = Response(status, {"x-reset": "30"}, b"{}", NOW)
    assert [NOW + timedelta(seconds=30)] * count == [
        quota.reset_at for quota in provider.read_quota(response)
    ]


@each_case(
    ("own", "provider", "status", "body"),
    [
        (True, "withings", 200, {"status": 2554, "body": {}, "error": "Wrong action"}),
        (True, "strava", 400, {"message": "Bad Request", "errors": []}),
        (True, "whoop", 422, {"error": "unprocessable"}),
        (False, "strava", 404, {"message": "Record Not Found"}),
        (False, "strava", 502, {"message": "Bad Gateway"}),
        (False, "strava", 407, {"message": "Proxy"}),
        (False, "strava", 400, None),
        (False, "strava", 200, "a text"),
        (True, "strava", 200, {"error": "not today"}),
    ],
)
def test_an_error_of_the_api_s_own_is_not_a_proxy_s(
    own: bool,  # noqa: FBT001 - a column of the table
    provider: str,
    status: int,
    body: object,
) -> None:
    case = Recorded(provider, Verdict.UNDETERMINED, status, body)
    _, outcome = send(provider, respond(case))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert own is ("refused the check for another reason" in " ".join(outcome.advice))
    assert not (own and "proxy" in " ".join(outcome.advice))


@pytest.mark.parametrize("provider", sorted(TABLES))
def test_a_410_to_the_check_means_that_the_service_is_gone(provider: str) -> None:
    for body in (b"", b'{"message": "Gone"}', b"gone"):
        response = Response(410, {"date": DATE}, body, NOW)
        _, outcome = send(provider, response)
        assert Verdict.SERVICE_GONE is outcome.verdict
        assert "HTTP 410" in outcome.detail
        # Of another request, it may be about one deleted item.
        other = provider_of(TABLES[provider]).read_error(response)
        assert Verdict.UNDETERMINED is other.verdict
        assert "the check" not in " ".join(other.advice)
    page = Response(410, {"content-type": "text/html"}, b"<html>Gone</html>", NOW)
    assert Verdict.SERVICE_GONE is send(provider, page)[1].verdict
    gateway = page._replace(headers={"www-authenticate": "Basic realm=proxy"})
    assert Verdict.UNDETERMINED is send(provider, gateway)[1].verdict
    assert Verdict.SERVICE_GONE in provider_of(TABLES[provider]).remedies


def test_the_refusal_of_another_request_is_not_called_one_of_the_check() -> None:
    for status in (400, 402, 422, 451):
        case = Recorded("strava", Verdict.UNDETERMINED, status, {"message": "No"})
        outcome = provider_of(TABLES["strava"]).read_error(respond(case))
        assert "the API refused the request for another reason" in " ".join(outcome.advice)


@each_case(
    ("seconds", "retry_after", "headers"),
    [
        (300, "300", {"RateLimit": '"x";r=0;t=30', "RateLimit-Policy": '"x";q=10;w=60'}),
        (300, "300", {"RateLimit": '"x";r=5;t=30', "RateLimit-Policy": '"x";q=10;w=60'}),
        (300, "300", {"RateLimit": "limit=10, remaining=0, reset=30"}),
        (
            300,
            "300",
            {"RateLimit-Limit": "10", "RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
        ),
        (300, "300", {"RateLimit": '"x";r=0;t=30,"y";r=7;t=900'}),
        (None, "20", {"RateLimit": '"x";r=0;t=30', "RateLimit-Policy": '"x";q=10;w=60'}),
        (None, "0", {"RateLimit": '"x";r=0;t=30'}),
        (None, "300", {"RateLimit": '"x";r=0;t=30,"y";r=0;t=900'}),
    ],
)
def test_the_longer_of_a_pause_and_a_reset_counts(
    seconds: int | None, retry_after: str, headers: dict[str, str]
) -> None:
    case = Recorded("ietf", Verdict.RATE_LIMITED, 429, {}, {"Retry-After": retry_after, **headers})
    provider = provider_of(TABLES["ietf"])
    _, outcome = send("ietf", respond(case))
    summary = conclude_from_outcome(outcome, NOW, provider.title, provider.remedies)
    says_pause = "the response says to wait 5 min" in summary.summary
    assert (seconds is not None) is says_pause
    advice = " ".join(map(str, summary.advice))
    assert says_pause is ("Try again in 5 min, as the response says." in advice)
    assert says_pause is not ("after the reset" in advice)


@each_case(
    ("remedy", "provider", "status", "headers", "body"),
    [
        (None, "strava", 429, {**STRAVA, "X-ReadRateLimit-Usage": "100,431"}, {"message": "x"}),
        (
            "Try again in 7 s, as the response says.",
            "spotify",
            429,
            {"Retry-After": "7"},
            {"error": {"status": 429}},
        ),
        ("Wait for some minutes, then try again once.", "spotify", 429, {}, {"error": {}}),
        (
            "Wait for some minutes, then try again once.",
            "withings",
            200,
            {},
            {"status": 601, "error": "Too many"},
        ),
        (
            "Wait for some minutes, then try again once.",
            "ietf",
            200,
            {"RateLimit": '"b";r=0'},
            None,
        ),
        (
            "Wait for 6 h, the length of the window.",
            "docker-hub",
            200,
            {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "0;w=21600"},
            None,
        ),
    ],
)
def test_a_limit_without_a_reset_sends_nobody_to_the_reset(
    remedy: str | None, provider: str, status: int, headers: dict[str, str], body: object
) -> None:
    case = Recorded(provider, Verdict.RATE_LIMITED, status, body, headers)
    _, outcome = send(provider, respond(case))
    assert outcome.verdict in {Verdict.RATE_LIMITED, Verdict.VALID}
    assert (None if remedy is None else (remedy,)) == outcome.remedy


@pytest.mark.parametrize(
    ("ends", "token", "body"),
    [
        # https://docs.gitlab.com/user/profile/personal_access_tokens/
        (
            datetime(2026, 12, 15, tzinfo=UTC),
            "glpat-" + "a" * 20,
            {"active": True, "expires_at": "2026-12-15"},
        ),
        (None, "glpat-" + "a" * 20, {"active": True, "expires_at": None}),
        (None, "glpat-" + "a" * 20, {"active": True, "expires_at": "soon"}),
        (NOW + timedelta(seconds=7000), "ab" * 32, {"expires_in": 7000}),
        (None, "ab" * 32, {"expires_in": None}),
    ],
)
def test_gitlab_tells_when_a_token_expires(
    ends: datetime | None, token: str, body: Mapping[str, Any]
) -> None:
    flow = provider_of(TABLES["gitlab"]).probe(Credential(Kind.ACCESS_TOKEN, Secret(token)), None)
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(
            Response(
                200, {}, json.dumps({"scopes": ["api"], "scope": ["api"], **body}).encode(), NOW
            )
        )
    outcome: Outcome = end.value.value
    assert outcome.claims is not None
    assert (Verdict.VALID, ends) == (outcome.verdict, outcome.claims.expires_at)


def test_an_inactive_token_of_gitlab_is_found_by_the_check_alone() -> None:
    gitlab = provider_of(TABLES["gitlab"])
    _, outcome = send("gitlab", Response(200, {}, b'{"active": false}', NOW))
    assert Verdict.REVOKED_OR_INVALID is outcome.verdict
    # Of other requests, a status of success shows that the token was accepted.
    assert not gitlab.refuses_in_success
    assert provider_of(TABLES["withings"]).refuses_in_success


@pytest.mark.parametrize("provider", ["gitlab", "whoop", "spotify"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_in_the_body_is_one_in_the_challenge(provider: str, status: int) -> None:
    body = {"error": "insufficient_scope", "error_description": "It needs another scope."}
    challenge = {"www-authenticate": 'Bearer error="insufficient_scope"'}
    for case in (
        Recorded(provider, Verdict.INSUFFICIENT_SCOPE, status, body),
        Recorded(provider, Verdict.INSUFFICIENT_SCOPE, status, {}, challenge),
    ):
        assert Verdict.INSUFFICIENT_SCOPE is send(provider, respond(case))[1].verdict
