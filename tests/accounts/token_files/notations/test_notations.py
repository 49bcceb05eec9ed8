"""Grants in the notations of shells, programs, tables, documents and logs, and encoded ones."""

import base64
import html
import json
import plistlib
from collections.abc import Callable, Mapping
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY

CLIENT = "23TEST"  # the application of the made-up Fitbit token
_FITBIT = {
    "client_id": CLIENT,
    "client_secret": FITBIT_SECRET,
    "access_token": FITBIT,
    "refresh_token": FITBIT_REFRESH,
}
_GOOGLE = {
    "client_id": GOOGLE_CLIENT,
    "client_secret": GOOGLE_SECRET,
    "access_token": GOOGLE,
    "refresh_token": GOOGLE_REFRESH,
}
Fields = Mapping[str, str]


def _lines(line: str, begin: str = "", end: str = "") -> Callable[[Fields], str]:
    """Return what writes one line a field, with its ``NAME``, ``name``, ``Words`` and ``VALUE``."""

    def write(fields: Fields) -> str:
        return (
            begin
            + "".join(
                line.replace("NAME", name.upper())
                .replace("name", name)
                .replace("Words", name.replace("_", " ").title())
                .replace("VALUE", value)
                + "\n"
                for name, value in fields.items()
            )
            + end
        )

    return write


def _rows(
    separator: str, begin: str = "", end: str = "", rule: str = ""
) -> Callable[[Fields], str]:
    """Return what writes a table with the names in its first line."""

    def write(fields: Fields) -> str:
        rows = (separator.join(fields), rule, separator.join(fields.values()))
        return "".join(f"{begin}{row}{end}\n" if row != rule else rule for row in rows)

    return write


NOTATIONS: dict[str, Callable[[Fields], str]] = {
    "fish": _lines("set -gx MY_NAME VALUE"),
    "csh": _lines("setenv NAME VALUE"),
    "Dockerfile": _lines("ENV NAME VALUE", "FROM python:3\n"),
    "Dockerfile, one ENV": _lines("  NAME=VALUE \\", "ENV A=1 \\\n", "  B=2\n"),
    "systemd": _lines('Environment="NAME=VALUE"', "[Service]\n"),
    "Android's XML": _lines('  <string name="name">VALUE</string>', "<map>\n", "</map>\n"),
    "XML": _lines("<name>VALUE</name>", "<oauth>", "</oauth>"),
    "app.config": _lines('  <add key="NAME" value="VALUE" />', "<appSettings>\n"),
    "a property list": lambda fields: plistlib.dumps(dict(fields)).decode(),
    "print_r": _lines("    [name] => VALUE", "Array\n(\n", ")\n"),
    "var_dump": _lines('  ["name"]=>\n  string(64) "VALUE"', "array(4) {\n", "}\n"),
    "define": _lines("define('NAME', 'VALUE');", "<?php\n"),
    "serialize": lambda fields: "".join(
        ("a:4:{", *(f's:{len(k)}:"{k}";s:{len(v)}:"{v}";' for k, v in fields.items()), "}")
    ),
    "#define": _lines('#define NAME "VALUE"'),
    "a Ruby hash": _lines(':name=>"VALUE",', "{", "}"),
    "Clojure": _lines(':name "VALUE"', "{", "}"),
    "Emacs Lisp": _lines('(setq my-name "VALUE")'),
    "a type around it": _lines("name=SecretStr('VALUE'),", "Tokens(\n", ")\n"),
    "an optional value": _lines('name: Optional("VALUE")'),
    "gh secret": _lines('gh secret set NAME --body "VALUE"'),
    "parameters": lambda fields: json.dumps(
        {"Parameters": [{"Name": f"/app/{k}", "Value": v} for k, v in fields.items()]}
    ),
    "Swift": _lines('let name: String = "VALUE"'),
    "nginx": _lines('set $name "VALUE";'),
    "a heredoc": _lines("name = <<EOT\nVALUE\nEOT"),
    "Terraform": _lines('variable "name" {\n  default = "VALUE"\n}'),
    "Python with a call": _lines("'name': 'VALUE',", "{", "'at': datetime.datetime(2026, 1, 1)}"),
    "a call over lines": _lines("    name='VALUE', x=1,", "client = Fitbit(\n", ")\n"),
    "options": lambda fields: "sync "
    + " ".join(f"--{name.replace('_', '-')} {value}" for name, value in fields.items()),
    "CSV": _rows(","),
    "CSV with semicolons and quotes": _rows('";"', '"', '"'),
    "tabs": _rows("\t"),
    "Markdown, columns": _rows(" | ", "| ", " |", "|---|---|---|---|\n"),
    "psql": _rows(" | ", " ", "", "-----+-----+-----+-----\n"),
    "Markdown, rows": _lines("| name | VALUE |", "| key | value |\n|---|---|\n"),
    "Markdown, code": _lines("| `name` | `VALUE` |"),
    "Markdown, list": _lines("- **Words**: `VALUE`"),
    "a box": _lines("│ name │ VALUE │"),
    "the next line": _lines("Words\nVALUE"),
    "behind an empty line": _lines("Words\n\n    VALUE\n"),
    "arrows": _lines("name → VALUE"),
    "prose": _lines("The name is VALUE."),
    "INSERT": lambda fields: (
        f"INSERT INTO t ({', '.join(fields)}) VALUES ({', '.join(map(repr, fields.values()))});"
    ),
    "values in objects": lambda fields: json.dumps({k: {"value": v} for k, v in fields.items()}),
    "DynamoDB": lambda fields: json.dumps({"Item": {k: {"S": v} for k, v in fields.items()}}),
    "lists": lambda fields: json.dumps({k: [v] for k, v in fields.items()}),
    "pairs": lambda fields: json.dumps([[k, v] for k, v in fields.items()]),
    "Redis": lambda fields: "".join(f'1) "{k}"\n2) "{v}"\n' for k, v in fields.items()),
    "HTML": lambda fields: f"<pre>{html.escape(json.dumps(fields))}</pre>",
    "HTML with numbers": lambda fields: json.dumps(fields).replace('"', "&#34;"),
    "a cookie": lambda fields: "tokens=" + quote(json.dumps(fields)),
    "a cookie, encoded twice": lambda fields: "t=" + quote(quote(json.dumps(fields))),
    "Base64": lambda fields: base64.b64encode(json.dumps(fields).encode()).decode(),
    "Base64 in lines": lambda fields: base64.encodebytes(json.dumps(fields).encode()).decode(),
    "Base64 twice": lambda fields: base64.b64encode(
        base64.b64encode(json.dumps(fields).encode())
    ).decode(),
    "a notebook": lambda fields: json.dumps(
        {"cells": [{"source": [f"{k} = '{v}'\n" for k, v in fields.items()]}]}
    ),
    "a notebook's output": lambda fields: json.dumps(
        {"outputs": [{"text": str(fields).replace(", ", ",\n ").splitlines(keepends=True)}]}
    ),
    "a log in JSON": lambda fields: json.dumps({"level": "debug", "msg": f"Got {dict(fields)}."}),
    "HAR": lambda fields: json.dumps({"content": {"text": json.dumps(fields)}}),
    "HAR in Base64": lambda fields: json.dumps(
        {"text": base64.b64encode(json.dumps(fields).encode()).decode(), "encoding": "base64"}
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "provider"),
    [(_FITBIT, "fitbit"), (_GOOGLE, "google-health")],
    ids=["fitbit", "google"],
)
def test_a_grant_is_read_whole_in_every_notation(fields: Fields, provider: str) -> None:
    wrong = {}
    for notation, write in NOTATIONS.items():
        try:
            found = parse_token_file(write(fields), REGISTRY, provider)
        except UsageError as error:
            wrong[notation] = str(error)
            continue
        secret = found.client_secret.reveal() if found.client_secret else None
        access = found.access.reveal() if found.access else None
        read = {
            "client_id": found.client_id,
            "client_secret": secret,
            "access_token": access,
            "refresh_token": found.refresh and found.refresh.reveal(),
        }
        if read != fields:
            wrong[notation] = str(read)
    assert {} == wrong


@given(
    st.sampled_from(sorted(NOTATIONS)),
    st.permutations(sorted(_FITBIT)),
    st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_no_field_gets_the_value_of_another(name: str, order: list[str], refresh: str) -> None:
    fields = {field: (_FITBIT | {"refresh_token": refresh})[field] for field in order}
    found = parse_token_file(NOTATIONS[name](fields), REGISTRY, "fitbit")
    assert refresh == (found.refresh and found.refresh.reveal())
    assert FITBIT == (found.access.reveal() if found.access else None)
    assert FITBIT_SECRET == (found.client_secret.reveal() if found.client_secret else None)


@pytest.mark.parametrize(
    "command",
    [
        "curl -u ID:SECRET -d refresh_token=REFRESH https://api.fitbit.com/oauth2/token",
        "curl --user 'ID:SECRET' -d refresh_token=REFRESH https://api.fitbit.com/oauth2/token",
        "curl -H 'Authorization: Basic PAIR' -d refresh_token=REFRESH https://api.fitbit.com/x",
        "post('https://api.fitbit.com/oauth2/token', auth=('ID', 'SECRET'), "
        "data={'refresh_token': 'REFRESH'})",
        "fitbit.Fitbit('ID', 'SECRET',\n    access_token='ACCESS',\n    refresh_token='REFRESH')",
        '> authorization: Basic PAIR\n\n< HTTP/2 200\n\n{"access_token": "ACCESS", '
        '"refresh_token": "REFRESH"}\n* Connection left intact',
    ],
    ids=["-u", "--user", "a header", "auth=", "arguments", "curl -v"],
)
def test_the_application_of_a_command_is_read(command: str) -> None:
    pair = base64.b64encode(f"{CLIENT}:{FITBIT_SECRET}".encode()).decode()
    words = {"ID": CLIENT, "SECRET": FITBIT_SECRET, "PAIR": pair}
    words |= {"ACCESS": FITBIT, "REFRESH": FITBIT_REFRESH}
    for word, value in words.items():
        command = command.replace(word, value)
    found = parse_token_file(command, REGISTRY)
    secret = found.client_secret.reveal() if found.client_secret else None
    assert (CLIENT, FITBIT_SECRET) == (found.client_id, secret)
    assert found.refresh is not None
    assert FITBIT_REFRESH == found.refresh.reveal()


def test_basic_credentials_of_another_application_are_not_taken() -> None:
    pair = base64.b64encode(b"22ZZZZ:" + b"1" * 32).decode()
    text = f"authorization: Basic {pair}\n\n" + json.dumps(
        {"access_token": FITBIT, "refresh_token": FITBIT_REFRESH}
    )
    found = parse_token_file(text, REGISTRY)
    assert (CLIENT, None) == (found.client_id, found.client_secret)


@pytest.mark.parametrize(
    "text",
    [
        "You need a refresh token to do that. The documentation of authentication-and-tokens.\n",
        "access_token,refresh_token\n",
        '{"refresh_token": null, "access_token": "' + FITBIT + '"}',
        '{"refresh_token": "", "id": "' + FITBIT_REFRESH + '"}',
        "access_token,refresh_token,\n" + FITBIT + "\n",
        f"Refresh token:\n\nAccess token:\n{FITBIT}\n",
        f"Tokens(access_token='{FITBIT}', refresh_token=SecretStr('**********'))",
        f"access_token: {FITBIT}\nrefresh_token: ENC[AES256_GCM,data:abc,iv:def,type:str]\n",
        f"INSERT INTO t VALUES (1, '{FITBIT}', '{FITBIT_REFRESH}');",
    ],
)
def test_no_other_text_is_taken_for_a_refresh_token(text: str) -> None:
    with pytest.raises(UsageError):
        parse_token_file(text, REGISTRY, "fitbit")


def test_a_table_of_toml_in_a_list_is_no_broken_json() -> None:
    fields = "".join(f'{name} = "{value}"\n' for name, value in _FITBIT.items())
    for begin in ("[[accounts]]\n", "\n[[ accounts ]] # of the study\r\n", "[[my.accounts]]\n"):
        found = parse_token_file(f'{begin}name = "alex"\n{fields}', REGISTRY)
        assert ("fitbit", FITBIT_REFRESH) == (
            found.provider,
            found.refresh and found.refresh.reveal(),
        )


def test_an_alias_of_yaml_is_the_text_that_it_names() -> None:
    text = f"x-refresh: &refresh {FITBIT_REFRESH}\nx-id: &id {CLIENT}\nfitbit:\n"
    text += "  refresh_token: *refresh\n  client_id: *id\n"
    found = parse_token_file(text, REGISTRY, "fitbit")
    assert FITBIT_REFRESH == (found.refresh and found.refresh.reveal())
    assert CLIENT == found.client_id


@pytest.mark.parametrize(
    "text",
    [
        f"a: &a {'x' * 5_000}\nrefresh_token: *a\n",
        "a: &a [1]\nrefresh_token: *a\n",
        f"a: &a b\nc: [{', '.join(['*a'] * 65)}]\nrefresh_token: *a\n",
        "refresh_token: *unknown\n",
    ],
)
def test_an_alias_that_multiplies_a_text_is_not_followed(text: str) -> None:
    with pytest.raises(UsageError):
        parse_token_file(text, REGISTRY, "fitbit")
