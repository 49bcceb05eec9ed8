"""A character that no credential has is named in one of any kind; no part counts as missing."""

import base64

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import (
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
    google,
    make_jwt,
    random_characters,
)
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
from tokcheck.declarations.known_providers import providers_in_use
from tokcheck.providers.base import finder_for

_FOREIGN = ["\u0430", "\u2013", "\ufb01", "\uff21", "+", "%C3%A9"]
_NAMED = "character that no token has"
_DASHED = "turned a hyphen in it into a dash"
_OTHERS = {
    "Google's refresh token": (Kind.REFRESH_TOKEN, GOOGLE_REFRESH, "@"),
    "of a field": (Kind.REFRESH_TOKEN, GOOGLE_REFRESH, '{"refresh_token": "@"}'),
    "Google's code": (Kind.AUTHORIZATION_CODE, GOOGLE_CODE, "@"),
    "Google's secret": (Kind.CLIENT_SECRET, GOOGLE_SECRET, "@"),
    "Google's key": (Kind.API_KEY, GOOGLE_KEY, "@"),
    "Fitbit's refresh token": (Kind.REFRESH_TOKEN, FITBIT_REFRESH, '{"refresh_token": "@"}'),
    "Fitbit's code": (Kind.AUTHORIZATION_CODE, FITBIT_CODE, "https://localhost/?code=@"),
}


@pytest.mark.parametrize("foreign", _FOREIGN)
@pytest.mark.parametrize("what", _OTHERS)
def test_it_is_named_and_no_part_is_counted_as_missing(what: str, foreign: str) -> None:
    kind, whole, place = _OTHERS[what]
    for at in (12, 20, len(whole) - 16):
        text = place.replace("@", whole[:at] + foreign + whole[at + 1 :])
        credential = read(text).credential
        assert credential is not None, text
        assert kind is credential.kind
        found = conclusion(text)
        assert Verdict.WRONG_KIND is found.verdict
        advice = " ".join(found.advice)
        assert _NAMED in advice or _DASHED in advice, (text, advice)
        assert "missing" not in advice
        assert "cut off" not in advice


@pytest.mark.parametrize("between", [5, 19, 40])
@pytest.mark.parametrize("signs", ["++", "/+", "+/", "=+"])
def test_several_signs_of_plain_base64_are_named(signs: str, between: int) -> None:
    first, second = signs[0], signs[1]
    long = GOOGLE + google("more").removeprefix("ya29.")
    text = f"{long[:40]}{first}{long[40 : 40 + between]}{second}{long[40 + between :]}"
    found = conclusion(text)
    assert Verdict.MALFORMED is found.verdict
    assert f"{_NAMED}: {first}" in found.summary
    assert sendable_token(text) is None


@pytest.mark.parametrize("foreign", ["\u0430", "\u2013", "\ufb01", "+", "/"])
@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "glpat-", "ghs_12345_"])
def test_no_front_of_a_declared_providers_token_is_taken_for_the_whole(
    prefix: str, foreign: str
) -> None:
    body = "x9TqL2mWz7Rk4VbN1cHsA8dJf5GyP3eKu6Qo"
    finder = finder_for(providers_in_use(None, {}))
    for at in (18, 24):
        for front in ("", "Authorization: Bearer ", "TOKEN="):
            text = f"{front}{prefix}{body[:at]}{foreign}{body[at + 1 :]}"
            credential = finder.find(text).credential
            assert credential is not None, text
            assert credential.flaw is not None or "\ufb01" == foreign, (text, credential)
            assert body[:at] != credential.secret.reveal().removeprefix(prefix) or credential.flaw


_INSIDE = [
    "\u0430", "\ufb01", "\u2013", "\u2014", "\u2010", "\u200b", "\u00ad", "\ufeff", "\uff21",
    "\u00b7", "\u2019", "\u20ac", "\ufffd", "\u6f22", "!", "*", "~", "%", "=",
]  # fmt: skip
_BASIC = base64.b64encode(f"{FITBIT_CLIENT}:{FITBIT_SECRET}".encode()).decode()


@pytest.mark.parametrize("sign", _INSIDE)
@pytest.mark.parametrize("place", ["Authorization: Basic @", "-H 'authorization: basic @' x"])
def test_a_sign_anywhere_in_basic_credentials_is_named(place: str, sign: str) -> None:
    for at in (1, 3, 6, 13, 26, len(_BASIC) - 6, len(_BASIC) - 3):
        for end in (at, at + 1):
            text = place.replace("@", _BASIC[:at] + sign + _BASIC[end:])
            credential = read(text).credential
            assert credential is not None, text
            assert Kind.BASIC_CREDENTIALS is credential.kind
            advice = " ".join(conclusion(text).advice)
            assert _NAMED in advice or _DASHED in advice, (text, advice)
            assert "characters in the place" not in advice


@pytest.mark.parametrize("sign", ["+", "/", "-", "_"])
def test_basic_credentials_that_decode_to_nothing_are_named(sign: str) -> None:
    for at in (1, 6, 13):
        text = f"Authorization: Basic {_BASIC[:at]}{sign}{_BASIC[at:]}"
        found = conclusion(text)
        assert Verdict.WRONG_KIND is found.verdict, text
        assert "missing or were changed" in " ".join(found.advice)


@pytest.mark.parametrize("text", ["a basic understanding of OAuth2", "Basic $CREDENTIALS", "Basic"])
def test_the_word_basic_in_other_text_is_none(text: str) -> None:
    credential = read(text).credential
    assert credential is None or credential.kind is Kind.PLACEHOLDER


_UNSIGNED = make_jwt(
    {"iss": "https://accounts.google.com", "aud": GOOGLE_CLIENT, "sub": "1", "exp": 1, "iat": 0},
    {"alg": "RS256", "kid": "tests", "typ": "JWT"},
)
GOOGLE_ID = _UNSIGNED.rpartition(".")[0] + "." + random_characters(342, 5)


@pytest.mark.parametrize("sign", ["\u0430", "\ufb01", "\u2013", "\uff21", "\u20ac", "*", "~", "+"])
def test_a_sign_anywhere_in_an_id_token_is_named(sign: str) -> None:
    for at in (1, 3, 30, 150, len(GOOGLE_ID) - 80, len(GOOGLE_ID) - 20):
        text = GOOGLE_ID[:at] + sign + GOOGLE_ID[at:]
        found = conclusion(text)
        said = " ".join((found.summary, *found.advice, *read(text).cleaned))
        assert _NAMED in said or _DASHED in said or "inside it" in said, (at, text, said)
        assert "missing" not in said


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u00ad"])
def test_an_invisible_character_in_an_id_token_is_put_right(sign: str) -> None:
    for at in (1, 10, 50, 150, len(GOOGLE_ID) - 20):
        found = read(GOOGLE_ID[:at] + sign + GOOGLE_ID[at:])
        assert found.credential is not None
        assert Kind.ID_TOKEN is found.credential.kind
        assert GOOGLE_ID == found.credential.secret.reveal(), at


def test_a_damaged_id_token_is_named_as_an_id_token() -> None:
    found = conclusion(GOOGLE_ID[:-20] + "\u0430" + GOOGLE_ID[-19:])
    assert Verdict.WRONG_KIND is found.verdict
    assert "This is an ID token" in found.summary


@pytest.mark.parametrize("sign", ["+", "\u0430", "\u2013", "\u20ac"])
@pytest.mark.parametrize("prefix", ["glpat-", "ghp_", "gho_"])
def test_a_sign_in_a_token_of_a_recognised_service_does_not_hide_it(prefix: str, sign: str) -> None:
    finder = finder_for(providers_in_use(None, {}))
    body = "AbCdE2fGhIjK7lMnOpQrStUvWxYz01234567"[: 20 if prefix == "glpat-" else None]
    for at in (1, 4, 9, 14):
        for place in ("@", "Authorization: token @", "TOKEN=@"):
            text = place.replace("@", f"{prefix}{body[:at]}{sign}{body[at:]}")
            credential = finder.find(text).credential
            assert credential is not None, text
            assert credential.provider in {"gitlab", "github"} or credential.service, text


def test_a_short_rest_behind_a_plus_is_no_other_line() -> None:
    found = conclusion("PRIVATE-TOKEN: glpat-" + "AbCdE2fGhIjK7lMnOpQr+t")  # tokcheck: allow
    assert "next line" not in found.summary
