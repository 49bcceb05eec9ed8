"""A credential of which only a part is there is named as what it is, never as nothing."""

import base64

import pytest

from tests.support.providers.paste_checks import conclusion, read, sound
from tests.support.tokens import (
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.core.credential import Kind
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
        assert sound(text) is None


@pytest.mark.parametrize(
    ("words", "encoded"),
    [
        ("secret is empty", pair("23TEST:")),
        ("id is empty", pair(f":{FITBIT_SECRET}")),
        ("id and the secret are empty", pair(":")),
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
