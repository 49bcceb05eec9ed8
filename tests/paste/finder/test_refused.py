"""Credentials of another kind are named with advice, and text without any gives none."""

import base64
import json

import pytest

from tests.support.providers.paste_checks import conclusion, read
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    make_jwt,
)
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
from tokcheck.paste.finder.paste_content import Paste

BASIC = base64.b64encode(f"{FITBIT_CLIENT}:{FITBIT_SECRET}".encode()).decode()
ID_TOKEN = make_jwt(
    {"iss": "https://accounts.google.com", "aud": GOOGLE_CLIENT, "sub": "1", "exp": 1_800_000_000},
    {"alg": "RS256", "kid": "tests", "typ": "JWT"},
)


def percent_encode(text: str, times: int = 1) -> str:
    """Percent-encode the slashes of a credential."""
    return text.replace("/", "%" + "25" * (times - 1) + "2F")


FITBIT_CURL = "curl https://api.fitbit.com/1/user/-/profile.json"
KINDS: list[tuple[Kind, str | None, str]] = [
    (Kind.REFRESH_TOKEN, "fitbit", f"{FITBIT_CURL} -H 'authorization: Bearer {FITBIT_REFRESH}'"),
    (Kind.REFRESH_TOKEN, "fitbit", f'{{"fitbit": {{"refresh_token": "{FITBIT_REFRESH}"}}}}'),
    (Kind.REFRESH_TOKEN, "fitbit", f'{{\\"refresh_token\\":\\"{FITBIT_REFRESH}\\"}} # Fitbit'),
    (Kind.REFRESH_TOKEN, "fitbit", f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, "fitbit", f"fitbitRefreshToken: '{FITBIT_REFRESH}'"),
    (
        Kind.REFRESH_TOKEN,
        "fitbit",
        f"Refresh token invalid: {FITBIT_REFRESH}. Visit dev.fitbit.com",
    ),
    (Kind.REFRESH_TOKEN, None, f'{{"refresh_token": "{FITBIT_REFRESH}"}}'),
    (Kind.REFRESH_TOKEN, None, f"REFRESH_TOKEN={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, None, f"grant_type=refresh_token&refresh_token={FITBIT_REFRESH}"),
    (Kind.REFRESH_TOKEN, "google-health", GOOGLE_REFRESH),
    (Kind.REFRESH_TOKEN, "google-health", f"Bearer {GOOGLE_REFRESH}"),
    (Kind.REFRESH_TOKEN, "google-health", f'{{"refresh_token":"{GOOGLE_REFRESH}"}}'),
    (Kind.REFRESH_TOKEN, "google-health", percent_encode(GOOGLE_REFRESH)),
    (Kind.REFRESH_TOKEN, "google-health", percent_encode(GOOGLE_REFRESH, 2)),
    (Kind.REFRESH_TOKEN, "google-health", GOOGLE_REFRESH.replace("/", "\\/")),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"{FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"FITBIT_CODE={FITBIT_CODE}"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"Bearer {FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"https://example.org/cb?code={FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"https://example.org/cb?state=a&code={FITBIT_CODE}#_=_"),
    (Kind.AUTHORIZATION_CODE, "fitbit", f"?code={FITBIT_CODE}&state=abc#_=_"),
    (Kind.AUTHORIZATION_CODE, None, f"https://example.org/cb?code={FITBIT_CODE}&scope=read"),
    (Kind.AUTHORIZATION_CODE, None, f"Authorization code invalid: {FITBIT_CODE} Visit https"),
    (Kind.AUTHORIZATION_CODE, "google-health", GOOGLE_CODE),
    (Kind.AUTHORIZATION_CODE, "google-health", percent_encode(GOOGLE_CODE)),
    (Kind.AUTHORIZATION_CODE, "google-health", percent_encode(GOOGLE_CODE, 2)),
    (Kind.AUTHORIZATION_CODE, "google-health", f"Authorization: Bearer {GOOGLE_CODE}"),
    (
        Kind.AUTHORIZATION_CODE,
        "google-health",
        f"https://www.google.com/?code={percent_encode(GOOGLE_CODE)}&scope=https://www.googleapis.com/x",
    ),
    (
        Kind.AUTHORIZATION_CODE,
        "google-health",
        f"https://www.google.com/?code={GOOGLE_CODE}&scope=https://www.googleapis.com/x",
    ),
    (Kind.CLIENT_ID, "fitbit", FITBIT_CLIENT),
    (Kind.CLIENT_ID, "fitbit", f"Bearer {FITBIT_CLIENT}"),
    (Kind.CLIENT_ID, "fitbit", f'{{"client_id":"{FITBIT_CLIENT}"}}'),
    (Kind.CLIENT_ID, "fitbit", "https://www.fitbit.com/oauth2/authorize?client_id=229999"),
    (Kind.CLIENT_ID, None, "https://www.example.org/oauth/authorize?client_id=229999"),
    (
        Kind.CLIENT_ID,
        "fitbit",
        f"https://www.fitbit.com/oauth2/authorize?client_id={FITBIT_CLIENT}",
    ),
    (Kind.CLIENT_ID, "google-health", GOOGLE_CLIENT),
    (Kind.CLIENT_ID, "google-health", f"Bearer {GOOGLE_CLIENT}"),
    (Kind.CLIENT_ID, "google-health", f'{{"installed":{{"client_id":"{GOOGLE_CLIENT}"}}}}'),
    (Kind.CLIENT_SECRET, "fitbit", f"FITBIT_CLIENT_SECRET='{FITBIT_SECRET}'"),
    (Kind.CLIENT_SECRET, None, f"CLIENT_SECRET='{FITBIT_SECRET}'"),
    (Kind.CLIENT_SECRET, "google-health", GOOGLE_SECRET),
    (Kind.CLIENT_SECRET, "google-health", f'{{"client_secret":"{GOOGLE_SECRET}"}}'),
    (Kind.BASIC_CREDENTIALS, None, BASIC),
    (Kind.BASIC_CREDENTIALS, None, f"Basic {BASIC}"),
    (Kind.BASIC_CREDENTIALS, None, f"Bearer {BASIC}"),
    (Kind.BASIC_CREDENTIALS, None, f"-H 'Authorization: Basic {BASIC}' -d code=abc"),
    (Kind.BASIC_CREDENTIALS, None, f"Received authorization header = Basic {BASIC}, received"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"{FITBIT_CLIENT}:{FITBIT_SECRET}"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"curl -u {FITBIT_CLIENT}:{FITBIT_SECRET} https://x.org"),
    (Kind.BASIC_CREDENTIALS, "fitbit", f"curl --user '{FITBIT_CLIENT}:{FITBIT_SECRET}' https://x"),
    (Kind.API_KEY, "google-health", GOOGLE_KEY),
    (Kind.API_KEY, "google-health", f"https://health.googleapis.com/v4?key={GOOGLE_KEY}"),
    (Kind.ID_TOKEN, "google-health", ID_TOKEN),
    (Kind.ID_TOKEN, "google-health", f"Bearer {ID_TOKEN}"),
    (
        Kind.ID_TOKEN,
        "google-health",
        make_jwt({"iss": "accounts.google.com", "aud": GOOGLE_CLIENT}),
    ),
]


@pytest.mark.parametrize(("kind", "provider", "text"), KINDS)
def test_another_credential_is_named_with_advice(
    kind: Kind, provider: str | None, text: str
) -> None:
    credential = read(text).credential
    assert credential is not None
    assert (credential.kind, credential.provider, credential.flaw) == (kind, provider, None)
    found = conclusion(text)
    assert found.verdict is Verdict.WRONG_KIND
    assert found.usable is False
    assert kind.words in found.summary
    assert found.advice
    assert all(line.endswith(".") and len(line) > 20 for line in found.advice)


OTHERS = {
    "a list of scopes": make_jwt({"aud": "a", "sub": "b", "scopes": ["api_read"], "version": 1}),
    "its own issuer": make_jwt({"iss": "https://auth.example.org", "scopes": "rset"}),
    "no issuer": fitbit(iss=None),
    "an issuer in another case": fitbit(iss="fitbit"),
    "an issuer in a list": fitbit(iss=["Fitbit"]),
    "a number as issuer": fitbit(iss=1),
    "another algorithm": make_jwt({"iss": "x"}, {"alg": "RS256", "typ": "JWT"}),
    "an empty payload": make_jwt({}),
}


@pytest.mark.parametrize("token", OTHERS.values(), ids=OTHERS)
def test_the_token_of_another_service_is_recognized_by_its_issuer(token: str) -> None:
    for text in (token, f"Bearer {token}", f'{{"access_token":"{token}"}}'):
        credential = read(text).credential
        assert credential is not None
        assert (credential.kind, credential.provider) == (Kind.JWT_OTHER, None)
        assert conclusion(text).verdict is Verdict.WRONG_PROVIDER
        assert "another service" in conclusion(text).summary


def test_an_encrypted_token_is_another_services() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"dir","enc":"A256GCM"}').rstrip(b"=").decode()
    credential = read(f"{header}..aXZpdml2aXZpdml2.Y2lwaGVy.dGFn").credential
    assert credential is not None
    assert credential.kind is Kind.JWT_OTHER


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n", "\u200b", '""', "hello", "hello world, how are you", "12"),
        "https://api.fitbit.com/1/user/-/devices.json",
        "{}\n[]",
        "An access token begins with eyJ, or ya29. in Google's.",
    ],
)
def test_nothing_is_found_in_text_without_a_credential(text: str) -> None:
    result = read(text)
    assert result.candidates == ()
    if result.credential is not None:
        assert result.credential.kind is Kind.PLACEHOLDER
    else:
        assert conclusion(text).verdict is Verdict.NO_TOKEN
        assert not result.empty_bearer


@pytest.mark.parametrize(
    "text",
    ["Bearer", "Bearer ", "bearer\n", "Authorization: Bearer", "Authorization: Bearer ", "Bearer:",
     "-H 'Authorization: Bearer '", '-H "authorization: Bearer " https://api.fitbit.com',
     "curl -H 'Authorization: Bearer' https://api.fitbit.com", '{"Authorization": "Bearer "}',
     "Authorization: Bearer \r\nAccept: */*", "Bearer \u200b", "Authorization: Bearer -X GET"],
)  # fmt: skip
def test_an_empty_bearer_is_reported(text: str) -> None:
    assert read(text).empty_bearer
    assert "nothing follows the word Bearer" in conclusion(text).summary


@pytest.mark.parametrize(
    "text", ["Bearer hello", "the bearer of good news", "Bearer https://x.org"]
)
def test_bearer_with_a_value_is_not_empty(text: str) -> None:
    assert read(text) == Paste(None)


@pytest.mark.parametrize("text", ["a" * 50, "Zm9v" * 20, GOOGLE[1:], "q7" * 30, FITBIT[-43:]])
def test_a_long_word_of_no_known_form_is_unknown_and_never_invalid(text: str) -> None:
    for around in (text, f"Bearer {text}", json.dumps({"access_token": text})):
        credential = read(around).credential
        assert credential is not None
        assert credential.kind is Kind.UNKNOWN
        found = conclusion(around)
        assert found.verdict is Verdict.UNDETERMINED
        assert found.usable is None


@pytest.mark.parametrize(
    "place", ["@", "client_id=@", '{"client_id": "@"}', "GOOGLE_CLIENT_ID=@\n"]
)
@pytest.mark.parametrize("front", ["123456789012-abc", "123456789012"])
def test_a_client_id_of_googles_is_named_in_its_short_and_older_forms(
    front: str, place: str
) -> None:
    credential = read(place.replace("@", f"{front}.apps.googleusercontent.com")).credential
    assert credential is not None
    assert (Kind.CLIENT_ID, "google-health") == (credential.kind, credential.provider)
