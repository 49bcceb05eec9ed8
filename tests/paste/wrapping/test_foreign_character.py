"""A character that no token has never cuts a token silently: it is put right or named."""

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import FITBIT, GOOGLE, fitbit, google
from tokcheck.core.credential import Flaw
from tokcheck.core.report import Verdict

_LONG = GOOGLE + google("more").removeprefix("ya29.")
# A token's characters, each as Markdown, source code and HTML write it, and its equals.
_NOTATIONS = {
    "_": (r"\_", "&#95;", "&#x5f;", r"\x5f", r"\u005f", r"\u{5f}", "&lowbar;", "%5F", "\uff3f"),
    "-": (r"\-", "&#45;", "&#x2D;", r"\x2d", r"\u002d", "&hyphen;", "&dash;", "%2D", "\uff0d"),
    ".": (r"\.", "&#46;", "&#x2e;", r"\x2e", r"\u002e", "&period;", "%2E", "\uff0e", "\u2024"),
}
_ROWS = [(own, notation) for own, notations in _NOTATIONS.items() for notation in notations]
_FRONTS = ("", "Bearer ", "TOKEN=", '"')
_FOREIGN = [
    "*", "$", "%", "\\", "\0", "\x07", "\u212a", "\u2160", "\u00b2", "\u0663", "\u0301",
    "\U0001f600", "\u2764\ufe0f", "\u00b0", "\u20ac", "&#42;", r"\x00", r"\u20ac", "%00",
    "%F0%9F%98%80",
]  # fmt: skip
_IN_SIGNED = ["|", "~", ":", "@", "!", "?", "#", "^", ";", "\u00b7", "\u4ee4", "\u3002"]


def token_with(own: str) -> str:
    return next(
        token
        for token in (fitbit(sub=f"U{number}") for number in range(99))
        if own in token.rpartition(".")[2][3:-3] or own == "."
    )


@pytest.mark.parametrize(("own", "notation"), _ROWS)
def test_another_notation_of_its_own_character_is_put_right(own: str, notation: str) -> None:
    opaque = f"{_LONG[:60]}{own}{_LONG[60:].replace(own, 'x')}"
    for token in (token_with(own), opaque):
        text = token.replace(own, notation)
        for front in _FRONTS:
            assert token == sendable_token(front + text)
            assert any(
                notation in note or "percent-encoding or escapes" in note
                for note in read(front + text).cleaned
            )


@pytest.mark.parametrize("sign", ["\u00b7", "\u3002", "\uff61", ","])
def test_a_sign_for_a_dot_is_put_right_where_the_token_decodes(sign: str) -> None:
    assert sendable_token(FITBIT.replace(".", sign)) == FITBIT
    assert f"{sign} for . inside it" in read(FITBIT.replace(".", sign)).cleaned


@pytest.mark.parametrize("foreign", _FOREIGN)
def test_an_opaque_token_with_a_foreign_character_is_refused(foreign: str) -> None:
    for at in (11, 40, 60, 110, len(_LONG) - 3):
        for front in _FRONTS:
            text = f"{front}{_LONG[:at]}{foreign}{_LONG[at:]}"
            assert sendable_token(text) is None
            credential = read(text).credential
            assert credential is not None
            assert credential.flaw is Flaw.DAMAGED
            assert "character that no token has" in credential.reason


@pytest.mark.parametrize("foreign", [*_FOREIGN, *_IN_SIGNED])
def test_a_signed_token_with_a_foreign_character_is_malformed_and_names_it(foreign: str) -> None:
    first, second = FITBIT.index("."), FITBIT.rindex(".")
    for at in (first - 4, first + 30, second - 30, second + 8):
        text = f"{FITBIT[:at]}{foreign}{FITBIT[at:]}"
        assert sendable_token(text) is None
        credential = read(text).credential
        assert credential is not None
        assert "character that no token has" in credential.reason, (at, credential.reason)
        assert conclusion(text).verdict is Verdict.MALFORMED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "&state=abc"), ("", ",expires_in"), ("", "|next"), ("", ";next"), ("**", "**and"),
        ("", "</b>"), ("https://user:", "@source.example.com/repository"), ("", "%26state%3Dabc"),
        ("", "%22%7D"), ("", r"\u0026state"), ("", r"\"}"), ("", r"\par"), ("", "&amp;state=x"),
        ("\u4ee4\u724c", "\u662fGoogle\u7684"), ("", "\u2019s"), ("", "*/"), ("", "%\n"),
        ("", "#next"),
        ("", r"\x27}"), ("(", ")"), ("", "?"), ("", "!"), ("", "\u3002Next"),
    ],
)  # fmt: skip
def test_what_only_follows_a_token_is_none_of_its_characters(before: str, after: str) -> None:
    assert sendable_token(f"{before}{GOOGLE}{after}") == GOOGLE
    assert sendable_token(f"{before}{FITBIT}{after}") == FITBIT
