"""Scopes by name, and what was granted of them."""

import pytest

from tokcheck.accounts.scopes import Granted, chosen, compared, name_of
from tokcheck.errors import UsageError
from tokcheck.providers import REGISTRY

FITBIT, GOOGLE = REGISTRY["fitbit"], REGISTRY["google-health"]
PREFIX = "https://www.googleapis.com/auth/googlehealth."


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
    ],
)
def test_names_may_be_written_in_several_ways(names: list[str]) -> None:
    assert (PREFIX + "sleep.readonly", PREFIX + "settings.writeonly") == chosen(GOOGLE, names)


def test_an_unknown_name_is_wrong_usage_and_the_nearest_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(FITBIT, ["slep"])
    assert "Fitbit Web API has no scope 'slep'." == caught.value.message
    assert caught.value.hint.startswith("Did you mean sleep? Its scopes are: activity, ")
    assert caught.value.hint.endswith("; or all.")
    with pytest.raises(UsageError) as caught:
        chosen(GOOGLE, ["5e" * 20])
    assert "[redacted]" in caught.value.message
    assert caught.value.hint.startswith("Its scopes are: ")


def test_what_was_not_ticked_and_what_came_unasked_is_told_apart() -> None:
    asked = (PREFIX + "sleep.readonly", PREFIX + "settings.readonly")
    granted = (PREFIX + "sleep.readonly", PREFIX + "ecg.readonly", "openid")
    assert Granted(("sleep", "ecg", "openid"), ("settings",), ("ecg", "openid")) == compared(
        GOOGLE, asked, granted
    )
    assert Granted(("sleep",), (), ()) == compared(FITBIT, ["sleep"], ["sleep"])


def test_an_unknown_scope_is_its_own_name() -> None:
    assert "openid" == name_of(GOOGLE, "openid")
