"""A Google access token is the Google Health API's only if its scopes say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.checks import Sender, check
from tests.support.providers.google_probe import ALL_STRINGS, IDENTITY, PREFIX, run_probe
from tests.support.providers.probe_responses import respond
from tests.support.tokens import GOOGLE
from tokcheck.core.report import Claims, Verdict
from tokcheck.providers import REGISTRY
from tokcheck.providers.google_health.scopes import token_title
from tokcheck.providers.google_health.token_origin import google_tool

_ADC = "764086051850-0a1b2c3d4e5f.apps.googleusercontent.com"
_GCLOUD = "32555940559.apps.googleusercontent.com"
_CLOUD = "openid https://www.googleapis.com/auth/cloud-platform"
_FIT = (
    "https://www.googleapis.com/auth/fitness.activity.read "
    "https://www.googleapis.com/auth/fitness.sleep.read"
)
_HEALTH = f"{PREFIX}profile.readonly"


def denial(reason: str, consumer: str = "projects/764086051850") -> object:
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "metadata": {"consumer": consumer, "service": "health.googleapis.com"},
    }
    return {
        "error": {"code": 403, "status": "PERMISSION_DENIED", "message": "x", "details": [detail]}
    }


_REASONS = ("SERVICE_DISABLED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


@pytest.mark.parametrize("reason", _REASONS)
@pytest.mark.parametrize(
    ("client", "words"),
    [(_ADC, "application default credentials"), (_GCLOUD, "the gcloud command line")],
)
def test_gclouds_own_token_is_named(client: str, words: str, reason: str) -> None:
    info = respond(200, ALL_STRINGS | {"azp": client, "aud": client, "scope": _CLOUD})
    outcome, _ = run_probe(info, respond(403, denial(reason)))
    assert outcome.verdict is Verdict.INSUFFICIENT_SCOPE
    assert words in outcome.detail
    assert 403 == outcome.status
    assert "of your own" in " ".join(outcome.advice)
    assert "?project=" not in " ".join(outcome.advice)


@pytest.mark.parametrize("scope", [_HEALTH, _CLOUD])
def test_no_project_of_googles_own_is_to_be_enabled(scope: str) -> None:
    for info in (
        respond(200, ALL_STRINGS | {"azp": _ADC, "aud": _ADC, "scope": scope}),
        respond(500, {}),
    ):
        outcome, _ = run_probe(info, respond(403, denial("SERVICE_DISABLED")))
        assert "764086051850" not in " ".join((outcome.detail, *outcome.advice))
        assert "gcloud" in outcome.detail


@pytest.mark.parametrize("reason", _REASONS)
def test_a_token_of_google_fit_is_named(reason: str) -> None:
    info = respond(200, ALL_STRINGS | {"scope": _FIT})
    outcome, _ = run_probe(info, respond(403, denial(reason, "projects/424242")))
    assert outcome.verdict is Verdict.INSUFFICIENT_SCOPE
    assert "Google Fit" in outcome.detail
    assert "Google Fit" in " ".join(outcome.advice)


def test_with_a_health_scope_beside_those_of_fit_the_api_decides() -> None:
    info = respond(200, ALL_STRINGS | {"scope": f"{_FIT} {_HEALTH}"})
    outcome, _ = run_probe(info, respond(403, denial("SERVICE_DISABLED", "projects/424242")))
    assert outcome.verdict is Verdict.API_DISABLED
    assert "424242" in outcome.detail
    assert run_probe(info, IDENTITY)[0].verdict is Verdict.VALID


def test_a_token_is_googles_until_its_scopes_name_the_api() -> None:
    offline = check(GOOGLE)
    assert offline.summary == "This Google access token looks right, but was not tried."
    refused = check(GOOGLE, Sender(respond(500, {}), respond(403, denial(_REASONS[1], "x"))))
    assert refused.summary.startswith("This Google access token lacks a required scope")
    works = check(GOOGLE, Sender(respond(200, ALL_STRINGS | {"scope": _HEALTH}), IDENTITY))
    assert works.summary.startswith("This Google Health API token works")


@given(st.lists(st.sampled_from([*_FIT.split(), *_CLOUD.split(), _HEALTH])) | st.none())
def test_only_a_health_scope_makes_the_name(scopes: list[str] | None) -> None:
    claims = Claims(scopes=None if scopes is None else tuple(scopes))
    expected = "Google Health API" if _HEALTH in (scopes or ()) else "Google access"
    assert expected == token_title(claims)
    assert "Fitbit Web API" == REGISTRY["fitbit"].title_of(claims)


@pytest.mark.parametrize("client", ["7640860518501-x.apps", "1-764086051850.apps", "", None])
def test_another_client_is_not_gclouds(client: str | None) -> None:
    assert google_tool(Claims(client_id=client)) is None
