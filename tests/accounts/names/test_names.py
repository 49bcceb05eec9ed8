"""The names of accounts: whatever people call one, and never a token."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tokcheck
from tests.core.test_redact import CANARIES, body
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE, GOOGLE_REFRESH, fitbit, google
from tokcheck.accounts.names import LONGEST, checked_name, name_flaw, unknown_name_error
from tokcheck.core.errors import UsageError

_TOKENS = [body(canary) for canary in CANARIES.values()]
_UNSEEN = "it contains invisible characters, or spaces at an end or side by side"


@pytest.mark.parametrize(
    "name",
    [
        "anna", "Anna Müller", "安娜", "群馬", "anna@example.org", "study-2024-participant-001",
        "participant-0000000000000001", "a", "p" * 39, "fitbit_of_anna_and_ben_and_cleo_2026", "🙂",
        "1", "7", "anna/fitbit", "A.B", "x" * 30, "home-assistant-living-room-scale-2", "23TEST",
        "Kim O'Hara", "a.b@c.de",
    ],
)  # fmt: skip
def test_a_usual_name_is_valid(name: str) -> None:
    assert "" == name_flaw(name)
    assert name == checked_name(name)


@pytest.mark.parametrize(
    "token",
    [*_TOKENS, "bearer 1234567890", FITBIT, GOOGLE, FITBIT_REFRESH, GOOGLE_REFRESH],
)
def test_a_token_is_no_name(token: str) -> None:
    for name in (token, f"anna-{token}", f"{token}-anna", f"anna {token}"):
        assert "it looks like a token, and names are shown to everyone" == name_flaw(name)


@pytest.mark.parametrize("known", [[], ["anna", "ben"]])
@pytest.mark.parametrize(
    "token",
    [*_TOKENS, "bearer 1234567890", FITBIT, GOOGLE, FITBIT_REFRESH, GOOGLE_REFRESH],
)
def test_a_token_in_place_of_a_name_is_not_repeated(token: str, known: list[str]) -> None:
    error = unknown_name_error(token, known, "/data")
    assert "There is no account of that name, which looks like a token." == error.message
    assert error.hint.startswith("To check a token: `tokcheck validate`. The")
    assert token[:12] not in error.hint


def test_an_unknown_name_is_repeated_with_the_known_ones() -> None:
    error = unknown_name_error("study-2024-participant-001", ["anna", "ben"], "/data")
    assert "There is no account 'study-2024-participant-001'." == error.message
    assert "The accounts are: anna, ben." == error.hint
    error = unknown_name_error("no\nsuch \x1b[31m", [], "/data")
    assert "There is no account 'no such [31m'." == error.message
    folder = "/data"
    assert f"There are no accounts yet in {folder}. To add one: tokcheck login --help" == error.hint


def test_a_long_list_of_known_names_says_how_many_it_leaves_out() -> None:
    known = [f"kim {number}" for number in range(21)]
    listed = ", ".join(known[:20])
    hint = unknown_name_error("zoe", known, "/data").hint
    assert f"The accounts are: {listed} and 1 more. To list all: tokcheck accounts list" == hint
    assert f"The accounts are: {listed}." == unknown_name_error("zoe", known[:20], "/data").hint


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_unknown_name_breaks_its_message(name: str) -> None:
    message = unknown_name_error(name, [], "/data").message
    assert message.isprintable()
    assert len(message) < 200


@settings(deadline=None)
@given(st.integers().map(str).map(google) | st.integers().map(lambda n: fitbit(sub=str(n))))
def test_no_made_up_token_is_a_name(token: str) -> None:
    assert name_flaw(token)
    assert name_flaw(token[: len(token) // 2])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "it is empty"),
        ("a " * 51 + "a", "it is longer than 100 characters"),
        (" anna", _UNSEEN), ("an  na", _UNSEEN), ("an\nna", _UNSEEN), ("an\u200bna", _UNSEEN),
        ("an\udc80na", _UNSEEN), ("an\u2028na", _UNSEEN), ("\ud800", _UNSEEN),
    ],
)  # fmt: skip
def test_the_reason_why_a_text_is_no_name(name: str, wrong: str) -> None:
    assert wrong == name_flaw(name)


def test_the_longest_name_is_one() -> None:
    name = "a " * 49 + "an"
    assert LONGEST == len(name)
    assert name == checked_name(name)
    assert "it is longer than 100 characters" == name_flaw(f"{name}a")


@pytest.mark.parametrize("name", [FITBIT, f"kim {GOOGLE}", "two\nlines", "kim " * 25 + "k"])
def test_what_is_no_name_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_name(name)
    assert name_flaw(name) in caught.value.message
    assert name not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("name", ["-kim", "--all"])
def test_what_a_command_would_take_for_an_option_is_no_name_there(name: str) -> None:
    with pytest.raises(UsageError, match="it begins with a hyphen, as options do"):
        checked_name(name)
    assert "" == name_flaw(name)


@pytest.mark.parametrize("value", [None, 12, b"kim", ["kim"]])
def test_what_is_no_text_is_no_name(value: Any) -> None:
    with pytest.raises(UsageError, match=f"is str, not {type(value).__name__}"):
        checked_name(value)
    for use in (tokcheck.auth, tokcheck.observe):
        with pytest.raises(TypeError, match=f"account is str, not {type(value).__name__}"):
            use(value)


@settings(deadline=None)  # for busy machines
@given(st.text(max_size=120))
def test_any_text_is_a_name_that_can_be_seen_or_refused(name: str) -> None:
    try:
        assert name == checked_name(name)
    except UsageError:
        assert name_flaw(name) or name.startswith("-")
        return
    assert "" == name_flaw(name)
    assert 1 <= len(name) <= 100
    assert name.isprintable()
    assert name == name.strip()
