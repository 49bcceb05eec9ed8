"""Client secrets from any channel: what is removed around them, and that it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import FITBIT_SECRET, GOOGLE_SECRET
from tokcheck.accounts.oauth.client_secret import clean_client_secret, clean_text
from tokcheck.core.errors import UsageError

_AROUND = st.lists(
    st.sampled_from(
        ["{}", '"{}"', "'{}'", "`{}`", "\u201c{}\u201d", " {} ", "{}\n", "{}\r\n", "\ufeff{}",
         "{}\u200b", "{}\\n", "\t{}"]
    ),
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("", FITBIT_SECRET),
        ("quotes", f'"{FITBIT_SECRET}"'),
        ("quotes", f"'{FITBIT_SECRET}'"),
        ("line break", f"{FITBIT_SECRET}\n"),
        ("line break", f"{FITBIT_SECRET}\r\n"),
        ("line break", f"{FITBIT_SECRET}\\n"),
        ("spaces", f" {FITBIT_SECRET} "),
        ("invisible characters", f"\ufeff{FITBIT_SECRET}"),
        ("quotes and line break", f"'{FITBIT_SECRET}\n'"),
        ("invisible characters, line break and quotes", f"\u200b'{FITBIT_SECRET}'\n"),
    ],
)
def test_what_is_removed_is_said(note: str, text: str) -> None:
    cleaned = clean_client_secret(text, "TOKCHECK_CLIENT_SECRET")
    assert FITBIT_SECRET == cleaned.secret.reveal()
    subject = "The client secret from TOKCHECK_CLIENT_SECRET was read without the"
    assert (f"{subject} {note} around it." if note else "") == cleaned.note


@pytest.mark.parametrize("text", ["", " ", '""', "two words", "caf\u00e9", '"\n"'])
def test_what_no_request_can_carry_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(
        UsageError, match="The client secret from the prompt is empty, or"
    ) as caught:
        clean_client_secret(text, "the prompt")
    assert "two words" not in caught.value.message + caught.value.hint


@given(st.sampled_from([FITBIT_SECRET, GOOGLE_SECRET]), _AROUND)
def test_a_secret_is_found_in_any_wrapping(secret: str, around: list[str]) -> None:
    text = secret
    for template in around:
        text = template.format(text)
    clean = clean_text(text)
    assert secret == clean.text
    assert (text != secret) == bool(clean.removed)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    clean = clean_text(text)
    assert (clean.text, ()) == clean_text(clean.text)
