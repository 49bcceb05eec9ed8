"""The provider of a finding: by its form, or else by the text around it and the path; or none."""

import hashlib
import time

import pytest

from tests.support.scan.searching import search
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_REFRESH,
    make_jwt,
)
from tokcheck.core.credential import Kind
from tokcheck.scan.formats.wording import headline


@pytest.mark.parametrize(
    ("provider", "path", "text"),
    [
        (None, "x.json", '{"refresh_token": "@"}'),
        (None, "x.env", "REFRESH_TOKEN=@\n"),
        ("whoop", "x.env", "fitbit=1\nWHOOP_REFRESH_TOKEN=@\n"),
        (None, "x.env", "fitbit=1\nLINEAR.APP_REFRESH_TOKEN=@\n"),
        (None, "x.sh", "# fitbit\ncurl https://api.example.org/token -d refresh_token=@\n"),
        ("fitbit", "x.env", "FITBIT_REFRESH_TOKEN=@\n"),
        ("fitbit", "x.json", '{"fitbit": {"refresh_token": "@"}}'),
        ("fitbit", "fitbit.json", '{"refresh_token": "@"}'),
        ("fitbit", "x.json", f'{{"access_token": "{FITBIT}", "refresh_token": "@"}}'),
        ("fitbit", "x.sh", "curl https://api.fitbit.com/oauth2/token -d refresh_token=@\n"),
    ],
)
def test_a_labelled_refresh_token_is_its_owners(provider: str, path: str, text: str) -> None:
    found = [item for item in search(text.replace("@", FITBIT_REFRESH), path)
             if item.kind is Kind.REFRESH_TOKEN]  # fmt: skip
    assert [provider] == [item.provider for item in found]
    assert ("user's consent" in found[0].advice) == (provider == "fitbit")
    assert ("Linear" in found[0].advice) == ("LINEAR" in text)
    assert ("WHOOP API" in headline(found[0])) == (provider == "whoop")


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("fitbit", f"FITBIT_CLIENT_SECRET={FITBIT_SECRET}\n"),
        ("fitbit", f"# Fitbit\nclient_secret: {FITBIT_SECRET}\n"),
        (None, f"FITBIT_ID=1\nSTRAVA_CLIENT_SECRET={FITBIT_SECRET}\n"),
        (None, f"fitbit:\n  id: 1\nstrava:\n  secret: {FITBIT_SECRET}\n"),
        ("fitbit", f"fitbit said https://app.test/?code={FITBIT_CODE}\n"),
        (None, f"no fitbit\nhttps://www.strava.com/?code={FITBIT_CODE}&scope=read strava\n"),
    ],
)
def test_another_services_credential_is_not_called_fitbits(provider: str | None, text: str) -> None:
    assert [provider] == [item.provider for item in search(text)]


def test_a_google_token_is_googles_until_its_scopes_are_known() -> None:
    for token, words in ((GOOGLE, "access token"), (GOOGLE_REFRESH, "refresh token")):
        (found,) = search(f"x={token}\n")
        assert f"a Google {words}" == headline(found)
        assert "google-health" == found.provider


@pytest.mark.parametrize("front", ["", "token: ", "é ", "\n  x="])
@pytest.mark.parametrize(
    "signed", [FITBIT, make_jwt({"iss": "github", "exp": 4_000_000_000}, {"alg": "RS256"})]
)
def test_an_installation_token_is_found_whole_and_is_githubs(front: str, signed: str) -> None:
    raw = f"ghs_123456_{signed}"
    (found,) = search(f"{front}{raw}\n")
    assert (Kind.ACCESS_TOKEN, "github") == (found.kind, found.provider)
    assert hashlib.sha256(raw.encode()).hexdigest()[:12] == found.fingerprint
    assert "GitHub" in found.advice
    assert len(front.rpartition("\n")[2]) + 1 == found.column


def test_many_labelled_credentials_take_no_long_time() -> None:
    text = f"fitbit refresh_token={FITBIT_REFRESH}\n" * 5_000
    started = time.process_time()
    assert 5_000 == len(search(text))
    assert time.process_time() - started < 20
