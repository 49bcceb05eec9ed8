"""Names and paths for display, and tokens in place of a name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_redact import CANARIES, body, survives
from tests.support.tokens import FITBIT, GOOGLE, fitbit, google
from tokcheck.accounts.names import name_flaw
from tokcheck.exporter.sources.reading import holds_token, redact_path

_TOKENS = [body(canary) for canary in CANARIES.values()]


@pytest.mark.parametrize("token", [*_TOKENS, "bearer 1234567890"])
def test_a_token_is_not_shown(token: str) -> None:
    for text in (token, f"tokens/{token}/x", f"anna-{token}", f"{token}-anna"):
        assert not survives(token, redact_path(text))


@settings(deadline=None)
@given(st.integers().map(str).map(google) | st.integers().map(lambda n: fitbit(sub=str(n))))
def test_no_generated_token_is_shown(token: str) -> None:
    assert not survives(token, redact_path(token))


@settings(deadline=None)
@given(st.text(max_size=120))
def test_every_name_is_shown_unchanged(name: str) -> None:
    if not name_flaw(name):
        assert name == redact_path(name)


@pytest.mark.parametrize(
    "name",
    [
        "anna", "Anna Müller", "study-2024-participant-001", "participant-0000000000000001", "🙂",
        "fitbit_of_anna_and_ben_and_cleo_2026", "anna/fitbit", "home-assistant-living-room-scale-2",
    ],
)  # fmt: skip
def test_a_usual_name_is_shown_unchanged(name: str) -> None:
    assert name == redact_path(name)


@pytest.mark.parametrize("token", _TOKENS)
@pytest.mark.parametrize("around", ["@", "Bearer @", "curl -H 'Authorization: Bearer @' x", "x/@"])
def test_a_token_in_place_of_its_source_is_detected(token: str, around: str) -> None:
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
def test_the_name_of_a_source_is_not_a_token(text: str) -> None:
    assert not holds_token(text)
