"""A token's full stops in other signs, and the prefix of a Google token with a blank or capital."""

import pytest

from tests.support.providers.paste_checks import read, sendable_token
from tests.support.tokens import FITBIT, GOOGLE

_BODY = GOOGLE.removeprefix("ya29.")
_SIGNS = ("·", ",", "。", "…", "・", "[.]", "(.)", "{.}", "[dot]", "(dot)", " dot ")
_FRONTS = ("", "Bearer ", "token: ", '"')


@pytest.mark.parametrize("sign", _SIGNS)
def test_another_sign_for_the_full_stop_of_a_google_token_is_put_right(sign: str) -> None:
    for front in _FRONTS:
        text = f"{front}ya29{sign}{_BODY}"
        assert GOOGLE == sendable_token(text)
        assert f"{sign.strip()} for . inside it" in read(text).cleaned


@pytest.mark.parametrize(
    ("prefix", "note"),
    [
        ("ya29. ", "a space inside it"),
        ("ya29 .", "a space inside it"),
        ("ya 29.", "a space inside it"),
        ("Ya29.", "Y for y at its beginning"),
    ],
)
def test_a_blank_or_a_capital_in_the_prefix_is_put_right(prefix: str, note: str) -> None:
    for front in _FRONTS:
        assert GOOGLE == sendable_token(f"{front}{prefix}{_BODY}")
        assert note in read(f"{front}{prefix}{_BODY}").cleaned


@pytest.mark.parametrize("sign", ["[.]", "(.)", "(dot)", "[dot]"])
def test_a_full_stop_of_a_signed_token_in_brackets_is_put_right(sign: str) -> None:
    text = FITBIT.replace(".", sign)
    assert FITBIT == sendable_token(text)
    assert f"{sign} for . inside it" in read(text).cleaned


@pytest.mark.parametrize(
    "text",
    [
        "Ya29, said the man",
        "ya29 dot com",
        f"ya29[.]{_BODY[:40]}",
        f"xya29[.]{_BODY}",
        f"ya29; {_BODY}",
    ],
)
def test_what_is_no_whole_token_is_not_put_right(text: str) -> None:
    assert sendable_token(text) is None
