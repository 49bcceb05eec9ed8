"""Sentences about a token, such as error messages, which are no placeholders."""

import pytest

from tokcheck.paste.placeholders.search import find


@pytest.mark.parametrize(
    "text",
    [
        "token: the token is expired",
        "Bearer token missing",
        "Authorization: token expired",
        '{"error": "invalid_token: The access token provided is invalid"}',
        '{"message": "Invalid token: the access token has expired"}',
        '{"detail": "Bearer token is invalid"}',
        "ERROR access_token: your access token was revoked",
    ],
)
def test_a_sentence_about_a_token_is_no_placeholder(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    "text",
    ["Token: your_token_here", "Authorization: Bearer YOUR_ACCESS_TOKEN", "token = my token",
     'access_token: "the access token"', "Bearer token", "token: your token here\n  is: x"],
)  # fmt: skip
def test_what_stands_in_the_place_of_a_token_is_one(text: str) -> None:
    assert find(text) is not None
