"""Client ids, told from what people take for one."""

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_SECRET,
    GOOGLE_CLIENT,
    GOOGLE_KEY,
    GOOGLE_SECRET,
)
from tokcheck.accounts.oauth.client_id import check_client_id
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY


def checked(text: str, provider: str) -> str:
    return check_client_id(text, REGISTRY[provider], REGISTRY)


def refused(text: str, provider: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        checked(text, provider)
    assert text.strip() == "" or text not in caught.value.message + caught.value.hint
    return caught.value


def test_an_id_of_the_providers_is_taken_without_what_is_around_it() -> None:
    assert FITBIT_CLIENT == checked(f' "{FITBIT_CLIENT}"\n', "fitbit")
    assert GOOGLE_CLIENT == checked(GOOGLE_CLIENT, "google-health")
    for text in ("\u200b{}\ufeff", "Client ID: {}", "client_id={}", "'client_id': '{}',"):
        assert FITBIT_CLIENT == checked(text.format(FITBIT_CLIENT), "fitbit")
        assert GOOGLE_CLIENT == checked(text.format(GOOGLE_CLIENT), "google-health")
    assert GOOGLE_CLIENT == checked(f"http://{GOOGLE_CLIENT}/", "google-health")


def test_an_id_of_an_unknown_form_is_left_to_the_provider() -> None:
    assert "my-own-app" == checked("my-own-app", "fitbit")


def test_an_id_of_the_other_provider_is_said_before_anything_is_opened() -> None:
    assert (
        "This is a client id of the Google Health API, not of the Fitbit Web API."
        == refused(GOOGLE_CLIENT, "fitbit").message
    )
    assert "tokcheck login fitbit." in refused(FITBIT_CLIENT, "google-health").hint


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("a client secret", GOOGLE_SECRET),
        ("a client secret", FITBIT_SECRET),
        ("an API key", GOOGLE_KEY),
        ("an access token", FITBIT),
        ("Basic credentials", f"{FITBIT_CLIENT}:{FITBIT_SECRET}"),
    ],
)
def test_another_credential_is_said_and_never_shown(words: str, text: str) -> None:
    error = refused(text, "fitbit")
    assert f"The client id that was passed is {words}" in error.message
    assert "revoke or reset" in error.hint


@pytest.mark.parametrize("text", ["", "  ", "a b", "ä", "a" * 201, "a\x00b"])
def test_what_can_be_no_id_is_wrong_usage(text: str) -> None:
    assert "This is not a client id." == refused(text, "fitbit").message
