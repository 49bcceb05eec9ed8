"""Client secrets from any channel: what is removed around them, and that it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.accounts.oauth.client_secret import (
    check_client_secret,
    clean_client_secret,
    clean_secret_text,
    clean_text,
)
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY

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
        ("label", f"client_secret={FITBIT_SECRET}"),
        ("label", f"FITBIT_CLIENT_SECRET: {FITBIT_SECRET}"),
        ("quotes and label", f'"client_secret={FITBIT_SECRET}"'),
        ("label, semicolon and quotes", f"clientSecret = '{FITBIT_SECRET}';"),
        ("semicolon", f"{FITBIT_SECRET};"),
        ("comma and quotes", f'"{FITBIT_SECRET}",'),
        ("quotes", f"b'{FITBIT_SECRET}'"),
        ("quotes", f'rb"{FITBIT_SECRET}"'),
        ("unpaired quote", f"'{FITBIT_SECRET}"),
        ("unpaired quote", f'{FITBIT_SECRET}"'),
        ("semicolon and unpaired quote", f"{FITBIT_SECRET}';"),
    ],
)
def test_what_is_removed_is_said(note: str, text: str) -> None:
    cleaned = clean_client_secret(text, "TOKCHECK_CLIENT_SECRET")
    assert FITBIT_SECRET == cleaned.secret.reveal()
    subject = "The client secret from TOKCHECK_CLIENT_SECRET was read without the"
    assert (f"{subject} {note} around it." if note else "") == cleaned.note


_WORDS = "has a space in its middle"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ('""', "is empty"),
        ('"\n"', "is empty"),
        ("two words", _WORDS),
        ("Summer holidays2026", _WORDS),
        (f"{FITBIT_SECRET} (old)", _WORDS),
        (f"{FITBIT_SECRET}\nclient_id: 23TEST", "has a line break in its middle"),
        ("caf\u00e9", "contains characters that cannot be sent in a request"),
    ],
)
def test_what_no_request_can_carry_is_refused_and_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(
        UsageError, match=rf"The client secret from the prompt {reason}\."
    ) as caught:
        clean_client_secret(text, "the prompt")
    assert "two words" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("separator", "note"),
    [
        (" ", "the space in its middle"),
        ("\N{NO-BREAK SPACE}", "the space in its middle"),
        ("\n", "the line break in its middle"),
        ("\r\n    ", "the line break in its middle"),
        ("\\n", "the line break in its middle"),
    ],
)
def test_the_pieces_of_a_secret_are_joined(separator: str, note: str) -> None:
    text = f"{FITBIT_SECRET[:11]}{separator}{FITBIT_SECRET[11:]}"
    cleaned = clean_client_secret(text, "the prompt")
    assert FITBIT_SECRET == cleaned.secret.reveal()
    assert f"The client secret from the prompt was read without {note}." == cleaned.note
    quoted = clean_client_secret(f'"{text}"', "the prompt")
    assert FITBIT_SECRET == quoted.secret.reveal()
    assert f"without the quotes around it and {note}." in quoted.note


def test_a_placeholder_is_no_secret() -> None:
    written = {
        "masked": ["***", "[REDACTED]", "GOCSPX-***", '"********"'],
        "variable that was not replaced": ["${FITBIT_SECRET}", "$SECRET", "%SECRET%"],
        "placeholder that was never": [
            "changeme", "CHANGE_ME", "replace-me", "YOUR_CLIENT_SECRET", "your-client-secret-here",
            "<client_secret>", "<your secret>", "client_secret", "FITBIT_CLIENT_SECRET", "mySecret",
            "YourClientSecret", "your_app_secret", "insert your client secret here",
        ],
        "The letter x": ["xxxxxxxx", "x" * 32],
        "value that is missing": ["undefined", "None"],
    }  # fmt: skip
    wrong = []
    for words, texts in written.items():
        for text in texts:
            try:
                clean_client_secret(text, "the prompt")
            except UsageError as error:
                if words not in error.message or "token" in error.message:
                    wrong.append((text, error.message))
            else:
                wrong.append((text, ""))
    assert [] == wrong


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
    assert (clean.text, (), ()) == clean_text(clean.text)


@given(
    st.sampled_from([FITBIT_SECRET, GOOGLE_SECRET]),
    st.sampled_from(["{}", "secret={}", "CLIENT_SECRET: '{}'", '"client-secret" => "{}"']),
    st.sampled_from(["", ";", ",", " ;", "\n"]),
)
def test_a_secret_is_found_in_an_assignment(secret: str, template: str, end: str) -> None:
    assert secret == clean_secret_text(template.format(secret) + end).text


@pytest.mark.parametrize(
    ("provider", "text", "reason"),
    [
        ("fitbit", GOOGLE_SECRET, "is a client secret of the Google Health API, not"),
        ("fitbit", GOOGLE, "is an access token of the Google Health API, not"),
        ("fitbit", FITBIT, "is an access token of the Fitbit Web API, not"),
        ("google-health", GOOGLE_REFRESH, "is a refresh token of the Google Health API, not"),
        ("google-health", GOOGLE_CLIENT, "is a client id of the Google Health API, not"),
        ("fitbit", FITBIT_CLIENT, "is a client id of the Fitbit Web API, not"),
        ("fitbit", FITBIT_SECRET[:31], "has 31 hexadecimal digits, more or fewer"),
        ("fitbit", FITBIT_SECRET.upper(), "has capital letters, and those of the Fitbit Web API"),
        ("fitbit", FITBIT_SECRET.title(), "has capital letters, and those of the Fitbit Web API"),
        ("fitbit", FITBIT_SECRET + "a", "has 33 hexadecimal digits, more or fewer"),
    ],
)
def test_what_cannot_be_a_secret_of_the_provider_is_refused(
    provider: str, text: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=f"The client secret from the prompt {reason}") as caught:
        check_client_secret(Secret(text), "the prompt", REGISTRY[provider], REGISTRY)
    assert text not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        ("fitbit", FITBIT_SECRET),
        ("google-health", GOOGLE_SECRET),
        ("google-health", "d-FL95Q19q7MQmFpd7hHD0Ty"),
        ("fitbit", "a-test-server's"),
    ],
)
def test_what_may_be_a_secret_of_the_provider_is_taken(provider: str, text: str) -> None:
    check_client_secret(Secret(text), "the prompt", REGISTRY[provider], REGISTRY)
