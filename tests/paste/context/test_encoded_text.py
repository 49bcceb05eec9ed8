"""A token of which every character is encoded is decoded, and a note says how."""

import pytest

from tests.support.providers.paste_checks import read, sendable_token
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE

_FORMS = {
    "percent-encoding around it": (
        lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
        lambda text: "".join(f"%25{ord(letter):02X}" for letter in text),
    ),
    "escapes around it": (
        lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
        lambda text: "".join(f"\\x{ord(letter):02X}" for letter in text),
    ),
    "entities of HTML around it": (
        lambda text: "".join(f"&#{ord(letter)};" for letter in text),
        lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    ),
    "hexadecimal encoding around it": (
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex(" ").upper(),
        lambda text: f"0x{text.encode().hex()}",
    ),
}


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("note", _FORMS)
def test_a_token_of_encoded_characters_is_decoded(note: str, token: str) -> None:
    for encode in _FORMS[note]:
        for front in ("", "token: ", 'x = "'):
            assert token == sendable_token(front + encode(token))
            assert note in read(front + encode(token)).cleaned


def test_other_digits_stay_what_they_are() -> None:
    for text in (FITBIT_REFRESH * 4, "00" * 60, "%41" * 60, "&#65;" * 60, "&#9999999;" * 60):
        assert sendable_token(text) is None
