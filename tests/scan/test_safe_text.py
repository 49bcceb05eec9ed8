"""Paths without tokens: a refresh token that is spelled as a path, and ordinary paths."""

import pytest

from tests.support.tokens import random_characters
from tokcheck.scan.safe_text import redact_tokens


@pytest.mark.parametrize("number", [60, 99, 120])
@pytest.mark.parametrize(
    ("front", "behind"),
    [("", ""), ("a/", "/x.txt"), ("logs/2026/", ".txt"), ("a.zip!", ".json"), ("C:\\x\\", "")],
)
@pytest.mark.parametrize("spelling", ["1/0", "1__0", "1_0", "1\\0", "1-0", "1//0", "1%2F0", "1:0"])
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
