"""The advice on each finding, in the words of the found credential."""

import pytest

from tests.support.scan.findings import finding
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, GOOGLE_SECRET
from tokcheck.core.credential import Kind
from tokcheck.providers import REGISTRY
from tokcheck.scan.annotation.remedies import with_remedies
from tokcheck.scan.finding import Finding

_ACCESS = finding(FITBIT)
_REFRESH = finding(FITBIT_REFRESH, kind=Kind.REFRESH_TOKEN)


@pytest.mark.parametrize(
    ("advice", "found"),
    [
        (f"Revoke it with: `tokcheck revoke --finding {_ACCESS.fingerprint}`.", _ACCESS),
        (f"Revoke it with: `tokcheck revoke --finding {_REFRESH.fingerprint}`.", _REFRESH),
        (
            f"Revoke it with: `tokcheck revoke --finding {finding(GOOGLE).fingerprint}`.",
            finding(GOOGLE, provider="google-health", expired=None),
        ),
        (
            "Revoke it, pasted as a whole, with: `tokcheck revoke`.",
            _REFRESH._replace(fragment=True),
        ),
        (
            "Revoke it with: `tokcheck revoke`, which prompts for it.",
            _REFRESH._replace(path="<stdin>"),
        ),
        ("", _REFRESH._replace(provider=None)),
        ("", finding(GOOGLE_SECRET, kind=Kind.CLIENT_SECRET, provider="google-health")),
        ("", finding(FITBIT, kind=Kind.JWT_OTHER, provider=None)),
        ("", _ACCESS._replace(is_note=True)),
    ],
)
def test_a_finding_names_the_command_that_ends_it(advice: str, found: Finding) -> None:
    (one,) = with_remedies([found], {})
    assert f"{advice} {found.advice}".lstrip() == one.advice


@pytest.mark.parametrize(
    ("advice", "found"),
    [
        (
            "The access token has expired. If its refresh token leaked as well, end that with: "
            "`tokcheck revoke`.",
            _ACCESS._replace(expired=True),
        ),
        (
            "The access token no longer works: nothing is left to revoke.",
            _ACCESS._replace(verdict="revoked_or_invalid", works=False),
        ),
    ],
)
def test_there_is_nothing_to_revoke_of_what_no_longer_works(advice: str, found: Finding) -> None:
    found = found._replace(remedy=found.remedy._replace(place="It is in the file's name."))
    (one,) = with_remedies([found], {})
    assert f"It is in the file's name. {advice}" == one.advice


def test_a_token_of_the_store_is_its_accounts() -> None:
    owners = {_ACCESS.digest: "alex", _REFRESH.digest: "participant 12"}
    first, second = with_remedies([_ACCESS._replace(expired=True), _REFRESH], owners)
    assert first.advice.startswith(
        "It is an access token of your account alex. "
        "Revoke it with: `tokcheck accounts remove alex`. "
    )
    assert "accounts remove 'participant 12'`. " in second.advice


@pytest.mark.parametrize(
    ("is_revocable", "provider", "kind"),
    [
        (True, "strava", Kind.ACCESS_TOKEN),
        (False, "strava", Kind.REFRESH_TOKEN),
        (True, "gitlab", Kind.REFRESH_TOKEN),
        (False, "oura", Kind.ACCESS_TOKEN),
    ],
)
def test_a_declared_token_is_revoked_where_its_declaration_says(
    provider: str, kind: Kind, *, is_revocable: bool
) -> None:
    (found,) = with_remedies([_ACCESS._replace(provider=provider, kind=kind)], {})
    assert is_revocable == ("tokcheck revoke --finding" in found.remedy.command)


@pytest.mark.parametrize(("provider", "kind"), [
    ("strava", Kind.ACCESS_TOKEN), ("gitlab", Kind.ACCESS_TOKEN), ("gitlab", Kind.REFRESH_TOKEN),
])  # fmt: skip
@pytest.mark.parametrize("fragment", [True, False])
@pytest.mark.parametrize("owners", [{}, {_ACCESS.digest: "alex"}])
def test_a_finding_with_a_command_names_no_other_way(
    provider: str, kind: Kind, owners: dict[bytes, str], *, fragment: bool
) -> None:
    at_service = "Revoke the token at the service that issued it."
    found = _ACCESS._replace(provider=provider, kind=kind, fragment=fragment)
    found = found._replace(remedy=found.remedy._replace(revocation=at_service))
    (one,) = with_remedies([found], owners)
    assert "tokcheck " in one.advice
    assert at_service not in one.advice
    (other,) = with_remedies([found._replace(provider="oura")], {})
    assert at_service == other.advice


def test_every_advice_names_the_thing_that_was_found() -> None:
    nouns = {
        Kind.ACCESS_TOKEN: "access token",
        Kind.REFRESH_TOKEN: "refresh token",
        Kind.AUTHORIZATION_CODE: "authorization code",
        Kind.CLIENT_SECRET: "client secret",
        Kind.BASIC_CREDENTIALS: "client secret",
        Kind.API_KEY: "API key",
        Kind.ID_TOKEN: "ID token",
    }
    missing = [
        (provider.name, kind)
        for provider in REGISTRY.values()
        for kind, text in provider.leaked.items()
        if nouns[kind] not in text
    ]
    assert [] == missing
