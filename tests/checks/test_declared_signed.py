"""Signed tokens of declared providers: the issuer, the label, the host or the caller names one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, NOW, make_jwt
from tokcheck.checks import Checker
from tokcheck.core.credential import Kind
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.providers import REGISTRY
from tokcheck.providers.declared.declared_provider import provider_of

END = int(NOW.timestamp()) + 600
DOCKER = make_jwt({"iss": "auth.docker.io", "aud": "registry.docker.io", "exp": END})
PARTNER = make_jwt({"iss": "https://idp.invalid", "sub": "7", "exp": END})
OTHER = make_jwt({"iss": "https://idp.invalid", "sub": "8", "exp": END})
ACME: Mapping[str, Any] = {
    "name": "acme-health",
    "address": "https://api.acme.example",
    "check": "/me",
    "credential": {"signed": True},
}
ISSUER = {**ACME, "credential": {"signed": True, "issuers": ["https://id.acme.example"]}}


def check(text: str, *own: Mapping[str, Any], wanted: str | None = None) -> Report:
    """Return the offline report on a paste, with all ready-made providers and one's own."""
    known = {**providers_in_use(None, {}), **{one["name"]: provider_of(one) for one in own}}
    return Checker(known, now=lambda: NOW, timer=lambda: 0.0, send=None, wanted=wanted).check(text)


def owner_of(report: Report) -> tuple[Verdict, str | None, Kind | None]:
    credential = report.credential
    return report.verdict, report.provider, credential and credential.kind


WHOOP = (Verdict.UNVERIFIED, "whoop", Kind.ACCESS_TOKEN)
HUB = (Verdict.UNVERIFIED, "docker-hub", Kind.ACCESS_TOKEN)
OWN = (Verdict.UNVERIFIED, "acme-health", Kind.ACCESS_TOKEN)
NOBODYS = (Verdict.WRONG_PROVIDER, None, Kind.JWT_OTHER)


@each_case(
    ("expected", "text"),
    [
        (WHOOP, f"WHOOP_ACCESS_TOKEN={PARTNER}"),
        (WHOOP, f'{{"whoop": {{"access_token": "{PARTNER}"}}}}'),
        (WHOOP, f"curl -H 'Authorization: Bearer {PARTNER}' https://api.prod.whoop.com/x"),
        (WHOOP, f"GET /x HTTP/1.1\nHost: api.prod.whoop.com\nAuthorization: Bearer {PARTNER}\n"),
        (HUB, DOCKER),
        (HUB, json.dumps({"token": DOCKER, "access_token": DOCKER, "expires_in": 300})),
        (HUB, f"DOCKER_HUB_TOKEN={PARTNER}"),
        (HUB, f"DOCKER_TOKEN={PARTNER}"),
        (HUB, f"curl -I -H 'Authorization: Bearer {PARTNER}' https://registry-1.docker.io/v2/"),
        (OWN, f"ACME_HEALTH_TOKEN={PARTNER}"),
        (OWN, f"acme-health: {PARTNER}"),
        (NOBODYS, PARTNER),
        (NOBODYS, f"TOKEN={PARTNER}"),
        (NOBODYS, f"STRAVA_TOKEN={PARTNER}"),  # its tokens are not signed
        (NOBODYS, f"curl -H 'Authorization: Bearer {PARTNER}' https://other.example # whoop"),
    ],
)
def test_what_stands_around_a_signed_token_names_its_provider(
    expected: tuple[Verdict, str | None, Kind | None], text: str
) -> None:
    assert expected == owner_of(check(text, ACME))


def test_a_declared_issuer_decides_alone() -> None:
    own = make_jwt({"iss": "https://id.acme.example", "exp": END})
    assert OWN == owner_of(check(own, ISSUER))
    assert OWN == owner_of(check(f"WHOOP_TOKEN={own}", ISSUER))
    assert NOBODYS == owner_of(check(f"ACME_HEALTH_TOKEN={PARTNER}", ISSUER))


def test_an_issuer_that_two_declare_needs_a_name_beside() -> None:
    own = make_jwt({"iss": "https://id.acme.example", "exp": END})
    twin = {**ISSUER, "name": "acme-twin"}
    assert NOBODYS == owner_of(check(own, ISSUER, twin))
    assert OWN == owner_of(check(f"ACME_HEALTH_TOKEN={own}", ISSUER, twin))


def test_the_issuer_of_a_built_in_provider_cannot_be_declared_away() -> None:
    table = {**ACME, "credential": {"signed": True, "issuers": ["Fitbit"]}}
    assert "fitbit" == check(FITBIT, table).provider
    assert "fitbit" == check(f"ACME_HEALTH_TOKEN={FITBIT}", table).provider


@each_case("token", [PARTNER, "q7Hk2Lw9Zx4Vb6Nm1Tp8Rc3"])
def test_the_caller_names_the_provider_of_an_access_token(token: str) -> None:
    report = check(token, {**ACME, "tokens": []}, wanted="acme-health")
    assert OWN == owner_of(report)


def test_the_tokens_of_one_response_are_told_apart_by_their_keys() -> None:
    pair = {"access_token": PARTNER, "refresh_token": OTHER, "id_token": f"{OTHER[:-4]}AAAA"}
    assert WHOOP == owner_of(check(json.dumps({"whoop": pair})))
    only = check(f"WHOOP_REFRESH_TOKEN={OTHER}")
    assert (Verdict.WRONG_KIND, "whoop", Kind.REFRESH_TOKEN) == owner_of(only)


def test_a_signed_token_that_was_cut_off_is_incomplete() -> None:
    report = check(f"WHOOP_ACCESS_TOKEN={PARTNER[:-10]}")
    assert (Verdict.INCOMPLETE, "whoop") == (report.verdict, report.provider)


@pytest.mark.parametrize("text", [DOCKER, f"WHOOP_TOKEN={PARTNER}"])
def test_declarations_are_loaded_for_a_signed_token_of_theirs(text: str) -> None:
    checker = Checker(
        REGISTRY,
        now=lambda: NOW,
        timer=lambda: 0.0,
        send=None,
        more=lambda: providers_in_use(None, {}),
    )
    assert Verdict.UNVERIFIED is checker.check(text).verdict
