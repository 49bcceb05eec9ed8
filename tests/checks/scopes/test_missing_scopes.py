"""The advice after a missing scope: its login requests what is granted and what is missing."""

import pytest

from tests.support.checks import Sender, check
from tests.support.providers.google_probe import ALL_STRINGS, PREFIX
from tests.support.providers.probe_responses import problem, respond
from tests.support.tokens import GOOGLE, NOW, fitbit
from tokcheck.accounts.explanation import explain_message
from tokcheck.checks import Checker
from tokcheck.checks.scopes.missing_scopes import name_missing_scopes
from tokcheck.core.report import Report
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

_ADVICE = ("Do: `tokcheck login x --scope NAME,NAME`.", "Or wait.")


def denial(scope: str) -> Response:
    words = f"This application does not have permission to access {scope} data."
    return respond(403, problem("insufficient_scope", words))


def options(report: Report) -> list[str]:
    """Return the scopes of the logins that a report advises."""
    return [
        sentence.partition(" --scope ")[2].partition("`")[0]
        for sentence in report.advice
        if " --scope " in sentence
    ]


@pytest.mark.parametrize(
    ("expected", "granted", "missing"),
    [
        ("settings,sleep", ("rsle",), ("settings",)),
        ("heartrate,sleep", ("rsle", "rhr"), ()),
        ("settings,NAME", None, ("settings",)),
        ("sleep,NAME", ("rsle",), ("nosuch",)),
        ("sleep,NAME", ("rsle",), ("sleep",)),
        ("NAME,NAME", None, ()),
        ("NAME,NAME", (), ("nosuch",)),
        ("settings", (), ("settings",)),
    ],
)
def test_what_is_known_stands_in_place_of_the_metavariables(
    expected: str, granted: tuple[str, ...] | None, missing: tuple[str, ...]
) -> None:
    fitbit_api = REGISTRY["fitbit"]
    scopes = None if granted is None else [fitbit_api.scope(code) for code in granted]
    advice = name_missing_scopes(_ADVICE, fitbit_api, scopes, missing)
    unknown = ",NAME" if granted == ("rsle", "rhr") else ""  # nothing is known to be missing
    assert (f"Do: `tokcheck login x --scope {expected}{unknown}`.", "Or wait.") == advice


@pytest.mark.parametrize(
    ("expected", "scope"), [("settings,sleep", "settings"), ("heartrate,sleep", "heartrate")]
)
def test_a_fitbit_token_names_the_scopes_of_its_claims_and_the_missing_one(
    expected: str, scope: str
) -> None:
    report = check(fitbit("rsle"), Sender(denial(scope)))
    assert [expected] == [",".join(sorted(each.split(","))) for each in options(report)]


def test_a_google_token_names_the_scope_that_the_check_needs() -> None:
    claims = respond(200, ALL_STRINGS | {"scope": "openid"})
    denied = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "Request had "
              "insufficient authentication scopes."}}  # fmt: skip
    assert ["profile"] == options(check(GOOGLE, Sender(claims, respond(403, denied))))


def test_a_message_names_the_missing_scope() -> None:
    text = (
        '{"errors":[{"errorType":"insufficient_scope","message":"This application does not have '
        'permission to access sleep data."}],"success":false}'
    )
    found = explain_message(text, REGISTRY, NOW, "fitbit")
    assert found is not None
    assert "`tokcheck login fitbit --scope sleep,NAME`" in found.advice[0]


def test_a_message_of_googles_library_names_the_missing_scopes() -> None:
    text = (
        "google.auth.exceptions.RefreshError: Not all requested scopes were granted by the "
        f"authorization server, missing scopes {PREFIX}sleep.readonly, {PREFIX}profile.readonly."
    )
    found = explain_message(text, REGISTRY, NOW, None)
    assert found is not None
    assert "`tokcheck login google-health --scope profile,sleep,NAME`" in found.advice[0]
    bare = explain_message(text.partition(",")[0], REGISTRY, NOW, None)
    assert bare is not None
    assert "--scope NAME,NAME`" in bare.advice[0]


def test_a_declared_provider_names_the_scope_that_its_check_needs() -> None:
    provider = provider_of(TABLES["strava"])
    refused = respond(403, {"error": "insufficient_scope"})
    checker = Checker(
        {"strava": provider}, now=lambda: NOW, timer=lambda: 0.0, wanted="strava",
        send=lambda _provider, _request: refused,
    )  # fmt: skip
    report = checker.check("ab" * 20, granted=("activity:read",))
    assert ["activity:read,read"] == [",".join(sorted(one.split(","))) for one in options(report)]
    (advice,) = report.advice
    assert advice.endswith("The check needs the scope read.")
