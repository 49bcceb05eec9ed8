"""Access tokens in token files: cleaned and judged as a paste is, and compared with the rest."""

import base64
import json
from typing import Any

import pytest

from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    make_jwt,
)
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY

_LEFT_OUT = "It was left out; the next refresh fetches a new one."
_ID_TOKEN = make_jwt({"iss": "https://accounts.google.com", "sub": "1"})
# The value of the field: whole, but not alone.
_WRAPPED = {
    "bearer": f"Bearer {FITBIT}",
    "header": f"Authorization: Bearer {FITBIT}",
    "quotes": f'"{FITBIT}"',
    "line break": f"{FITBIT[:60]}\n{FITBIT[60:]}",
    "line break behind": f"{FITBIT}\n",
    "base64": base64.b64encode(FITBIT.encode()).decode(),
    "header in quotes": f"'Bearer {FITBIT}'",
}
# Values that no request can use, with their messages.
_USELESS: dict[Any, str] = {
    FITBIT[:-5]: "The access token is incomplete: its signature has 38 of 43 characters.",
    f"Bearer {FITBIT[:-5]}": "The access token is incomplete: its signature has",
    FITBIT[:30]: "The access token is incomplete: it ends within its second part.",
    f"{FITBIT[:30]}...": "The access token is incomplete: it was shortened with an ellipsis.",
    f"{FITBIT[:20]}***": "The access token is incomplete: the program that printed it masked",
    FITBIT.upper(): "The access token is damaged: its letters were changed to capitals.",
    "***": "contains no token. The token was masked by the program that printed it.",
    "<your token>": "contains no token. This is a placeholder",
    "${FITBIT_TOKEN}": "contains no token. This is a variable",
    "xxxxxxxxxxxx": "contains no token. The letter x stands",
    "hello world": "The field access_token does not contain a token.",
    _ID_TOKEN: "The field access_token contains an ID token.",
}


def _read(fields: Any, **options: Any) -> TokenFile:
    text = fields if isinstance(fields, str) else json.dumps(fields)
    return parse_token_file(text, REGISTRY, **options)


def _forms(access: Any) -> dict[str, str]:
    """Return a grant with an access token in notations of files."""
    fields = {"access_token": access, "refresh_token": FITBIT_REFRESH, "client_id": "23TEST"}
    lines = "".join(f"FITBIT_{k.upper()}={json.dumps(v)}\n" for k, v in fields.items())
    return {
        "json": json.dumps(fields),
        "nested": json.dumps({"data": [{"oauth": fields}]}),
        "yaml": "".join(f"{k}: {json.dumps(v)}\n" for k, v in fields.items()),
        "env": lines,
    }


def test_an_access_token_is_cleaned_as_a_paste_is() -> None:
    wrong: list[tuple[Any, ...]] = []
    for what, written in _WRAPPED.items():
        for form, text in _forms(written).items():
            found = _read(text, wanted="fitbit")
            access = found.access.reveal() if found.access else ""
            if (FITBIT, "23TEST", "7TESTS") != (access, found.issued_to, found.user_id):
                wrong.append((what, form, len(access)))
            if not found.notes and form == "json" and what != "base64":
                wrong.append((what, form, "no note"))
    assert [] == wrong


def test_a_client_id_is_compared_with_the_token_that_was_cleaned() -> None:
    texts = [
        text.replace("23TEST", "22ZZZZ")
        for written in (*_WRAPPED.values(), FITBIT[:-5])
        for text in _forms(written).values()
    ]
    grant = {"refresh_token": FITBIT_REFRESH, "client_id": "22ZZZZ"}
    texts += [
        json.dumps({"headers": {"Authorization": f"Bearer {FITBIT}"}, **grant}),
        json.dumps({"auth": {"jwt": FITBIT}, **grant}),
    ]
    for text in texts:
        with pytest.raises(UsageError, match="22ZZZZ, but the access token was issued to 23TEST"):
            _read(text, wanted="fitbit")


def test_a_token_that_is_of_no_use_is_left_out_and_that_is_said() -> None:
    wrong = []
    for written, words in _USELESS.items():
        for form, text in _forms(written).items():
            found = _read(text, wanted="fitbit")
            said = any(words in note and note.endswith(_LEFT_OUT) for note in found.notes)
            refresh = found.refresh and found.refresh.reveal()
            if found.access is not None or refresh != FITBIT_REFRESH or not said:
                wrong.append((written, form, found.notes))
    assert [] == wrong


def test_a_short_token_of_google_is_doubted() -> None:
    fields = {"access_token": GOOGLE[:60], "refresh_token": GOOGLE_REFRESH}
    found = _read(fields)
    assert found.access is not None
    assert any("It may be cut off" in note for note in found.notes)
    found = _read(fields | {"access_token": GOOGLE[:20]})
    assert found.access is None
    assert "The access token is incomplete: it has only 20 characters" in found.notes[0]


def test_scopes_are_compared_with_those_of_the_access_token() -> None:
    fields = {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH}
    found = _read(fields | {"scope": "weight nutrition"})
    assert ("settings", "sleep", "heartrate") == found.scopes
    assert any(
        "names the scopes weight, nutrition, but the access token has settings, sleep, heartrate"
        in note
        for note in found.notes
    )
    for same in ("heartrate sleep settings", ["settings", "heartrate", "sleep"]):
        found = _read(fields | {"scope": same})
        assert () == found.notes
        assert {"settings", "sleep", "heartrate"} == set(found.scopes)


def test_a_refresh_token_that_was_damaged_is_refused_or_doubted() -> None:
    refused = {
        GOOGLE_REFRESH[:8]: "incomplete: it has only 8 characters",
        GOOGLE_REFRESH[:20]: "incomplete: it has only 20 characters",
        FITBIT_REFRESH.upper(): "capital letters, and those of the Fitbit Web API have none",
        FITBIT_REFRESH.title(): "capital letters, and those of the Fitbit Web API have none",
        FITBIT_REFRESH[:60]: "incomplete: it has 60 hexadecimal digits",
    }
    for token, words in refused.items():
        provider = "google-health" if token.startswith("1") else "fitbit"
        for text in (token, json.dumps({"refresh_token": token, "provider": provider})):
            with pytest.raises(UsageError, match=words):
                _read(text, wanted=provider)
    for length in (24, 30, 60, 99):
        token = (GOOGLE_REFRESH + "t" * 60)[:length]
        for text in (token, json.dumps({"refresh_token": token})):
            found = _read(text, wanted="google-health")
            assert any(f"may be incomplete: it has {length} characters" in n for n in found.notes)
    assert () == _read((GOOGLE_REFRESH + "t" * 60)[:103], wanted="google-health").notes


def test_a_client_id_that_is_none_is_not_called_missing() -> None:
    cut = GOOGLE_CLIENT[:30]
    fields = {"access_token": GOOGLE, "refresh_token": GOOGLE_REFRESH}
    for written in (cut, "YOUR_CLIENT_ID", "<client id>", GOOGLE_CLIENT[:-4], "***"):
        assert _read(fields | {"client_id": written}).has_damaged_client_id
    assert not _read(fields).has_damaged_client_id
    assert not _read(fields | {"client_id": GOOGLE_CLIENT}).has_damaged_client_id
    found = _read(
        {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH, "client_id": "YOUR_CLIENT_ID"}
    )
    assert "23TEST" == found.client_id
    assert any("contains no client id, so 23TEST was taken" in note for note in found.notes)
