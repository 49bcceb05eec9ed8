"""The names of accounts: what may be one, and that no token is, or is shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_redact import CANARIES, body, survives
from tests.tokens import FITBIT, GOOGLE, fitbit, google
from tokcheck.exporter.names import flaw, holds_token, shown

_TOKENS = [body(canary) for canary in CANARIES.values()]


@pytest.mark.parametrize(
    "name",
    [
        "anna", "Anna Müller", "安娜", "anna@example.org", "study-2024-participant-001",
        "participant-0000000000000001", "a", "p" * 39, "fitbit_of_anna_and_ben_and_cleo_2026", "🙂",
        "1", "anna/fitbit", "A.B", "x" * 30, "home-assistant-living-room-scale-2", "23TEST",
    ],
)  # fmt: skip
def test_a_name_that_people_give_is_one(name: str) -> None:
    assert "" == flaw(name)
    assert name == shown(name)


@pytest.mark.parametrize("token", [*_TOKENS, "bearer 1234567890"])
def test_a_token_is_no_name(token: str) -> None:
    assert "it looks like a token, and names are shown to everybody" == flaw(token)
    assert not survives(token, shown(token))
    assert not survives(token, shown(f"tokens/{token}/x"))
    assert flaw(f"anna-{token}")
    assert flaw(f"{token}-anna")


@settings(deadline=None)
@given(st.integers().map(str).map(google) | st.integers().map(lambda n: fitbit(sub=str(n))))
def test_no_made_up_token_is_a_name(token: str) -> None:
    assert flaw(token)
    assert flaw(token[: len(token) // 2])
    assert not survives(token, shown(token))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "it is empty"),
        ("a " * 51 + "a", "it is longer than 100 characters"),
        (" anna", "it holds what nobody can see, or spaces at an end or side by side"),
        ("an  na", "it holds what nobody can see, or spaces at an end or side by side"),
        ("an\nna", "it holds what nobody can see, or spaces at an end or side by side"),
        ("an\u200bna", "it holds what nobody can see, or spaces at an end or side by side"),
        ("an\udc80na", "it holds what nobody can see, or spaces at an end or side by side"),
        ("an\u2028na", "it holds what nobody can see, or spaces at an end or side by side"),
    ],
)
def test_what_cannot_be_a_name_is_told(name: str, wrong: str) -> None:
    assert wrong == flaw(name)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_every_name_can_be_seen_and_is_shown_as_it_is(name: str) -> None:
    if not flaw(name):
        assert name.isprintable()
        assert 1 <= len(name) <= 100
        assert name == name.strip()
        assert name == shown(name)


@pytest.mark.parametrize("token", _TOKENS)
@pytest.mark.parametrize("around", ["@", "Bearer @", "curl -H 'Authorization: Bearer @' x", "x/@"])
def test_a_token_in_the_place_of_its_source_is_seen(token: str, around: str) -> None:
    if token in {FITBIT, GOOGLE} or around == "@":
        assert holds_token(around.replace("@", token))


@pytest.mark.parametrize(
    "text",
    [
        "tokens/anna", "/run/secrets/fitbit", "~/token.json", "ANNA_TOKEN", "YOUR_TOKEN", "23TEST",
        "/var/lib/pods/550e8400-e29b-41d4-a716-446655440000/token", "Bearer", "", "fitbit-0001",
        "study-2024-participant-001", r"C:\Users\anna\token.txt", "op://Private/Fitbit/credential",
    ],
)  # fmt: skip
def test_the_name_of_a_source_is_no_token(text: str) -> None:
    assert not holds_token(text)
