"""Every way in which a token is copied: it comes out exactly, and what was around it is named.

In the templates, ``@`` stands for the token."""

import pytest

from tests.support.providers.copied_formats import (
    ALL,
    BEARER,
    CHROME_BASH,
    COMMANDS,
    RESPONSE,
    SWAGGER_NEW,
    SWAGGER_NEW_MIDDLE,
    SWAGGER_OLD,
    TOKENS,
    put,
)
from tests.support.providers.paste_checks import hard_wrap, read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)


@each_case("token", TOKENS)
@each_case("template", ALL)
def test_a_token_is_found_in_every_copied_format(template: str, token: str) -> None:
    assert sendable_token(put(template, token)) == token


@each_case("token", TOKENS)
@each_case(
    ("words", "template"), [pytest.param(*value, id=name) for name, value in COMMANDS.items()]
)
def test_the_wrapper_is_named(words: str, template: str, token: str) -> None:
    cleaned = read(put(template, token)).cleaned
    assert words in cleaned
    bearer = "earer @" in template or "earer: @" in template
    assert (BEARER in cleaned) == bearer


@each_case("token", TOKENS)
@each_case("template", ALL)
def test_windows_line_ends_change_nothing(template: str, token: str) -> None:
    text = put(template, token).replace("\r\n", "\n").replace("\n", "\r\n")
    assert sendable_token(text) == token


@each_case("width", [20, 40, 64, 72, 76, 79, 80, 100, 120])
@each_case("newline", ["\n", "\r\n", "\n    ", "\n> "])
@each_case("template", [SWAGGER_OLD, SWAGGER_NEW, SWAGGER_NEW_MIDDLE, CHROME_BASH, "@"])
def test_a_wrapped_command_gives_the_fitbit_token(template: str, newline: str, width: int) -> None:
    assert sendable_token(hard_wrap(put(template, FITBIT), width, newline)) == FITBIT


@each_case("width", [20, 40, 64, 72, 76, 79, 80, 100, 120])
@each_case("newline", ["\n", "\r\n", "\n    ", "\n> "])
@each_case(
    "template", [SWAGGER_OLD, SWAGGER_NEW, SWAGGER_NEW_MIDDLE, CHROME_BASH, '{"access_token": "@"}']
)
def test_a_google_token_is_joined_where_quotation_marks_hold_its_lines(
    template: str, newline: str, width: int
) -> None:
    assert sendable_token(hard_wrap(put(template, GOOGLE), width, newline)) == GOOGLE


@each_case("width", range(10, 170))
def test_a_bare_google_token_is_joined_at_every_width(width: int) -> None:
    # A short last line may be other text, and so may a hyphen between two lines be.
    lines = hard_wrap(GOOGLE, width).split("\n")
    doubtful = len(lines[-1]) < 4 or (
        len(lines) == 2 and (lines[0][-1] == "-" or lines[1][0] in "-_")
    )
    assert sendable_token("\n".join(lines)) in ({GOOGLE, None} if doubtful else {GOOGLE})


@pytest.mark.parametrize("token", TOKENS)
def test_other_credentials_are_ignored_and_named(token: str) -> None:
    text = (
        f'{{"access_token":"{token}","expires_in":3599,"refresh_token":"{GOOGLE_REFRESH}",'
        f'"client_id":"{GOOGLE_CLIENT}","client_secret":"{GOOGLE_SECRET}"}}'
    )
    assert sendable_token(text) == token
    assert {
        "ignored: a refresh token",
        "ignored: a client id",
        "ignored: a client secret",
    } <= set(read(text).cleaned)


def test_the_refresh_token_of_a_fitbit_response_is_ignored() -> None:
    text = f'{{"access_token":"{FITBIT}","expires_in":28800,"refresh_token":"{FITBIT_REFRESH}"}}'
    assert sendable_token(text) == FITBIT
    assert read(text).cleaned == (RESPONSE, "ignored: a refresh token")


def test_a_redirect_with_a_code_and_a_token_gives_the_token() -> None:
    text = f"https://example.org/?code={FITBIT_CODE}#access_token={FITBIT}&user_id=7TESTS"
    assert sendable_token(text) == FITBIT
    assert "ignored: an authorization code" in read(text).cleaned


@pytest.mark.parametrize("token", TOKENS)
def test_a_bare_token_needs_no_cleaning(token: str) -> None:
    assert sendable_token(token) == token
    assert read(token).cleaned == ()
    assert read(token + "\n").cleaned == ()
    assert read(token + "\r\n").cleaned == ()
