"""Names of required scopes: which are known, and what a misspelt one may mean."""

import pytest

from tokcheck.checks.scopes.required_scopes import find_unknown_scope, split_scopes
from tokcheck.core.errors import ExitCode
from tokcheck.providers import REGISTRY

PREFIX = "https://www.googleapis.com/auth/googlehealth."


@pytest.mark.parametrize("wanted", [None, *REGISTRY])
def test_every_scope_is_known_by_each_of_its_names(wanted: str | None) -> None:
    for name, provider in REGISTRY.items():
        if wanted in {None, name}:
            names = [*provider.scopes, *provider.oauth.scopes, *provider.oauth.scopes.values()]
            assert find_unknown_scope(names, REGISTRY, wanted) is None
            assert find_unknown_scope([one.upper() for one in names], REGISTRY, wanted) is None


@pytest.mark.parametrize(
    "name",
    ["rhr", "WSET", "sleep.readonly", "googlehealth.sleep.readonly", "openid", "userinfo.email",
     f"{PREFIX}new_thing.readonly", "https://www.googleapis.com/auth/fitness.body.read"],
)  # fmt: skip
def test_codes_and_addresses_are_known(name: str) -> None:
    assert find_unknown_scope([name], REGISTRY, None) is None


@pytest.mark.parametrize(
    ("similar", "written", "wanted"),
    [
        (("heartrate",), "heart_rate", "fitbit"),
        (("heartrate",), "Heart-Rate", "fitbit"),
        (("heartrate",), "heartrat", None),
        (("sleep",), "slep", "google-health"),
        (("sleep",), "slep.readonly", "google-health"),
        (("health_metrics_and_measurements",), "heartrate", "google-health"),
        (("activity_and_fitness",), "activity", "google-health"),
        (("oxygen_saturation",), "spo2", "fitbit"),
        (("oxygen_saturation",), "SpO2", None),
        (("weight",), "bmi", "fitbit"),
        (("sleep",), "sleep.readonly", "fitbit"),
        (("electrocardiogram",), "ecg.readonly", "fitbit"),
        (("sleep",), "rsle", "google-health"),
        ((), "xyzzy", None),
        ((), "xhr", "fitbit"),
    ],
)
def test_an_unknown_name_gets_what_may_have_been_meant(
    similar: tuple[str, ...], written: str, wanted: str | None
) -> None:
    unknown = find_unknown_scope(["sleep", written], REGISTRY, wanted)
    assert unknown is not None
    assert (written, similar) == (unknown.written, unknown.similar)
    error = unknown.error()
    assert ExitCode.USAGE is error.exit_code
    assert repr(written) in error.message
    assert bool(similar) == error.hint.startswith(f"Did you mean {' or '.join(similar)}? ")
    for provider in unknown.providers:
        assert f"The scopes of the {provider.title} are: {provider.scopes[0]}, " in error.hint


def test_several_names_may_stand_in_one_value() -> None:
    assert ("a", "b", "c", "d") == split_scopes(["a,b", "c d", ""])


def test_all_is_a_word_of_the_login_alone() -> None:
    unknown = find_unknown_scope(["all"], REGISTRY, None)
    assert unknown is not None
    error = unknown.error()
    assert "only at a login, this word requests all of them" in error.message
    assert error.hint.startswith("Name each scope that is required. The scopes of the Fitbit")


def test_a_scope_of_a_ready_made_provider_is_known_where_no_provider_is_named() -> None:
    assert find_unknown_scope(["repo", "activity:read"], REGISTRY, None) is None
    assert find_unknown_scope(["repo"], REGISTRY, "fitbit") is not None
    unknown = find_unknown_scope(["read:packages"], REGISTRY, None)
    assert unknown is not None
    assert "To require a scope of a declared provider, name the provider." in unknown.error().hint
