"""A label says what kind of credential its value is, whatever its form; a name is no value."""

import base64

import pytest

import tokcheck
from tests.support.providers.paste_checks import conclusion, read
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict

_HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 4
_KINDS = {
    "FITBIT_REFRESH_TOKEN": (Kind.REFRESH_TOKEN, 64),
    "FITBIT_CLIENT_SECRET": (Kind.CLIENT_SECRET, 32),
    "FITBIT_CODE": (Kind.AUTHORIZATION_CODE, 40),
}


@pytest.mark.parametrize("label", _KINDS)
@pytest.mark.parametrize("size", [32, 33, 40, 63, 64, 65, 128])
def test_a_label_decides_over_the_number_of_digits(label: str, size: int) -> None:
    kind, usual = _KINDS[label]
    for provider in (None, "fitbit"):
        credential = read(f"{label}={_HEX[:size]}", provider).credential
        assert credential is not None
        assert (kind, "fitbit") == (credential.kind, credential.provider)
        assert (credential.doubt != "") == (size != usual)
        assert ("missing" in credential.doubt) == (size < usual)
        assert ("glued" in credential.doubt) == (size > usual)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: token @", "Authorization: Token @", 'Authorization: Token token="@"',
        "curl -H 'Authorization: token @' https://gitea.example.com/api", "MY_TOKEN=@",
        "MY_STRAVA_TOKEN=@", "YOUR_STRAVA_TOKEN=@", "export YOUR_ACCESS_TOKEN='@'",
        'export STRAVA_ACCESS_TOKEN="@"', '{"strava_access_token":"@"}', 'stravaAccessToken: "@"',
        "strava-access-token: @",
    ],
)  # fmt: skip
def test_a_labelled_value_is_found_and_its_label_is_none(text: str) -> None:
    for size in (40, 64):
        credential = read(text.replace("@", _HEX[:size])).credential
        assert credential is not None
        assert credential.kind is Kind.UNKNOWN
        assert credential.secret.reveal() == _HEX[:size]
        assert ("Strava" in credential.service) == ("STRAVA" in text.upper())
    for token in (FITBIT, GOOGLE):
        found = read(text.replace("@", token)).credential
        assert found is not None
        assert found.secret.reveal() == token


@pytest.mark.parametrize("text", ["x-api-key: @", "Authorization: ApiKey @", 'API_KEY="@"'])
def test_a_labelled_api_key_is_no_access_token(text: str) -> None:
    for provider in (None, "fitbit"):
        credential = read(text.replace("@", _HEX[:40]), provider).credential
        assert credential is not None
        assert credential.kind is Kind.API_KEY


@pytest.mark.parametrize("text", ["my fitbit code is @", "the Fitbit code: @"])
def test_a_code_in_a_sentence_is_found(text: str) -> None:
    credential = read(text.replace("@", _HEX[:40])).credential
    assert credential is not None
    assert credential.kind is Kind.AUTHORIZATION_CODE


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("FITBIT_REFRESH_TOKEN", "FITBIT_REFRESH_TOKEN="),
        ("FITBIT_ACCESS_TOKEN", "FITBIT_ACCESS_TOKEN="),
        ("FITBIT_TOKEN", "FITBIT_TOKEN=\n"),
        ("FITBIT_ACCESS_TOKEN", 'export FITBIT_ACCESS_TOKEN=""'),
        ("client_secret", "client_secret="),
        ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_ID=''\n"),
        ("x-api-key", "x-api-key:"),
        ("Token", "Token:"),
        ("word Basic", "Authorization: Basic =="),
        ("word Basic", 'curl -H "Authorization: Basic =" https://api.fitbit.com'),
        ("code", "https://app.example/?code=&state=1"),
        ("access_token", "https://app.example/#access_token=&user_id=1"),
    ],
)
def test_an_empty_label_is_named_and_never_sent(words: str, text: str) -> None:
    for provider in (None, "fitbit", "google-health"):
        assert read(text, provider).credential is None
    found = conclusion(text)
    assert found.verdict is Verdict.NO_TOKEN
    shown = found.summary.replace("parameter access_token", "label access_token")
    kind = "" if words == "word Basic" else "parameter " if words == "code" else "label "
    assert f"nothing follows the {kind}{words}" in shown


@pytest.mark.parametrize("value", ["23ABC", "x", "123456789"])
def test_a_label_with_a_short_value_is_never_sent(value: str) -> None:
    for provider in ("fitbit", "google-health"):
        assert read(f"FITBIT_CLIENT_ID={value}", provider).credential is None


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        ("line break", f"23ABCD:{_HEX[:32]}\n"), ("line break", f"23ABCD:{_HEX[:32]}\r\n"),
        ("sample", "client_id:client secret"),
        ("too short", "23A:b1"), ("no colon", "23ABCD and"),
    ],
)  # fmt: skip
def test_damaged_basic_credentials_are_explained(words: str, pair: str) -> None:
    encoded = base64.b64encode(pair.encode()).decode()
    credential = read(f"Authorization: Basic {encoded}").credential
    assert credential is not None
    assert credential.kind is Kind.BASIC_CREDENTIALS
    assert words in credential.doubt


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic {}", 'Basic: "{}"', '("Basic", "{}")', "'Basic ' + '{}'",
        '{{"Authorization": "Basic \\"{}\\""}}', "Basic%20{}", "basic=`{}`",
    ],
)  # fmt: skip
def test_whole_basic_credentials_are_called_whole_in_any_notation(text: str) -> None:
    encoded = base64.b64encode(f"23ABCD:{_HEX[:32]}".encode()).decode()
    credential = read(text.format(encoded)).credential
    assert credential is not None
    assert (Kind.BASIC_CREDENTIALS, None, "") == (
        credential.kind,
        credential.flaw,
        credential.doubt,
    )


def test_basic_credentials_that_are_not_encoded_are_named() -> None:
    credential = read(f"Authorization: Basic 23ABCD:{_HEX[:32]}").credential
    assert credential is not None
    assert credential.kind is Kind.BASIC_CREDENTIALS
    assert "not encoded" in credential.doubt


def test_a_signed_token_in_capitals_is_named_so() -> None:
    credential = read(FITBIT.upper()).credential
    assert credential is not None
    assert "changed to capitals" in credential.reason


@pytest.mark.parametrize("label", ["refresh token", "Refresh Token", "refresh_token"])
@pytest.mark.parametrize("service", ["Strava", "WHOOP"])
def test_the_label_of_a_refresh_token_may_be_two_words(service: str, label: str) -> None:
    refresh = "7f6e5d4c3b2a19081726354453627180a9b8c7d6"  # tokcheck: allow
    report = tokcheck.check(f"{service} {label}: {refresh}\n", offline=True)
    assert ("wrong_kind", "refresh_token") == (
        report.verdict,
        report.credential and report.credential.kind,
    )
    access = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"  # tokcheck: allow
    both = f"{service} access token: {access}\n{service} {label}: {refresh}\n"
    found = tokcheck.check(both, offline=True).credential
    assert found is not None
    assert ("access_token", access[:4]) == (found.kind, found.masked[:4])
