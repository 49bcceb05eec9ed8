"""Stored accounts as token files of other programs."""

import json
from typing import Any

import pytest

from tests.accounts.token_files.conftest import (
    AUTHORIZED_USER,
    EXPIRES,
    FITBIT,
    GOOGLE_REFRESH,
    SLEEP,
)
from tests.support.accounts.fake_token_endpoint import START
from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
)
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.token_files.export import FORMATS, token_file_text
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.cli.commands.accounts.export import TokenFileFormat
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.ready_made_providers import load_packaged


def _grant(**changes: Any) -> Grant:
    return Grant(
        "alex", Client("fitbit", "23TEST", Secret(FITBIT_SECRET)), Secret(FITBIT),
        Secret(FITBIT_REFRESH), EXPIRES, None, ("sleep", "settings"), "7TESTS", EXPIRES - 28_800,
    )._replace(**changes)  # fmt: skip


_GOOGLES = {
    "client": Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET)),
    "access": Secret(GOOGLE),
    "refresh": Secret(GOOGLE_REFRESH),
    "scopes": (SLEEP,),
}


@pytest.mark.parametrize(
    ("file_format", "grant"),
    [
        ("token-response", _grant()),
        ("token-response", _grant(**_GOOGLES)),
        ("python-fitbit", _grant()),
        ("fitbit-grafana", _grant()),
        ("fitbit-grafana", _grant(**_GOOGLES)),
        ("google-auth", _grant(**_GOOGLES)),
        ("google-auth", _grant(**_GOOGLES, expires_at=None)),
    ],
)
def test_what_is_exported_can_be_taken_in_again(file_format: str, grant: Grant) -> None:
    read = parse_token_file(token_file_text(grant, file_format, EXPIRES - 60), REGISTRY)
    assert grant.refresh is not None
    assert read.access is not None
    assert grant.client.provider == read.provider
    assert grant.access.reveal() == read.access.reveal()
    assert read.refresh is not None
    assert grant.refresh.reveal() == read.refresh.reveal()
    said = {"token-response": None} if grant.client.provider == "google-health" else {}
    assert said.get(file_format, grant.expires_at) == read.expires_at


def test_a_token_response_names_the_provider_and_the_application() -> None:
    client = Client("strava", "12345", Secret("ef" * 20))
    for grant in (
        _grant(**_GOOGLES),
        _grant(client=client, access=Secret("ab" * 20), refresh=Secret("cd" * 20), scopes=()),
    ):
        text = token_file_text(grant, "token-response", EXPIRES - 60)
        read = parse_token_file(text, load_packaged())
        assert grant.client.provider == read.provider
        assert grant.client.client_id == read.client_id
        assert read.client_secret is None


def test_a_file_for_fitbit_grafana_names_the_provider() -> None:
    assert {
        "provider": "google",
        "access_token": GOOGLE,
        "refresh_token": GOOGLE_REFRESH,
        "saved_at_utc": "2026-05-28T20:26:40+00:00",
        "expires_in": 60,
    } == json.loads(
        token_file_text(_grant(**_GOOGLES, expires_at=START + 60.9), "fitbit-grafana", START + 0.5)
    )
    assert "fitbit" == json.loads(token_file_text(_grant(), "fitbit-grafana", START))["provider"]


def test_a_file_for_google_auth_has_the_fields_that_its_reader_wants() -> None:
    file = json.loads(
        token_file_text(
            _grant(**_GOOGLES), "google-auth", START, "https://oauth2.googleapis.com/token"
        )
    )
    assert AUTHORIZED_USER.keys() - {"account"} | {"type"} == file.keys()
    assert "2026-01-15T19:00:00Z" == file["expiry"]
    assert "scopes" not in json.loads(
        token_file_text(
            _grant(**_GOOGLES | {"scopes": ()}),
            "google-auth",
            START,
            "https://oauth2.googleapis.com/token",
        )
    )


@pytest.mark.parametrize(
    ("file_format", "changes", "words"),
    [
        ("google-auth", {}, "google-auth is for google-health"),
        ("python-fitbit", _GOOGLES, "python-fitbit is for fitbit"),
        ("python-fitbit", {"client": Client("fitbit", "x", None)}, "needs the application's"),
        ("token-response", {"access": Secret("")}, "no access token yet"),
        ("fitbit-grafana", {"refresh": None}, "no refresh token"),
        (
            "fitbit-grafana",
            {"client": Client("strava", "x", None)},
            "fitbit-grafana is for fitbit and google-health, but .* is an account of strava",
        ),
    ],
)
def test_a_file_that_would_lack_something_is_refused(
    file_format: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        token_file_text(_grant(**changes), file_format, START)
    assert "NAME" not in caught.value.hint


def test_the_option_names_every_format() -> None:
    assert list(FORMATS) == [member.value for member in TokenFileFormat]
