"""A secret or a refresh token with a break in its middle is read as a whole, and that is said."""

import json

import pytest

from tests.accounts.token_files.test_declared_files import parse
from tests.support.tokens import FITBIT_REFRESH, random_characters
from tokcheck.core.errors import UsageError

_SECRET = "wh" + random_characters(38, 7)
_ACCESS = "0123456789abcdef" * 2
_BREAKS = ["\n", "\r\n  ", " ", "\n    "]


def _fields(name: str, value: str) -> dict[str, str]:
    whole = {
        "access_token": _ACCESS, "refresh_token": FITBIT_REFRESH, "client_id": "23TEST",
        "client_secret": _SECRET,
    }  # fmt: skip
    return whole | {name: value}


def _read(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the fields of a grant of WHOOP's, and the notes."""
    found = parse(text, "whoop")
    values = {"client_secret": found.client_secret, "refresh_token": found.refresh}
    assert "23TEST" == found.client_id
    return {name: value.reveal() for name, value in values.items() if value}, found.notes


def _forms(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields in several notations, none of which marks the break itself."""
    quoted = "".join(f'{name}="{value}"\n' for name, value in fields.items())
    return {
        "JSON": json.dumps(fields),
        "JSON in a log": f"saved {json.dumps(fields)} at last",
        "YAML": "".join(
            f"{name}: |\n  " + value.replace("\n", "\n  ") + "\n" for name, value in fields.items()
        ),
        "a dictionary": repr(fields),
        "variables": quoted,
        "exported": quoted.replace("access", "export access"),
        "XML": "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()),
        "a command": "curl " + " ".join(f"-d '{name}={value}'" for name, value in fields.items()),
    }


@pytest.mark.parametrize("name", ["client_secret", "refresh_token"])
@pytest.mark.parametrize("separator", _BREAKS)
@pytest.mark.parametrize("form", _forms({}))
def test_a_broken_value_is_joined(name: str, separator: str, form: str) -> None:
    whole = _fields("user_id", "7TESTS")[name]
    text = _forms(_fields(name, whole[:20] + separator + whole[20:]))[form]
    found, notes = _read(text)
    assert whole == found[name]
    assert any("in its middle" in note for note in notes)


@pytest.mark.parametrize("name", ["client_secret", "refresh_token"])
@pytest.mark.parametrize("separator", ["\n", "\n  ", "\r\n\t"])
def test_a_wrapped_setting_is_joined(name: str, separator: str) -> None:
    whole = _fields("user_id", "7TESTS")[name]
    fields = _fields(name, whole[:30] + separator + whole[30:])
    text = "[whoop]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())
    found, notes = _read(text)
    assert whole == found[name]
    assert any("the line break in its middle" in note for note in notes)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("correct horse battery staple", "The field client_secret has a space in its middle."),
        (f"{_SECRET} (of the old one)", "The field client_secret has a space in its middle."),
    ],
)
@pytest.mark.parametrize("form", ["JSON", "YAML", "a dictionary"])
def test_several_words_are_refused_with_the_reason(value: str, reason: str, form: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(_forms(_fields("client_secret", value))[form])
    assert reason == caught.value.message


def test_a_line_behind_a_setting_is_not_its_part() -> None:
    text = "".join(f"{name} = {value}\n" for name, value in _fields("user_id", "7TESTS").items())
    for behind in ("Done.\n", "  next = 1\n", "; comment\n", "-----\n", "[other2]\n"):
        found, notes = _read(f"{text}{behind}")
        assert (_SECRET, ()) == (found["client_secret"], notes)
