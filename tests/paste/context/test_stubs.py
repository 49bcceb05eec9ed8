"""A credential of which only a part is there is named as what it is, never as nothing."""

import base64

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import (
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    random_characters,
)
from tokcheck.core.credential import NO_CREDENTIAL, Kind
from tokcheck.core.report import Verdict


def pair(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_PREFIXED = {
    Kind.REFRESH_TOKEN: ("1//0", GOOGLE_REFRESH),
    Kind.AUTHORIZATION_CODE: ("4/0A", GOOGLE_CODE),
    Kind.CLIENT_SECRET: ("GOCSPX-", GOOGLE_SECRET),
    Kind.API_KEY: ("AIza", GOOGLE_KEY),
}
_PLACES = (
    "@",
    '"@"',
    "Bearer @",
    "token=@",
    '{"x": "@"}',
    "x: @\n",
    "-d refresh_token=@ https://x",
)


@pytest.mark.parametrize("kind", _PREFIXED)
@pytest.mark.parametrize("place", _PLACES)
def test_any_part_behind_a_prefix_is_named(kind: Kind, place: str) -> None:
    prefix, whole = _PREFIXED[kind]
    for length in range(len(prefix), len(whole)):
        text = place.replace("@", whole[:length])
        credential = read(text).credential
        assert credential is not None
        assert (kind, "google-health") == (credential.kind, credential.provider)
        found = conclusion(text)
        assert (Verdict.WRONG_KIND, False) == (found.verdict, found.usable)
        assert kind.words in found.summary
        assert sendable_token(text) is None


_TEARS = (
    "\n",
    "\r\n",
    "%0A",
    "%0D%0A",
    "\\n",
    "<br>",
    "&#10;",
    "\n> ",
    "!",
    ":",
    "@",
    "|",
    " ",
)


_NO_WHOLE = ("is missing", "is incomplete", "no token has", "may continue")


@pytest.mark.parametrize("kind", _PREFIXED)
@pytest.mark.parametrize("tear", _TEARS)
def test_a_torn_one_is_whole_or_incomplete_wherever_it_is_torn(kind: Kind, tear: str) -> None:
    prefix, whole = _PREFIXED[kind]
    for at in range(len(prefix) + 2, len(whole), 3):
        for place in ("@", "x: @\n", "https://x.test/?code=@&scope=a"):
            text = place.replace("@", whole[:at] + tear + whole[at:])
            credential = read(text).credential
            assert credential is not None, text
            assert kind is credential.kind, text
            found = conclusion(text)
            assert Verdict.WRONG_KIND is found.verdict
            if whole != credential.secret.reveal():
                advice = " ".join(found.advice)
                assert any(words in advice for words in _NO_WHOLE), (text, advice)


@pytest.mark.parametrize(
    ("words", "encoded"),
    [
        ("secret is empty", pair("23TEST:")),
        ("id is empty", pair(f":{FITBIT_SECRET}")),
        ("id and the secret are empty", pair(":")),
        ("id and the secret are empty", pair(":").rstrip("=")),
        ("id and the secret are empty", pair(" :\n")),
        ("no colon", pair("23TEST")),
        ("no colon", pair(f"23TEST:{FITBIT_SECRET}")[:8]),
        ("too short", pair("23TEST:abc")),
    ],
)
@pytest.mark.parametrize(
    "place",
    ["Basic @", "Authorization: Basic @", "curl -H 'Authorization: Basic @' -d code=x https://x",
     '{"Authorization": "Basic @"}'],
)  # fmt: skip
def test_a_pair_with_an_empty_half_is_named(words: str, encoded: str, place: str) -> None:
    text = place.replace("@", encoded)
    credential = read(text).credential
    assert credential is not None
    assert credential.kind is Kind.BASIC_CREDENTIALS
    found = conclusion(text)
    assert found.verdict is Verdict.WRONG_KIND
    assert words in found.advice[0]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("secret is empty", "curl -u 23TEST: https://api.fitbit.com/oauth2/token"),
        ("secret is empty", "curl --user '23TEST:' https://api.fitbit.com/oauth2/token"),
        ("id is empty", f"curl -u :{FITBIT_SECRET} https://api.fitbit.com/oauth2/token"),
        ("id and the secret are empty", "curl -u : https://api.fitbit.com/oauth2/token"),
        ("id and the secret are empty", "curl -u ':' https://api.fitbit.com/oauth2/token"),
        ("id and the secret are empty", 'curl --user=":" https://api.fitbit.com/oauth2/token'),
    ],
)
def test_a_users_option_with_an_empty_half_is_named(words: str, text: str) -> None:
    assert words in conclusion(text).advice[0]


@pytest.mark.parametrize("length", range(8, 64, 5))
@pytest.mark.parametrize(
    "place", ['{"refresh_token": "@"}', "refresh_token=@", "REFRESH_TOKEN: @\n"]
)
def test_half_a_refresh_token_behind_its_label_is_named(length: int, place: str) -> None:
    text = place.replace("@", FITBIT_REFRESH[:length])
    for context, provider in (("", None), ("# fitbit\n", "fitbit")):
        credential = read(context + text).credential
        assert credential is not None
        assert (Kind.REFRESH_TOKEN, provider) == (credential.kind, credential.provider)
        assert conclusion(context + text).verdict is Verdict.WRONG_KIND


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("the word Basic", "Basic"), ("the word Basic", "Authorization: Basic "),
        ("the word Basic", "curl -H 'Authorization: Basic ' https://x"),
        ("the header Authorization", "Authorization:"),
        ("the header Authorization", "curl -H 'Authorization: ' https://x"),
        ("the header Authorization", "Authorization:\r\nAccept: */*"),
        ("the label access_token", '{"access_token": ""}'),
        ("the label access_token", "access_token=\n"),
        ("the label refresh_token", '{"refresh_token":""}'),
        ("the word Bearer", "Authorization: Bearer"),
    ],
)  # fmt: skip
def test_a_label_with_nothing_behind_it_is_named(words: str, text: str) -> None:
    found = conclusion(text)
    assert found.verdict is Verdict.NO_TOKEN
    assert found.summary == f"No token found in the input: nothing follows {words}."


@pytest.mark.parametrize("text", ["ya29.", "Bearer ya29.", '{"access_token": "ya29."}', "ya29.a0A",
                                  "eyJ", "Bearer eyJ", "eyJhbGci", '"eyJhbGciOiJI"'])  # fmt: skip
def test_the_beginning_of_an_access_token_is_incomplete(text: str) -> None:
    assert conclusion(text).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    "text",
    ["A client secret begins with GOCSPX- and a refresh token with 1//0.", "basic authentication",
     "Basic usage is simple", "refresh_token = refresh()", "refresh_token: required",
     "on 4/04/2026", "due: 4/05", "score=4/0",
     "basic by design", "Basic at best", "the AIza prefix", "code -u user"],
)  # fmt: skip
def test_a_text_about_credentials_holds_none(text: str) -> None:
    assert read(text).credential is None


def test_a_google_credential_shorter_than_usual_may_be_cut() -> None:
    whole = "1//0" + random_characters(99, 1), "4/0A" + random_characters(69, 2)
    for token, usual in zip(whole, (100, 50), strict=True):
        assert "" == (read(token).credential or NO_CREDENTIAL).doubt
        for length in range(40, usual, 7):
            credential = read(token[:length]).credential
            assert credential is not None
            assert f"It has only {length} characters" in credential.doubt


@pytest.mark.parametrize(
    "name", ["GITHUB_SHA", "CI_COMMIT_SHA", "FITBIT_COMMIT", "GIT_COMMIT_ID", "export REVISION"]
)
def test_the_checksum_of_a_variable_is_no_credential(name: str) -> None:
    assert read(f"{name}={FITBIT_CODE}").credential is None
    token = read(f"{name}_TOKEN={FITBIT_CODE}").credential
    assert token is not None


@pytest.mark.parametrize(
    ("usual", "text"),
    [
        (64, "refresh_token=@"),
        (64, '{"refresh_token": "@"}'),
        (40, "https://app.example/?code=@"),
        (32, "client_secret: @"),
    ],
)
def test_few_digits_behind_a_label_may_be_a_part(usual: int, text: str) -> None:
    wrong = []
    for length in range(12, 64):
        credential = read(text.replace("@", FITBIT_REFRESH[:length])).credential
        assert credential is not None
        expected = (
            f"It has {length} hexadecimal digits: if it should have {usual}, a part is missing."
        )
        if (expected if length < usual else "") != credential.doubt:
            wrong.append((length, credential.doubt))
    assert [] == wrong


@pytest.mark.parametrize("text", ["@", "access_token=@", "Bearer @", "TOKEN: @"])
def test_digits_of_no_credential_s_length_may_be_a_part(text: str) -> None:
    wrong = []
    for length in range(16, 64):
        found = conclusion(text.replace("@", FITBIT_REFRESH[:length]))
        hint = "a part may be missing" in found.summary.replace("of which a part", "a part")
        if hint != (length not in {32, 40}) and found.verdict is Verdict.UNDETERMINED:
            wrong.append((length, found.summary))
    assert [] == wrong
    for other in ("0123456789012345678", "abcdefabcdefabcdefab", "deadbeefcafe"):
        assert "missing" not in conclusion(text.replace("@", other)).summary
