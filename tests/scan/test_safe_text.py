"""Paths without tokens: a refresh token that is spelled as a path, and ordinary paths."""

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_REFRESH, random_characters
from tokcheck.scan.detect.first_pass import known_prefixes
from tokcheck.scan.safe_text import redact_tokens


@each_case("number", [60, 99, 120])
@each_case(
    ("front", "behind"),
    [("", ""), ("a/", "/x.txt"), ("logs/2026/", ".txt"), ("a.zip!", ".json"), ("C:\\x\\", "")],
)
@each_case("spelling", ["1/0", "1__0", "1_0", "1\\0", "1-0", "1//0", "1%2F0", "1:0"])
def test_a_refresh_token_spelled_as_a_path_is_redacted(
    spelling: str, front: str, behind: str, number: int
) -> None:
    for seed in range(20):
        rest = random_characters(number, seed)
        assert f"{front}[redacted]{behind}" == redact_tokens(f"{front}{spelling}{rest}{behind}")


@pytest.mark.parametrize(
    "path",
    [
        "src/1/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.js",
        "book/1/01-Some-Long-Chapter-Name-About-The-Things-That-Matter-In-2024-and-later.md",
        "tests/1_0_SomeVeryLongTestNameThatDescribesEverythingInDetailAndEvenMore2.py",
        "objects/1/0F2A0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
        "a/1/0/b/c.txt",
    ],
)
def test_an_ordinary_path_is_shown(path: str) -> None:
    assert path == redact_tokens(path)


@pytest.mark.parametrize("prefix", [*known_prefixes.DECLARED, *known_prefixes.SERVICES])
def test_a_token_of_another_service_is_redacted(prefix: str) -> None:
    if len(prefix) >= 4 and not prefix.isalpha():  # a shorter one begins words, too
        assert "a/[redacted]/b" == redact_tokens(f"a/{prefix}{random_characters(40, 3)}/b")
        assert "a/[redacted]/b" == redact_tokens(f"a/{prefix}{'0123456789abcdef' * 2}/b")


@pytest.mark.parametrize(
    "path",
    [
        "sk_live_and_other_long_names_of_a_file.py",
        "secret_of_the_kingdom_2024_long.txt",
        "pat-na1-my-own-long-file-name",
        "npm_lifecycle_event_handler_names.js",
        "hf_transformer_models_cache_folder",
    ],
)
def test_a_name_that_begins_as_another_services_token_is_shown(path: str) -> None:
    assert path == redact_tokens(path)


_SHOWN = 10
"""So many characters of a token's rest in a row are too many; fewer may be any word."""


@pytest.mark.parametrize("token", [FITBIT, GOOGLE, GOOGLE_REFRESH], ids=lambda token: token[:4])
@pytest.mark.parametrize("blank", [" ", "  ", "\t", "\u00a0", "\u2003", "%20"])
def test_a_token_with_a_blank_inside_is_redacted_as_a_whole(token: str, blank: str) -> None:
    wrong = []
    # Behind what shows that it is one, such as the first part of a signed token.
    first = 22 if token is FITBIT else token.rfind("/") + 20
    for at in range(first, len(token)):
        for front, behind in (
            ("", ""),
            ("a b/", ".txt"),
            ("C:\\x\\", " copy.txt"),
            ("", "/y.json"),
        ):
            path = f"{front}{token[:at]}{blank}{token[at:]}{behind}"
            shown = redact_tokens(path)
            rest = token[first:]
            pieces = [rest[i : i + _SHOWN] for i in range(len(rest) - _SHOWN + 1)]
            if any(piece in shown for piece in pieces):
                wrong.append((at, shown))
            if not shown.startswith(front):
                wrong.append((at, shown))
    assert [] == wrong


def test_two_blanks_inside_are_redacted_too_and_words_behind_a_token_stay() -> None:
    for at in range(30, len(FITBIT) - 60, 7):
        path = f"{FITBIT[:at]} {FITBIT[at : at + 30]} {FITBIT[at + 30 :]}"
        assert "[redacted]" == redact_tokens(path)
    for rest in ("my notes about it.txt", "MyNotesAboutTokens2024.txt", "2024-06-01 copy.md"):
        assert f"[redacted] {rest}" == redact_tokens(f"{FITBIT} {rest}")
        assert f"[redacted] {rest}" == redact_tokens(f"{GOOGLE} {rest}")
