"""Every ready-made declaration, end to end: the checks of tokcheck against the sandbox."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest

from tests.support.providers.declared_checks import DeclaredChecks, declared_sandbox
from tests.support.suite.cases import each_case
from tokcheck.core.report import Verdict
from tokcheck.providers.known_services.ready_made import TABLES

VALID, LIMITED, UNCLEAR = Verdict.VALID, Verdict.RATE_LIMITED, Verdict.UNDETERMINED
REFUSED, NO_SCOPE = Verdict.REVOKED_OR_INVALID, Verdict.INSUFFICIENT_SCOPE


@pytest.fixture(scope="module")
def checks() -> Iterator[DeclaredChecks]:
    with declared_sandbox(TABLES) as served:
        yield served


@pytest.fixture(autouse=True)
def _fresh_windows(checks: DeclaredChecks) -> None:
    checks.state.reset_windows()


class Works(NamedTuple):
    """The content of the report on a good token."""

    provider: str
    user: str | None = None
    scopes: tuple[str, ...] | None = None
    quota: tuple[tuple[str, int | None, int | None, str], ...] = ()
    """Window, limit, remaining and source."""


# The sandbox's clock stands at 20:26:40 UTC.
WORKS = [
    Works(
        "docker-hub",
        "7ALEX2",
        quota=(("hour", 60, 60, "headers"),),
    ),
    Works("github", scopes=("repo",), quota=(("core hour", 60, 60, "headers"),)),
    Works("gitlab", "7ALEX2", scopes=("repo",), quota=(("minute", 60, 59, "headers"),)),
    Works("ietf", quota=(("default minute", 100, 99, "headers"),)),
    Works("oura", "7ALEX2", quota=(("300s", 5000, None, "documented"),)),
    Works(
        "polar",
        quota=(("900s", 520, None, "documented"), ("day", 5100, None, "documented")),
    ),
    Works("spotify", "7ALEX2"),
    Works(
        "strava",
        "7ALEX2",
        quota=(
            ("read 900s", 100, 99, "headers"),
            ("read day", 1000, 999, "headers"),
            ("overall 900s", 200, 199, "headers"),
            ("overall day", 2000, 1999, "headers"),
        ),
    ),
    Works(
        "whoop",
        "7ALEX2",
        quota=(("minute", 100, 99, "headers"), ("day", 10_000, None, "headers")),
    ),
    Works("withings", quota=(("minute", 120, None, "documented"),)),
]


@each_case("expected", WORKS)
def test_a_good_token_works(checks: DeclaredChecks, expected: Works) -> None:
    report = checks.use(expected.provider, scopes=expected.scopes)
    assert (VALID, True) == (report.verdict, report.usable)
    claims = report.claims
    assert expected.user == (claims.user_id if claims else None)
    granted = {one.name for one in report.scopes} or None
    assert (set(expected.scopes) if expected.scopes else None) == granted
    assert expected.quota == tuple(
        (each.window, each.limit, each.remaining, each.source) for each in report.quota
    )
    assert not any("ignored" in sentence for sentence in report.advice)


def test_the_table_has_every_ready_made_provider() -> None:
    assert list(TABLES) == [each.provider for each in WORKS]


@each_case("name", list(TABLES))
def test_a_token_ends(checks: DeclaredChecks, name: str) -> None:
    state = checks.state
    expired = checks.use(name, lifetime=-60)
    # The one's token says so, the other's response.
    is_said = name in {"docker-hub", "spotify"}
    assert (Verdict.EXPIRED if is_said else REFUSED, False) == (expired.verdict, expired.usable)
    token = state.issue_declared_token(name)
    assert VALID is checks.check(name, token).verdict
    state.revoke(token)
    assert REFUSED is checks.check(name, token).verdict
    # The token of another provider is none of this one.
    other = state.issue_declared_token("ietf" if name != "ietf" else "spotify")
    if name not in {"docker-hub", "gitlab", "github"}:
        assert REFUSED is checks.check(name, other).verdict


@each_case("name", [name for name, table in TABLES.items() if "windows" in table])
def test_requests_run_out_and_come_back(checks: DeclaredChecks, name: str) -> None:
    state = checks.state
    api = state.declared.get(name)
    windows = state.declared.windows
    limits = [(each.label, each.limit, each.seconds) for each in windows.windows(api)]
    try:
        windows.set_window(api, "", 2, 120.0)
        token = state.issue_declared_token(name)
        url = f"{checks.sandbox.url}/providers/{name}/other"
        header, scheme = api.credential
        headers = {header: f"{scheme} {token}".strip()}
        statuses = [httpx.get(url, headers=headers).status_code for _ in range(3)]
        # Withings refuses with HTTP 200.
        assert [200, 200, {"github": 403, "withings": 200}.get(name, 429)] == statuses
        report = checks.check(name, token)
        assert (LIMITED, True) == (report.verdict, report.usable)
        # Docker Hub reports no reset.
        ends = [report.retry_at, *(each.reset_at for each in report.quota)]
        moments = [each.timestamp() for each in ends if each] or [checks.clock.seconds + 120]
        checks.clock.seconds = max(moments) + 1
        assert VALID is checks.check(name, token).verdict
    finally:
        for label, limit, seconds in limits:
            windows.set_window(api, label, limit, seconds)


@each_case("name", [name for name, table in TABLES.items() if "scope" in str(table["check"])])
def test_a_missing_scope_is_refused(checks: DeclaredChecks, name: str) -> None:
    report = checks.use(name, scopes=("something-else",))
    assert (NO_SCOPE, False) == (report.verdict, report.usable)


@each_case(
    ("name", "fault", "verdict", "words"),
    [
        ("oura", "permission-denied", Verdict.NOT_PERMITTED, "membership has lapsed"),
        ("oura", "permission-denied-2", Verdict.NOT_PERMITTED, "app is too old"),
        ("oura", "too-many-requests", LIMITED, ""),
        ("spotify", "too-many-requests", LIMITED, "developer account is used up"),
        ("spotify", "too-many-requests-2", LIMITED, ""),
        ("github", "too-many-requests", LIMITED, ""),
        ("github", "too-many-requests-2", LIMITED, "secondary rate limit"),
        ("github", "too-many-requests-3", LIMITED, "secondary rate limit"),
        ("withings", "invalid-token", REFUSED, "status 401 in the body"),
        ("withings", "too-many-requests", LIMITED, ""),
        ("gitlab", "invalid-token", REFUSED, "no longer active"),
        ("strava", "invalid-token", REFUSED, ""),
        *[(name, "server-error", UNCLEAR, "") for name in TABLES],
        *[(name, "unavailable", UNCLEAR, "") for name in TABLES],
        *[(name, "redirect", UNCLEAR, "") for name in TABLES],
        *[(name, "html-page", UNCLEAR, "") for name in TABLES if name != "docker-hub"],
    ],
)
def test_a_declared_refusal_means_its_verdict(
    checks: DeclaredChecks, name: str, fault: str, verdict: Verdict, words: str
) -> None:
    report = checks.check(name, checks.state.issue_declared_token(name), fault)
    assert verdict is report.verdict
    assert words in " ".join((report.summary, *report.advice))


def test_withings_refuses_with_http_200(checks: DeclaredChecks) -> None:
    report = checks.use("withings", lifetime=-1)
    assert report.probe is not None
    assert (REFUSED, 200) == (report.verdict, report.probe.status)


def test_the_budget_of_strava_is_shared_by_the_tokens_of_an_application(
    checks: DeclaredChecks,
) -> None:
    first, second, other = (
        checks.use("strava", account=account, **client)
        for account, client in (("alex", {}), ("bo", {}), ("bo", {"client_id": "another"}))
    )
    assert [99, 98, 99] == [each.quota[0].remaining for each in (first, second, other)]
    # Spotify's, GitLab's: each user has a window.
    assert [59, 59] == [
        checks.use("gitlab", account=account).quota[0].remaining for account in ("alex", "bo")
    ]


def test_rate_limit_of_github_costs_nothing_and_takes_tokens_that_user_refuses(
    checks: DeclaredChecks,
) -> None:
    state = checks.state
    token = state.issue_declared_token("github", prefix="ghs_")
    assert token.startswith("ghs_")
    url, headers = (
        f"{checks.sandbox.url}/providers/github/user",
        {"Authorization": f"Bearer {token}"},
    )
    answer = {"path": "/providers/github/user", "status": 403, "body": {"message": "Resource"}}
    httpx.post(f"{checks.sandbox.url}/sandbox/answers", json=answer).raise_for_status()
    assert 403 == httpx.get(url, headers=headers).status_code
    reports = [checks.check("github", token) for _ in range(3)]
    assert [(VALID, 59)] * 3 == [(each.verdict, each.quota[0].remaining) for each in reports]


def test_the_epoch_of_gitlab_stands_under_the_names_of_the_standard(checks: DeclaredChecks) -> None:
    token = checks.state.issue_declared_token("gitlab")
    url = f"{checks.sandbox.url}/providers/gitlab/api/v4/personal_access_tokens/self"
    fields = httpx.get(url, headers={"PRIVATE-TOKEN": token}).headers
    assert int(checks.clock.seconds) + 60 == int(fields["RateLimit-Reset"])
    (quota,) = checks.check("gitlab", token).quota
    assert quota.reset_at is not None
    assert checks.clock.seconds + 60 == quota.reset_at.timestamp()


@each_case("form", ["current", "draft-07", "draft-06"])
def test_every_form_of_the_standard_is_understood(checks: DeclaredChecks, form: str) -> None:
    sandbox = checks.sandbox.url
    fields = {"provider": "ietf", "form": form}
    httpx.post(f"{sandbox}/sandbox/window", data=fields).raise_for_status()
    checks.state.reset_windows()
    (quota,) = checks.use("ietf").quota
    assert (100, 99, 60) == (quota.limit, quota.remaining, quota.window_seconds)
    assert quota.reset_at is not None
    assert 60 == quota.reset_at.timestamp() - checks.clock.seconds
