"""A token or a secret of any characters is stored exactly, or refused: never a part of it."""

import base64
import html
import json
import shlex
import string
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.suite.thoroughness import some_of
from tokcheck.accounts.token_files.token_file import TokenFile, parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers.ready_made_providers import load_packaged

Fields = Mapping[str, str]
_ID = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"
_FIELDS = {
    "client_id": _ID,
    "client_secret": "Ss2x" * 8,
    "access_token": "Aq7" * 12,
    "refresh_token": "Rr1-" * 10,
}
_NAMES = ("refresh_token", "client_secret", "access_token")


def _lines(
    line: str, write: Callable[[str], str], begin: str = "", end: str = ""
) -> Callable[..., str]:
    def text(fields: Fields) -> str:
        return begin + "".join(
            line.replace("NAME", name.upper()).replace("name", name).replace("VALUE", write(value))
            + "\n"
            for name, value in fields.items()
        ) + end  # fmt: skip

    return text


def _plain(value: str) -> str:
    return value


def _double_quotes(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _php(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


NOTATIONS: dict[str, Callable[[Fields], str]] = {
    "JSON": json.dumps,
    "JSON in a log": lambda fields: f"12:00 saved {json.dumps(fields)} at last\n",
    "JSON in JSON": lambda fields: json.dumps({"body": json.dumps(fields)}),
    "Base64": lambda fields: _base64(json.dumps(fields)),
    "a Kubernetes secret": lambda fields: "kind: Secret\ndata:\n"
    + "".join(f"  {name}: {_base64(value)}\n" for name, value in fields.items()),
    "YAML": lambda fields: yaml.safe_dump(dict(fields), width=4096),
    "YAML, quoted": lambda fields: yaml.safe_dump(dict(fields), default_style="'", width=4096),
    "YAML in double quotes": _lines("name: VALUE", json.dumps),
    "YAML, plain": _lines("name: VALUE", _plain),
    "TOML": _lines("name = VALUE", json.dumps, "[whoop]\n"),
    "INI": _lines("name = VALUE", _plain, "[whoop]\n"),
    "variables": _lines("NAME=VALUE", shlex.quote),
    "plain variables": _lines("NAME=VALUE", _plain),
    "exported": _lines("export NAME=VALUE", shlex.quote),
    "Python": lambda fields: str(dict(fields)),
    "Python in a log": lambda fields: f"INFO: tokens {dict(fields)} saved\n",
    "a program of Python": _lines("name = VALUE", repr),
    "JavaScript": _lines("const name = VALUE;", json.dumps),
    "PHP": _lines("$name = VALUE;", _php, "<?php\n"),
    "an array of PHP": _lines("  'name' => VALUE,", _php, "<?php return [\n", "];\n"),
    "print_r": _lines("    [name] => VALUE", _plain, "Array\n(\n", ")\n"),
    "#define": _lines("#define NAME VALUE", json.dumps),
    "a form": urlencode,
    "a form of curl": lambda fields: f"curl https://api.example/token -d '{urlencode(fields)}'",
    "arguments of curl": lambda fields: "curl https://api.example/token "
    + " ".join(f"-d {name}={quote(value, safe='')}" for name, value in fields.items()),
    "options": lambda fields: "fetch "
    + " ".join(f"--{name.replace('_', '-')} {shlex.quote(v)}" for name, v in fields.items()),
    "XML": _lines("<name>VALUE</name>", html.escape, "<oauth>\n", "</oauth>\n"),
    "HTML": lambda fields: f"<pre>{html.escape(json.dumps(fields))}</pre>",
    "CSV": lambda fields: ",".join(fields)
    + "\n"
    + ",".join('"' + value.replace('"', '""') + '"' for value in fields.values())
    + "\n",
    "SQL": lambda fields: "UPDATE t SET "
    + ", ".join(f"{name}={_double_quotes(value)}" for name, value in fields.items())
    + " WHERE id=1;\n",
    "INSERT": lambda fields: (
        f"INSERT INTO t ({', '.join(fields)}) VALUES "
        f"({', '.join(map(_double_quotes, fields.values()))});"
    ),
    "Markdown": _lines("- name: `VALUE`", _plain),
}  # fmt: skip
_LETTERS = string.ascii_letters + string.digits
_SIGNS = string.punctuation + "éß—😀"
_RANDOM = st.text(_LETTERS, min_size=9, max_size=24)


def _is_random(value: str) -> bool:
    """Return whether no piece is there twice, as in no random value; digits alone are a number."""
    pieces = {value[at : at + 6] for at in range(len(value) - 5)}
    return len(value) >= 20 and len(pieces) == len(value) - 5 and value.lower() != value.upper()


_VALUES = st.builds(
    "{}{}{}{}{}".format,
    _RANDOM,
    st.text(_SIGNS, min_size=1, max_size=3),
    _RANDOM,
    st.text(_SIGNS, max_size=2),
    st.text(_LETTERS, max_size=9),
).filter(_is_random)


def read(text: str, provider: str = "whoop") -> TokenFile | None:
    """Return what a text of one of these notations has; ``None`` if it is refused."""
    try:
        return parse_token_file(text, load_packaged(), provider)
    except UsageError:
        return None


def wrong_value(name: str, value: str, text: str) -> str | None:
    """Return what is stored in the place of a value, with the notes; ``None`` if nothing is."""
    found = read(text)
    if found is None:
        return None
    stored = {
        "refresh_token": found.refresh,
        "client_secret": found.client_secret,
        "access_token": found.access,
    }
    secret = stored.pop(name)
    others = [each.reveal() for each in stored.values() if each is not None]
    if not set(others) <= set(_FIELDS.values()):
        return f"others: {others}"
    # What is left out is named, and nothing of it is stored.
    is_left_out = secret is None and any(name in note for note in found.notes)
    if is_left_out or (secret is not None and secret.reveal() == value):
        return None
    # Nothing says whether a sign at the end is the value's or the notation's own.
    if secret is not None and value.rstrip(",;.\"'`") == secret.reveal() and found.notes:
        return None
    return f"{secret and secret.reveal()!r} {found.notes}"


@pytest.mark.parametrize("name", _NAMES)
@given(notation=st.sampled_from(sorted(NOTATIONS)), value=_VALUES)
@example(notation="JSON", value="abcdefghij0123456789,KLMNOPQRSTUVWXYZ0123456789")
@example(notation="a form", value="abcdefghij0123456789@KLMNOPQRSTUVWXYZ0123456789")
@example(notation="variables", value="abcdefghij0123456789'KLMNOPQRSTUVWXYZ0123456789")
@example(notation="INI", value='abcdefghij0123456789:KLMNOPQRSTUVWXYZ0123456789"')
@example(notation="SQL", value="abcdefghij0123456789':KLMNOPQRSTUVWXYZ0123456789")
def test_a_value_is_stored_exactly_or_refused(name: str, notation: str, value: str) -> None:
    text = NOTATIONS[notation](_FIELDS | {name: value})
    assert None is wrong_value(name, value, text)


_EXACT = ("JSON", "JSON in a log", "JSON in JSON", "Base64", "YAML, quoted", "TOML", "Python",
          "Python in a log", "a form", "a form of curl")  # fmt: skip


@pytest.mark.parametrize("notation", _EXACT)
@pytest.mark.parametrize("name", _NAMES)
def test_a_notation_that_delimits_its_values_keeps_every_sign(name: str, notation: str) -> None:
    for sign in some_of(string.punctuation, len(notation)):
        value = f"abcdefghij0123456789{sign}KLMNOPQRSTUVWXYZ0123456789"
        found = read(NOTATIONS[notation](_FIELDS | {name: value}))
        assert found is not None, sign
        stored = dict(zip(_NAMES, (found.refresh, found.client_secret, found.access), strict=True))
        secret = stored[name]
        assert value == (secret and secret.reveal())
