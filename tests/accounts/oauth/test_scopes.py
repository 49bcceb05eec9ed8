"""Scopes by name, and what was granted of them."""

from collections.abc import Sequence

import pytest

from tokcheck.accounts.oauth import ScopeComparison, scopes
from tokcheck.accounts.oauth.scopes import compare_scopes, name_of
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

FITBIT, GOOGLE = REGISTRY["fitbit"], REGISTRY["google-health"]
PREFIX = "https://www.googleapis.com/auth/googlehealth."


def resolve(provider: Provider, names: Sequence[str]) -> tuple[str, ...]:
    return scopes.resolve_scopes(provider, names, REGISTRY)


def usage_error(provider: Provider, *names: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        resolve(provider, names)
    return caught.value


def test_without_names_the_default_scopes_are_requested() -> None:
    assert ("activity", "heartrate", "profile", "settings", "sleep") == resolve(FITBIT, [])
    assert PREFIX + "settings.readonly" in resolve(GOOGLE, [])
    assert 5 == len(resolve(GOOGLE, []))


def test_all_gives_every_scope() -> None:
    assert tuple(FITBIT.oauth.scopes.values()) == resolve(FITBIT, ["all"])
    assert 15 == len(resolve(GOOGLE, ["all"]))


@pytest.mark.parametrize(
    "names",
    [
        ["sleep", "settings.writeonly"],
        ["sleep.readonly,settings.writeonly"],
        ["sleep settings.writeonly sleep"],
        [PREFIX + "sleep.readonly", PREFIX + "settings.writeonly"],
        ["Sleep", "SETTINGS.writeonly"],
        ["googlehealth.sleep.readonly", "googlehealth.settings.writeonly"],
    ],
)
def test_names_have_several_spellings(names: list[str]) -> None:
    assert (PREFIX + "sleep.readonly", PREFIX + "settings.writeonly") == resolve(GOOGLE, names)


def test_an_unknown_name_is_a_usage_error_with_the_nearest_name() -> None:
    error = usage_error(FITBIT, "slep")
    assert "The Fitbit Web API has no scope 'slep'." == error.message
    assert error.hint.startswith("Did you mean sleep? Its scopes are: activity, ")
    assert error.hint.endswith("; or all.")
    error = usage_error(GOOGLE, "5e" * 20)
    assert "[redacted]" in error.message
    assert error.hint.startswith("Its scopes are: ")


def test_an_unknown_name_beside_all_is_a_usage_error() -> None:
    assert "The Fitbit Web API has no scope 'slep'." == usage_error(FITBIT, "all", "slep").message


@pytest.mark.parametrize(
    ("meant", "name"),
    [
        ("health_metrics_and_measurements", "heartrate"),
        ("health_metrics_and_measurements", "blood_glucose"),
        ("activity_and_fitness", "cardio_fitness"),
        ("ecg", "electrocardiogram.readonly"),
        # Until May 2026 these had no ending, and let a program read and write.
        ("sleep, sleep.writeonly", PREFIX + "sleep"),
        ("nutrition, nutrition.writeonly", "googlehealth.nutrition"),
        ("ecg", PREFIX + "ecg.writeonly"),
    ],
)
def test_a_name_of_another_api_or_an_older_one_gets_its_counterpart(meant: str, name: str) -> None:
    assert usage_error(GOOGLE, name).hint.startswith(f"Did you mean {meant}? Its scopes are: ")


def test_unticked_and_unrequested_scopes_are_separated() -> None:
    requested = (PREFIX + "sleep.readonly", PREFIX + "settings.readonly")
    granted = (PREFIX + "sleep.readonly", PREFIX + "ecg.readonly", "openid")
    assert ScopeComparison(
        ("sleep", "ecg", "openid"), ("settings",), ("ecg", "openid")
    ) == compare_scopes(GOOGLE, requested, granted)
    assert ScopeComparison(("sleep",), (), ()) == compare_scopes(FITBIT, ["sleep"], ["sleep"])


def test_scopes_of_other_apis_are_left_out() -> None:
    kept = (PREFIX + "sleep.readonly", PREFIX + "newer.readonly")
    others = ("openid", "https://www.googleapis.com/auth/fitness.sleep.read")
    assert kept == scopes.scopes_of_provider(GOOGLE, (*kept, *others))
    assert ("sleep", "nutrition") == scopes.scopes_of_provider(
        FITBIT, ("sleep", "nutrition", "surprise")
    )


def test_an_unknown_scope_is_its_own_name() -> None:
    assert "openid" == name_of(GOOGLE, "openid")


def test_a_scope_that_a_granted_one_contains_is_not_refused() -> None:
    github = provider_of(TABLES["github"])
    granted, requested = ["user"], ["user", "user:email", "gist"]
    assert ScopeComparison(("user",), ("gist",), ()) == compare_scopes(github, requested, granted)
