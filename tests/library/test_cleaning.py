"""``tokcheck.clean`` returns the bare token, or says why there is none."""

import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tokcheck
from tests.support.attack.leaks import find_leaks
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, fitbit

GITHUB = "ghp_" + "A1b2" * 9


@pytest.mark.parametrize(
    ("token", "paste"),
    [
        (FITBIT, FITBIT),
        (FITBIT, f'curl -H "Authorization: Bearer {FITBIT}" https://api.fitbit.com/1/user/-/x'),
        (FITBIT, f"{FITBIT[:60]}\n{FITBIT[60:]}\n"),
        (GOOGLE, f'{{"access_token": "{GOOGLE}", "expires_in": 3599}}'),
        (GOOGLE, f"“{GOOGLE}”"),
        (GITHUB, f"Authorization: token {GITHUB}"),
    ],
)
def test_the_token_is_returned_bare(token: str, paste: str) -> None:
    assert token == tokcheck.clean(paste)


@pytest.mark.parametrize(
    ("verdict", "message", "paste"),
    [
        ("no_token", "The paste is empty", " \n"),
        ("no_token", "No ", "hello"),
        ("wrong_kind", "refresh token", f"refresh_token={FITBIT_REFRESH}"),
        ("incomplete", "incomplete|cut off|missing", FITBIT[:-3]),
        ("ambiguous", "2 different tokens", f"{FITBIT}\n{fitbit(sub='OTHER2')}"),
        ("no_token", "error message", "HTTP 429 Too Many Requests: fitbit-rate-limit-reset: 5"),
        ("wrong_provider", "Slack", "xoxb-" + "1234567890-" * 2 + "A1b2C3d4" * 3),
    ],
)
def test_what_is_no_token_is_an_error_that_says_why(verdict: str, message: str, paste: str) -> None:
    with pytest.raises(tokcheck.NoTokenError, match=message) as caught:
        tokcheck.clean(paste)
    error = caught.value
    assert verdict == error.verdict == tokcheck.check(paste, offline=True).verdict
    assert error.hint
    secrets = [word for word in paste.replace("=", " ").split() if len(word) > 30]
    assert [] == find_leaks(error, *secrets)
    assert error.verdict is pickle.loads(pickle.dumps(error)).verdict


@given(st.text() | st.text(st.characters(exclude_categories=())))
def test_any_text_is_either(text: str) -> None:
    with suppress(tokcheck.NoTokenError):
        assert tokcheck.clean(text) in "".join(text.split())


def test_bytes_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        tokcheck.clean(FITBIT.encode())  # type: ignore[arg-type]
