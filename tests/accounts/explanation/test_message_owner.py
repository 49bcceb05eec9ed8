"""Whose a message is: the nearest service that the text names."""

import pytest

from tokcheck.accounts.explanation.message_owner import FOREIGN, MessageOwners
from tokcheck.providers import REGISTRY


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("fitbit", "GET https://api.fitbit.com/1/user/-/devices.json @"),
        ("fitbit", "Fitbit-Rate-Limit-Limit: 150\n@"),
        ("fitbit", "@ Visit https://dev.fitbit.com/docs/oauth2"),
        ("google-health", "POST https://oauth2.googleapis.com/token @"),
        ("google-health", "@ https://fitbit.google.com/auth/signup"),
        ("google-health", "google.auth.exceptions.RefreshError: @"),
        (FOREIGN, "GET https://www.strava.com/api/v3/athlete @"),
        (FOREIGN, "GET https://sheets.googleapis.com/v4 @"),
        (FOREIGN, "host sheets.googleapis.com: @"),
        (None, "https://github.com/o/r/issues/1 @ https://docs.python.org/3/"),
        (None, "http://localhost:8080/cb @"),
        (None, "@"),
        ("fitbit", "https://www.strava.com/a {gap} https://api.fitbit.com @"),
        (FOREIGN, "https://api.fitbit.com {gap} https://www.strava.com/a @"),
        (None, "https://api.fitbit.com {gap}{gap} @"),
    ],
)
def test_the_nearest_service_is_the_owner(owner: str | None, text: str) -> None:
    text = text.replace("{gap}", "x" * 500)
    at = text.index("@")
    assert owner == MessageOwners(text, REGISTRY).owner_at(at, at)


def test_a_letter_that_grows_in_lower_case_moves_nothing() -> None:
    text = "\u0130" * 900 + "https://api.fitbit.com @"
    assert "fitbit" == MessageOwners(text, REGISTRY).owner_at(text.index("@"), len(text))


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("fitbit", "FITBIT_TOKEN: ***"),
        ("google-health", "the Google token"),
        (None, "fitbit and google"),
        (None, "FITBIT_TOKEN https://www.strava.com/x"),
        (None, "nothing"),
    ],
)
def test_a_name_counts_if_it_is_the_only_one(owner: str | None, text: str) -> None:
    assert owner == MessageOwners(text, REGISTRY).owner_by_name()


@pytest.mark.parametrize("name", list(REGISTRY))
def test_a_provider_s_own_hosts_are_its_signs(name: str) -> None:
    provider = REGISTRY[name]
    for address in (provider.oauth.authorize, *provider.services.values()):
        text = f"for url: {address.address}/x @"
        assert name == MessageOwners(text, REGISTRY).owner_at(text.index("@"), len(text))
