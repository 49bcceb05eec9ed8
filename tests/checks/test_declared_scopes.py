"""Required scopes of tokens of declared providers, which often report none."""

from datetime import UTC, datetime

import pytest

from tests.support.suite.cases import each_case
from tokcheck.checks import Checker, Requirements
from tokcheck.checks.render_text import Style, render
from tokcheck.core.report import Report, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ACCEPTED = Response(200, {}, b"{}", NOW)
LIMITED = Response(429, {"retry-after": "60"}, b"{}", NOW)
GITHUB = Response(200, {"x-oauth-scopes": "repo"}, b'{"resources": {"core": {"limit": 60}}}', NOW)

GITLAB = Response(200, {}, b'{"active": true}', NOW)


def check(
    name: str,
    required: str,
    response: Response | None = ACCEPTED,
    granted: tuple[str, ...] | None = None,
) -> Report:
    """Return the report on a token of a ready-made provider; without a response, it is offline."""
    checker = Checker(
        {name: provider_of(TABLES[name])},
        now=lambda: NOW,
        timer=lambda: 0.0,
        wanted=name,
        requirements=Requirements((required,)),
        send=None if response is None else lambda _provider, _request: response,
    )
    token = f"ghp_{'a1' * 18}" if name == "github" else "ab" * 20
    return checker.check(token, granted=granted)


def test_an_accepted_check_shows_the_scope_that_it_needs() -> None:
    assert (Verdict.VALID, True) == check("strava", "read")[:2]
    assert Verdict.UNDETERMINED is check("strava", "activity:read").verdict
    assert Verdict.UNDETERMINED is check("strava", "read", LIMITED).verdict
    assert Verdict.UNDETERMINED is check("strava", "read", None).verdict


def test_the_scopes_of_a_stored_account_are_those_of_its_login() -> None:
    granted = ("read", "activity:read")
    report = check("strava", "activity:read", granted=granted)
    assert (Verdict.VALID, granted) == (report.verdict, tuple(one.name for one in report.scopes))
    missing = check("strava", "profile:write", granted=granted)
    assert Verdict.INSUFFICIENT_SCOPE is missing.verdict
    # The facts of a response come first.
    reported = check("github", "gist", GITHUB, ("gist",))
    assert Verdict.INSUFFICIENT_SCOPE is reported.verdict


def test_where_no_response_reports_scopes_the_report_says_so() -> None:
    report = check("strava", "activity:read")
    assert (
        "No response of the Strava API reports scopes. Those of a stored account are known from "
        "its login: `tokcheck login strava --scope activity:read`." == report.advice[0]
    )
    assert "reports scopes" not in str(check("strava", "activity:read", None).advice)


@pytest.mark.parametrize("scope", ["read:packages", "gist"])
def test_the_login_that_is_advised_requests_the_missing_scope(scope: str) -> None:
    report = check("github", scope, GITHUB)
    assert f"`tokcheck login github --scope repo,{scope}`" in report.advice[0]


def test_scopes_of_a_declared_provider_are_listed_by_name_alone() -> None:
    report = check("github", "repo", GITHUB)
    lines = render(report, Style(), {"github": provider_of(TABLES["github"])}).splitlines()
    assert "  Scopes    repo" in lines


@each_case(
    ("granted", "required"),
    [
        ("user", "read:user"),
        ("user", "user:email"),
        ("user", "USER:FOLLOW"),
        ("repo", "public_repo"),
        ("repo", "repo:status"),
        ("repo", "read:repo_hook"),
        ("gist, admin:org", "read:org"),
    ],
)
def test_a_granted_scope_grants_those_that_it_contains(granted: str, required: str) -> None:
    response = GITHUB._replace(headers={"x-oauth-scopes": granted})
    assert (Verdict.VALID, True) == check("github", required, response)[:2]


@each_case(
    ("granted", "required"),
    [
        ("read:user", "user"),
        ("public_repo", "repo"),
        ("read:org", "write:org"),
        ("write:packages", "read:packages"),  # none that the documentation puts in the other
    ],
)
def test_a_contained_scope_does_not_grant_the_one_that_contains_it(
    granted: str, required: str
) -> None:
    response = GITHUB._replace(headers={"x-oauth-scopes": granted})
    assert Verdict.INSUFFICIENT_SCOPE is check("github", required, response).verdict


def test_scopes_that_contain_others_are_reported_as_granted() -> None:
    response = GITHUB._replace(headers={"x-oauth-scopes": "user"})
    assert ["user"] == [scope.name for scope in check("github", "read:user", response).scopes]


def test_the_login_that_is_advised_requests_no_scope_that_contains_the_missing_one() -> None:
    report = check("github", "public_repo", GITHUB._replace(headers={"x-oauth-scopes": "gist"}))
    assert "`tokcheck login github --scope public_repo,gist`" in report.advice[0]


def test_a_stored_account_has_the_scopes_that_those_of_its_login_contain() -> None:
    granted = ("read", "activity:read_all")
    assert Verdict.VALID is check("strava", "activity:read", granted=granted).verdict
    assert Verdict.VALID is check("gitlab", "read_user", GITLAB, ("api",)).verdict


def test_a_response_without_scopes_of_an_api_that_reports_some_is_named_so() -> None:
    advice = str(check("github", "gist", GITHUB._replace(headers={})).advice)
    assert "The GitHub API reported no scopes for this token" in advice
    assert "No response" not in advice
