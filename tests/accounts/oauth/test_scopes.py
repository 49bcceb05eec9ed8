"""Scopes by name, and what was granted of them."""

from collections.abc import Sequence

import pytest

from tokcheck.accounts.oauth import scopes
from tokcheck.accounts.oauth.scopes import ScopeComparison, compare_scopes, name_of
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

FITBIT, GOOGLE = REGISTRY["fitbit"], REGISTRY["google-health"]
PREFIX = "https://www.googleapis.com/auth/googlehealth."


def chosen(provider: Provider, names: Sequence[str]) -> tuple[str, ...]:
    return scopes.resolve_scopes(provider, names, REGISTRY)


def refused(provider: Provider, *names: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        chosen(provider, names)
    return caught.value


def test_without_a_name_the_usual_ones_are_asked_for() -> None:
    assert ("activity", "heartrate", "profile", "settings", "sleep") == chosen(FITBIT, [])
    assert PREFIX + "settings.readonly" in chosen(GOOGLE, [])
    assert 5 == len(chosen(GOOGLE, []))


def test_all_means_all() -> None:
    assert tuple(FITBIT.oauth.scopes.values()) == chosen(FITBIT, ["all"])
    assert 15 == len(chosen(GOOGLE, ["all"]))


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
def test_names_may_be_written_in_several_ways(names: list[str]) -> None:
    assert (PREFIX + "sleep.readonly", PREFIX + "settings.writeonly") == chosen(GOOGLE, names)


def test_an_unknown_name_is_wrong_usage_and_the_nearest_is_named() -> None:
    error = refused(FITBIT, "slep")
    assert "Fitbit Web API has no scope 'slep'." == error.message
    assert error.hint.startswith("Did you mean sleep? Its scopes are: activity, ")
    assert error.hint.endswith("; or all.")
    error = refused(GOOGLE, "5e" * 20)
    assert "[redacted]" in error.message
    assert error.hint.startswith("Its scopes are: ")


def test_an_unknown_name_beside_all_is_wrong_usage_too() -> None:
    assert "Fitbit Web API has no scope 'slep'." == refused(FITBIT, "all", "slep").message


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
def test_a_name_that_is_another_apis_or_an_older_one_is_told_its_own(meant: str, name: str) -> None:
    assert refused(GOOGLE, name).hint.startswith(f"Did you mean {meant}? Its scopes are: ")


def test_what_was_not_ticked_and_what_came_unasked_is_told_apart() -> None:
    asked = (PREFIX + "sleep.readonly", PREFIX + "settings.readonly")
    granted = (PREFIX + "sleep.readonly", PREFIX + "ecg.readonly", "openid")
    assert ScopeComparison(
        ("sleep", "ecg", "openid"), ("settings",), ("ecg", "openid")
    ) == compare_scopes(GOOGLE, asked, granted)
    assert ScopeComparison(("sleep",), (), ()) == compare_scopes(FITBIT, ["sleep"], ["sleep"])


def test_a_scope_of_the_provider_is_told_from_what_came_with_it() -> None:
    kept = (PREFIX + "sleep.readonly", PREFIX + "newer.readonly")
    others = ("openid", "https://www.googleapis.com/auth/fitness.sleep.read")
    assert kept == scopes.scopes_of_provider(GOOGLE, (*kept, *others))
    assert ("sleep", "nutrition") == scopes.scopes_of_provider(
        FITBIT, ("sleep", "nutrition", "surprise")
    )


def test_an_unknown_scope_is_its_own_name() -> None:
    assert "openid" == name_of(GOOGLE, "openid")
