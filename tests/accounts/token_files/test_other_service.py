"""Grants of other services, which are never stored as those of a provider."""

import hashlib
import json
from typing import Any

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.ready_made_providers import load_packaged

_FORTY = FITBIT_CODE  # 40 hexadecimal digits, as the tokens of several services are
_OTHERS_TOKENS = {"access_token": _FORTY[::-1], "refresh_token": _FORTY, "expires_in": 21600}
_LONG = {"access_token": "opaque-" + "x" * 30, "refresh_token": FITBIT_REFRESH}


def _import(value: Any, wanted: str | None = None) -> TokenFile:
    return parse_token_file(
        value if isinstance(value, str) else json.dumps(value), REGISTRY, wanted
    )


def _lines(prefix: str, fields: dict[str, Any]) -> str:
    return "".join(f"{prefix}_{name.upper()}={value}\n" for name, value in fields.items())


@pytest.mark.parametrize("tokens", [_OTHERS_TOKENS, _LONG], ids=["40 digits", "64 digits"])
@pytest.mark.parametrize("service", ["Strava", "Withings", "Spotify", "Garmin", "Dropbox"])
@pytest.mark.parametrize("wanted", [None, "fitbit", "google-health"])
def test_the_names_around_a_grant_say_whose_it_is(
    service: str, tokens: dict[str, Any], wanted: str | None
) -> None:
    name = service.lower()
    command = f"curl -X POST https://www.{name}.com/oauth/token -d refresh_token="
    for text in (
        _lines(service.upper(), {"client_id": 12345, "client_secret": _FORTY} | tokens),
        {name: tokens},
        {"accounts": {name: {"token": tokens}}},
        tokens | {"provider": name},
        tokens | {"token_uri": f"https://www.{name}.com/oauth/token"},
        f"[{name}]\nrefresh_token = {tokens['refresh_token']}\n",
        f"[remote]\ntype = {name}\ntoken = {json.dumps(tokens)}\n",
        command + tokens["refresh_token"],
    ):
        with pytest.raises(UsageError, match=f"tokens belong to {service}, which") as caught:
            _import(text, wanted)
        assert "Fitbit Web API and the Google Health API" in caught.value.hint
        assert tokens["refresh_token"] not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("service", "text"),
    [
        ("Strava", {"token_type": "Bearer"} | _OTHERS_TOKENS | {"athlete": {"id": 5}}),
        ("Withings", {"status": 0, "body": {"userid": "5"} | _OTHERS_TOKENS}),
        ("Withings", f"# Withings\nACCESS_TOKEN=x\nREFRESH_TOKEN={FITBIT_REFRESH}\n"),
    ],
)
def test_what_only_stands_near_a_grant_gives_way_to_the_option(service: str, text: Any) -> None:
    with pytest.raises(UsageError, match=f"belong to {service}") as caught:
        _import(text)
    assert "pass --provider fitbit or --provider google-health" in caught.value.hint


def test_a_token_in_the_form_of_a_service_is_that_services() -> None:
    token = "xoxe-1-" + "a1" * 40
    with pytest.raises(UsageError, match="belong to Slack"):
        _import({"refresh_token": token}, "fitbit")


@pytest.mark.parametrize("tokens", [_OTHERS_TOKENS, {"refresh_token": "opaque" * 6}])
def test_tokens_of_no_providers_form_are_nobodys(tokens: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="does not say which provider's"):
        _import(tokens)
    with pytest.raises(UsageError, match="does not say which provider's"):
        _import(_LONG | {"token_uri": "https://login.example.com/token"})


def test_a_providers_grant_beside_other_services_is_its_own() -> None:
    fields = {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH}
    bare = {"refresh_token": FITBIT_REFRESH}
    for text in (
        {"strava": _OTHERS_TOKENS, "fitbit": bare},
        {"fitbit": bare, "strava": _OTHERS_TOKENS},
        {"strava-to-fitbit": bare},
        {"strava": fields},
        bare,
        bare | {"client_id": FITBIT_CLIENT},
        _lines("STRAVA", {"client_secret": FITBIT_SECRET}) + _lines("FITBIT", bare),
        f"STRAVA_CLIENT_ID=5\ncurl https://api.fitbit.com/oauth2/token -d refresh_token="
        f"{FITBIT_REFRESH}",
    ):
        assert "fitbit" == _import(text).provider


_GOOGLES = {
    "refresh_token": GOOGLE_REFRESH, "access_token": GOOGLE, "client_secret": GOOGLE_SECRET,
    "client_id": GOOGLE_CLIENT,
}  # fmt: skip
_GCLOUD = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com"
_AUTH = "https://www.googleapis.com/auth/"


@pytest.mark.parametrize("wanted", [None, "google-health"])
@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("gcloud's application", _GOOGLES | {"type": "authorized_user", "client_id": _GCLOUD}),
        ("only fitness.activity.read", _GOOGLES | {"scope": f"{_AUTH}fitness.activity.read"}),
        ("only drive", _GOOGLES | {"scopes": [f"{_AUTH}drive"]}),
        ("only openid, email", _GOOGLES | {"scope": "openid email"}),
        (
            "for Google Photos",
            f"[x]\ntype = google photos\ntoken = {json.dumps(_GOOGLES)}\n",
        ),
        ("for Google Drive", f"[x]\ntype = drive\ntoken = {json.dumps(_GOOGLES)}\n"),
    ],
)
def test_a_grant_for_another_api_of_google_is_refused(
    words: str, text: Any, wanted: str | None
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        _import(text, wanted)
    assert "tokcheck login google-health" in caught.value.hint


@pytest.mark.parametrize(
    "scope", [None, f"{_AUTH}googlehealth.sleep.readonly {_AUTH}drive", "sleep"]
)
def test_a_grant_of_google_that_may_be_for_health_is_taken(scope: str | None) -> None:
    assert "google-health" == _import(_GOOGLES | {"scope": scope}).provider


def test_tokens_that_only_look_as_a_providers_are_nobodys_without_the_option() -> None:
    refresh, other = hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()
    response = {
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "api",
        "created_at": 1768478400,
    }
    command = (
        "curl -X POST {} -d grant_type=refresh_token -d client_id=23TEST -d refresh_token="
        + refresh
    )
    texts: dict[str, Any] = {
        "The command in the file sends": command.format("https://auth.example.org/token"),
        "its access token is not one of the Fitbit": {
            "access_token": other, "refresh_token": refresh, **response,
        },
        "which provider's tokens these are, and": {
            "access_token": other[:32], "refresh_token": refresh, "client_id": "23TEST",
        },
        "tokens belong to Polar": {
            "access_token": other[:32], "refresh_token": refresh, "x_user_id": 1,
        },
    }  # fmt: skip
    for words, value in texts.items():
        with pytest.raises(UsageError, match=words):
            _import(value)
        found = _import(value, "fitbit")
        assert ("fitbit", None) == (found.provider, found.access)
        assert isinstance(value, str) or "are signed tokens" in " ".join(found.notes)
    assert "fitbit" == _import(command.format("https://api.fitbit.com/oauth2/token")).provider


def test_a_command_of_any_client_shows_that_the_token_is_of_an_unknown_host() -> None:
    for client in ("curl -X POST", "xh -f POST"):
        command = f"{client} https://auth.example.org/token client_id=23TEST refresh_token="
        with pytest.raises(UsageError, match="The command in the file sends"):
            _import(command + hashlib.sha256(b"one").hexdigest())


_STRAVA = {"access_token": _FORTY[::-1], "refresh_token": _FORTY, "client_id": "12345"}
_WITHINGS = {"status": 0, "body": {"userid": "5"} | _STRAVA}


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("strava", _lines("STRAVA", _STRAVA)),
        ("strava", {"strava": _STRAVA}),
        ("strava", {"accounts": [{"name": "x", "strava": {"token": _STRAVA}}]}),
        ("strava", _STRAVA | {"athlete": {"id": 5}}),
        ("strava", f"[strava]\nrefresh_token = {_FORTY}\naccess_token = {_FORTY[::-1]}\n"),
        ("strava", f"curl https://www.strava.com/oauth/token -d refresh_token={_FORTY}"),
        ("withings", _WITHINGS),
        ("withings", {"withings": _STRAVA}),
        ("spotify", {"spotify": {"refresh_token": "AQ" + "x-Y_9" * 24, "access_token": "B" * 80}}),
        ("github", {"refresh_token": "ghr_" + "a1B2" * 19, "access_token": "ghu_" + "a1B2" * 9}),
        ("fitbit", {"refresh_token": FITBIT_REFRESH, "access_token": FITBIT, "note": "no strava"}),
    ],
)
def test_the_grant_of_a_declared_provider_is_taken(provider: str, text: Any) -> None:
    written = text if isinstance(text, str) else json.dumps(text)
    providers = load_packaged()
    for wanted in (None, provider):
        found = parse_token_file(written, providers, wanted)
        assert provider == found.provider
        access = found.access
        assert access is None or access.reveal() in written
        assert not any("signed tokens" in note for note in found.notes)
        if provider in {"strava", "withings"} and "access_token" in written:
            assert access is not None
    if "athlete" in text or text == _WITHINGS:
        return  # what only looks like a service's gives way to the option
    other = "oura" if provider != "fitbit" else "whoop"
    with pytest.raises(UsageError, match=rf"belong to {provider}, not to {other}"):
        parse_token_file(written, providers, other)


@pytest.mark.parametrize("tokens", [_OTHERS_TOKENS, {"refresh_token": "opaque" * 6}])
def test_a_declared_form_that_fits_any_token_claims_none(tokens: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="does not say which provider's") as caught:
        parse_token_file(json.dumps(tokens), load_packaged())
    assert "--provider with its name: fitbit, google-health, github" in caught.value.hint
    assert "docker-hub" not in caught.value.hint
