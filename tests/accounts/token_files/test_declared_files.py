"""Token files of declared providers: their client ids and users have forms of their own."""

import json
from typing import Any

import pytest

from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers.ready_made_providers import load_packaged

ACCESS, REFRESH, SECRET = "ab" * 20, "cd" * 20, "ef" * 20
TOKENS = {"access_token": ACCESS, "refresh_token": REFRESH, "client_secret": SECRET}


def parse(value: Any, wanted: str) -> TokenFile:
    text = value if isinstance(value, str) else json.dumps(value)
    return parse_token_file(text, load_packaged(), wanted)


@pytest.mark.parametrize(
    ("provider", "client_id"),
    [
        ("strava", 12345),
        ("strava", "12345"),
        ("strava", "strava-sandbox"),
        ("whoop", "1f0a4c2e-9d3b-4f6a-8c7e-5b2d1a0f9e8c"),
        ("spotify", "5fe01282e44241328a84e7c5cc169165"),
        ("github", "Iv1.8a61f9b3a7aba766"),
        ("github", "Ov23liAbCdEfGhIjKlMn"),
    ],
)
def test_a_client_id_has_the_form_that_the_provider_gives_it(
    provider: str, client_id: object
) -> None:
    for value in (
        TOKENS | {"client_id": client_id},
        [TOKENS, {"client_id": client_id}],
        f"{provider}_refresh_token={REFRESH}\n{provider}_client_id={client_id}\n",
    ):
        found = parse(value, provider)
        assert (str(client_id), False) == (found.client_id, found.has_damaged_client_id)


@pytest.mark.parametrize(
    "client_id", ["YOUR_CLIENT_ID", "<client id>", REFRESH, SECRET, "a b", True]
)
def test_a_placeholder_or_a_secret_is_no_client_id(client_id: object) -> None:
    found = parse(TOKENS | {"client_id": client_id}, "whoop")
    assert (None, True) == (found.client_id, found.has_damaged_client_id)


@pytest.mark.parametrize(
    ("provider", "more"),
    [
        ("strava", {"athlete": {"id": 7781234, "username": "alexr", "firstname": "Alex"}}),
        ("strava", {"athlete": {"id": "7781234"}}),
        ("strava", {"athlete_id": 7781234}),
        ("whoop", {"user_id": 7781234}),
        ("polar", {"x_user_id": 7781234}),
        ("withings", {"userid": "7781234"}),
    ],
)
def test_the_user_is_read_where_the_token_endpoint_has_it(
    provider: str, more: dict[str, Any]
) -> None:
    for value in (TOKENS | more, {"alex": TOKENS | more}, f"saved: {json.dumps(TOKENS | more)}"):
        assert "7781234" == parse(value, provider).user_id


def test_an_access_token_with_its_application_is_not_only_an_application() -> None:
    for value in (
        {"token": "ya29." + "a0" * 100, "client_id": "1-a.apps.googleusercontent.com"},
        {"token": ACCESS, "provider": "strava", "client_id": "strava-sandbox"},
    ):
        with pytest.raises(UsageError, match="has no refresh_token"):
            parse(value, "strava")
    with pytest.raises(UsageError, match="describes an application"):
        parse({"client_id": "12345", "client_secret": SECRET}, "strava")


def test_a_misspelt_field_beside_a_client_id_is_not_only_an_application() -> None:
    with pytest.raises(UsageError, match="a word that may be one in line 1"):
        parse(f"refesh_token={'3f' * 32}\nclient_id=23TEST\n", "fitbit")


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("strava.json", "strava"),
        ("/home/alex/.config/my_strava_tokens.json", "strava"),
        ("Whoop-Export.json", "whoop"),
        (r"C:\\tokens\\oura.json", "oura"),
    ],
)
def test_the_name_of_a_file_counts_where_its_content_names_nobody(name: str, provider: str) -> None:
    found = parse_token_file(json.dumps(TOKENS), load_packaged(), name=name)
    assert provider == found.provider
    other = {"github": TOKENS}
    assert "github" == parse_token_file(json.dumps(other), load_packaged(), name=name).provider


@pytest.mark.parametrize(
    "name", ["tokens.json", "/strava/tokens.json", "fitbit.json", "dropbox.json", "The input"]
)
def test_another_name_of_a_file_proves_nothing(name: str) -> None:
    with pytest.raises(UsageError, match="does not say which provider's"):
        parse_token_file(json.dumps(TOKENS), load_packaged(), name=name)


LASTING = "gho_" + "16C7e42F292c6912E7710c838347Ae178B4a"  # tokcheck: allow


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"access_token": LASTING, "scope": "read:user", "token_type": "bearer"}),
        json.dumps({"access_token": LASTING, "scope": "read:user", "refresh_token": None}),
        json.dumps({"access_token": LASTING, "scope": "read:user", "expires_in": 0}),
        json.dumps({"access_token": LASTING, "scope": "read:user", "expires_at": 0}),
        f"access_token={LASTING}&scope=read%3Auser&token_type=bearer",
    ],
)
@pytest.mark.parametrize("wanted", ["github", None])
def test_a_token_without_an_expiry_needs_no_refresh_token_where_that_is_declared(
    text: str, wanted: str | None
) -> None:
    found = parse_token_file(text, load_packaged(), wanted)
    assert found.access is not None
    assert ("github", None, None, ("read:user",), LASTING) == (
        found.provider,
        found.refresh,
        found.expires_at,
        found.scopes,
        found.access.reveal(),
    )


def test_a_lasting_token_of_no_known_form_is_the_named_providers() -> None:
    text = json.dumps({"access_token": ACCESS, "token_type": "bearer", "x_user_id": 10579})
    found = parse(text, "polar")
    assert ("polar", None, "10579") == (found.provider, found.refresh, found.user_id)


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("strava", {"access_token": ACCESS, "token_type": "bearer"}),
        ("github", {"access_token": LASTING, "expires_in": 28800}),
        ("github", {"token_type": "bearer", "scope": "read:user"}),
    ],
)
def test_another_response_without_a_refresh_token_is_refused(
    wanted: str, value: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="has no refresh_token"):
        parse(value, wanted)


@pytest.mark.parametrize(
    "provider", ["strava", "whoop", "oura", "withings", "polar", "spotify", "github", "gitlab"]
)
def test_the_field_of_an_exported_file_names_the_provider(provider: str) -> None:
    value = {"provider": provider, "access_token": "Qx7-" * 8, "refresh_token": "Zk4_" * 8}
    assert provider == parse_token_file(json.dumps(value), load_packaged(), None).provider
