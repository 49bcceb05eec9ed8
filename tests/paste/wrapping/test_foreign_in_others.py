"""A character that no credential has is named in one of any kind; no part counts as missing."""

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import (
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    google,
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
