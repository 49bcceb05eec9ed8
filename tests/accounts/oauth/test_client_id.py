"""Client ids, and other credentials that are mistaken for one."""

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_SECRET,
    GOOGLE_CLIENT,
    GOOGLE_KEY,
    GOOGLE_SECRET,
)
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.client_id import check_client_id
from tokcheck.core.errors import UsageError
from tokcheck.declarations.on_demand import ProvidersOnDemand
from tokcheck.providers import REGISTRY

PROVIDERS = ProvidersOnDemand({})


def check(text: str, provider: str) -> str:
    known = REGISTRY if provider in REGISTRY else PROVIDERS
    return check_client_id(text, known[provider], known)


def usage_error(text: str, provider: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        check(text, provider)
    assert text.strip() == "" or text not in caught.value.message + caught.value.hint
    return caught.value


def test_a_client_id_is_found_in_the_text_around_it() -> None:
    assert FITBIT_CLIENT == check(f' "{FITBIT_CLIENT}"\n', "fitbit")
    assert GOOGLE_CLIENT == check(GOOGLE_CLIENT, "google-health")
    for text in (
        "\u200b{}\ufeff",
        "\x1b[32m{}\x1b[0m",
        "Client ID: {}",
        "client_id={}",
        "'client_id': '{}',",
    ):
        assert FITBIT_CLIENT == check(text.format(FITBIT_CLIENT), "fitbit")
        assert GOOGLE_CLIENT == check(text.format(GOOGLE_CLIENT), "google-health")
    assert GOOGLE_CLIENT == check(f"http://{GOOGLE_CLIENT}/", "google-health")


def test_an_id_of_unknown_form_is_accepted() -> None:
    assert "my-own-app" == check("my-own-app", "fitbit")


def test_an_id_of_the_other_provider_is_a_usage_error() -> None:
    assert (
        "This is a client id of the Google Health API, not of the Fitbit Web API."
        == usage_error(GOOGLE_CLIENT, "fitbit").message
    )
    hint = usage_error(FITBIT_CLIENT, "google-health").hint
    assert "Copy the client id of an application that is registered for the Google" in hint
    assert "tokcheck login" not in hint


def test_a_login_continues_at_the_provider_of_the_id() -> None:
    login = LoginCommand("google-health", "kim o", scopes=("all",), no_browser=True)
    with pytest.raises(UsageError) as caught:
        check_client_id(f"client_id={FITBIT_CLIENT}", REGISTRY["google-health"], REGISTRY, login)
    assert caught.value.hint.endswith(
        " Or log in there: tokcheck login fitbit --name 'kim o-fitbit' "
        f"--client-id {FITBIT_CLIENT} --no-browser"
    )


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
def test_another_credential_is_named_and_never_shown(words: str, text: str) -> None:
    error = usage_error(text, "fitbit")
    assert f"The client id that was passed is {words}" in error.message
    assert "revoke or reset" in error.hint


@pytest.mark.parametrize("text", ["", "  ", "a b", "ä", "a" * 201, "a\x00b"])
def test_a_text_that_is_no_id_is_a_usage_error(text: str) -> None:
    assert usage_error(text, "fitbit").message.startswith(
        "The client id that was passed is not one"
    )


@pytest.mark.parametrize(
    ("provider", "client_id"),
    [
        ("spotify", "5fe01282e4424132" * 2),
        ("withings", "7e3bb6cba38b2f01" * 4),
        ("gitlab", "b85297e8a87f0c3d" * 4),
        ("polar", "1b2c3d4e-93a7-4f21-8c1b-1234567890ab"),
        ("whoop", "f764ced9-ab71-4c0d-9b1e-0123456789ab"),
        ("oura", "f27e2737-2e5a-4d0f-8e6b-0123456789ab"),
        ("oura", "ABCDEFGH2345" * 2 + "XYZQ7ABC"),
        ("github", "Iv1.8a61f9b3a7aba766"),
        ("github", "Ov23li" + "aB3d" * 4),
        ("strava", "123456"),
    ],
)
@pytest.mark.parametrize("written", ["{}", " '{}'\n"])
def test_an_id_of_the_form_that_a_declared_provider_gives_it_is_accepted(
    provider: str, client_id: str, written: str
) -> None:
    assert client_id == check(written.format(client_id), provider)


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("strava", "5fe01282e4" * 4),  # the form of its tokens and secrets
        ("github", "5fe01282e4" * 4),
        ("gitlab", "gloas-" + "5fe01282e4424132" * 4),  # tokcheck: allow
        ("spotify", GOOGLE_SECRET),
        ("oura", FITBIT),
    ],
)
def test_a_secret_is_no_id_of_a_declared_provider(provider: str, text: str) -> None:
    assert "The client id that was passed is" in usage_error(text, provider).message


def test_an_error_names_the_place_of_the_text() -> None:
    known = PROVIDERS["oura"]
    with pytest.raises(UsageError, match=r"^The client id in the file is an access token\."):
        check_client_id(FITBIT, known, PROVIDERS, source="in the file")
