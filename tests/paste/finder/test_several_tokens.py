"""Several tokens in one paste: different ones are listed, the same one counts once."""

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import (
    FITBIT,
    GOOGLE,
    fitbit,
    google,
)
from tokcheck.core.credential import Flaw
from tokcheck.core.report import Verdict

OTHER = fitbit(sub="OTHER1")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, f"{FITBIT}\n{OTHER}"),
        (2, f"{FITBIT} {OTHER}"),
        (2, f"{FITBIT},{OTHER}"),
        (2, f"{FITBIT}{OTHER}"),
        (2, f"old: {GOOGLE}\nnew: {google('second')}"),
        (2, f"{GOOGLE}{google('second')}"),
        (2, f'["{GOOGLE}", "{google("second")}"]'),
        (2, f"{FITBIT}\n{GOOGLE}"),
        (2, f"{GOOGLE}\n{FITBIT}"),
        (3, f"{FITBIT}\n{GOOGLE}\n{OTHER}"),
        (2, f"{FITBIT}\n{FITBIT}\n{OTHER}"),
    ],
)
def test_different_tokens_are_listed_masked(number: int, text: str) -> None:
    result = read(text)
    assert result.credential is None
    assert len(result.candidates) == number
    found = conclusion(text)
    assert found.verdict is Verdict.AMBIGUOUS
    assert f"{number} different tokens" in found.summary
    for candidate in result.candidates:
        assert candidate.secret.masked in " ".join(found.advice)
        assert candidate.secret.reveal() not in " ".join((found.summary, *found.advice))


def test_a_whole_token_and_a_cut_one_are_two_tokens() -> None:
    result = read(f"{FITBIT}\n{OTHER[:-3]}\n")
    assert [candidate.flaw for candidate in result.candidates] == [None, Flaw.CUT_OFF]


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("seam", ["\n", " ", ",", "", "\n> ", " and again ", "\n\n---\n\n"])
def test_the_same_token_twice_is_one(token: str, seam: str) -> None:
    assert sendable_token(f"{token}{seam}{token}") == token


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_the_same_token_whole_and_shortened_is_one(token: str) -> None:
    assert sendable_token(f"{token}\n{token[:30]}\u2026\n") == token


def test_the_expected_provider_decides_between_two_tokens() -> None:
    text = f"{FITBIT}\n{GOOGLE}"
    for provider, token in (("fitbit", FITBIT), ("google-health", GOOGLE)):
        credential = read(text, provider).credential
        assert credential is not None
        assert credential.secret.reveal() == token
