"""The ways in which tokens lie in real repositories: file name, bytes, and what is in them."""

import base64
import gzip
import json
import sqlite3
import tempfile
import urllib.parse
from pathlib import Path
from typing import NamedTuple

from tests.support.scan.archives import zip_of
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    make_jwt,
)

OTHER = make_jwt({"iss": "https://issuer.test", "sub": "someone", "exp": 4_000_000_000})


class Planted(NamedTuple):
    """A file with a credential in it."""

    name: str
    data: bytes
    raw: str


def _text(name: str, text: str, raw: str = FITBIT, encoding: str = "utf-8") -> Planted:
    return Planted(name, text.encode(encoding), raw)


def _lines(token: str, width: int) -> list[str]:
    return [token[start : start + width] for start in range(0, len(token), width)]


def _sqlite(text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        database = sqlite3.connect(path)
        with database:
            database.execute("create table tokens (name text, value text)")
            database.execute("insert into tokens values ('fitbit', ?)", (text,))
        database.close()
        return path.read_bytes()


_CURL = (
    'curl -X GET "https://api.fitbit.com/1/user/-/devices.json" -H  "accept: application/json" '
    f'-H  "authorization: Bearer {FITBIT}"'
)
_NOTEBOOK_CODE = {
    "cells": [
        {
            "cell_type": "code",
            "source": ["token = (\n", f"    '{FITBIT[:70]}'\n", f"    '{FITBIT[70:]}'\n", ")\n"],
            "outputs": [],
        }
    ]
}
_NOTEBOOK_OUTPUT = {
    "cells": [
        {
            "cell_type": "code",
            "source": ["!cat box.txt"],
            "outputs": [{"text": [line + "\n" for line in _lines(FITBIT, 60)]}],
        }
    ]
}

PLANTED = (
    _text("plain.txt", FITBIT),
    _text("script.py", f'TOKEN = "{FITBIT}"\n'),
    _text("list.py", f"tokens = [{FITBIT!r}, 'x']\n"),
    _text("call.js", f'fetch(url, {{headers: {{Authorization: "Bearer {FITBIT}"}}}});\n'),
    _text("template.ts", f"const t = `Bearer {FITBIT}`;\n"),
    _text("Main.java", f'String t = "{FITBIT}";\n'),
    _text("main.go", f'const token = "{FITBIT}"\n'),
    _text("main.rs", f'let t = "{FITBIT}";\n'),
    _text("main.c", f'#define TOKEN "{FITBIT}"\n'),
    _text("page.php", f"<?php $t = '{FITBIT}';\n"),
    _text("x.rb", f"token = '{FITBIT}'\n"),
    _text("x.sh", f"export TOKEN={FITBIT}\n"),
    _text("x.ps1", f'$headers = @{{"authorization"="Bearer {FITBIT}"}}\n'),
    _text("x.bat", f"set TOKEN={FITBIT}\r\n"),
    _text(".env", f"FITBIT_TOKEN={FITBIT}\n"),
    _text("x.yaml", f"token: {FITBIT}\n"),
    _text("x.toml", f'token = "{FITBIT}"\n'),
    _text("x.ini", f"[fitbit]\ntoken = {FITBIT}\n"),
    _text("x.xml", f"<token>{FITBIT}</token>\n"),
    _text("x.html", f'<a href="x?token={FITBIT}&amp;user=1">x</a>\n'),
    _text("x.md", f"Use `{FITBIT}` as the token.\n"),
    _text("x.log", f"12:00 ERROR Access token expired: {FITBIT}. Visit https://dev.fitbit.com\n"),
    _text("x.csv", f"alice,{FITBIT},7\n"),
    _text(
        "x.har", json.dumps({"headers": [{"name": "authorization", "value": f"Bearer {FITBIT}"}]})
    ),
    _text("x.postman_collection.json", json.dumps({"auth": {"bearer": [{"value": FITBIT}]}})),
    _text("x.lock", f'{{"resolved": "https://host.test/x?access_token={FITBIT}"}}\n'),
    _text("redirect.txt", f"https://app.test/#access_token={FITBIT}&user_id=7TESTS\n"),
    _text("encoded.txt", urllib.parse.quote(f"x#access_token={FITBIT}&user_id=1", safe="") + "\n"),
    _text("curl.txt", _CURL),
    _text("narrow.txt", "\n".join(_lines(_CURL, 72)) + "\n"),
    _text("narrow40.txt", "\n".join(_lines(FITBIT, 40)) + "\n"),
    _text("literal.py", f't = (\n    "{FITBIT[:80]}"\n    "{FITBIT[80:]}"\n)\n'),
    _text("plus.js", f'var t = "{FITBIT[:80]}" +\n    "{FITBIT[80:]}";\n'),
    _text("backslash.py", f't = "{FITBIT[:80]}" \\\n    "{FITBIT[80:]}"\n'),
    _text("dot.php", f"$t = '{FITBIT[:80]}' .\n    '{FITBIT[80:]}';\n"),
    _text("min.js", "var a=1;" * 300_000 + f'k="{FITBIT}";' + "b();" * 1000),
    _text("code.ipynb", json.dumps(_NOTEBOOK_CODE, indent=1)),
    _text("output.ipynb", json.dumps(_NOTEBOOK_OUTPUT, indent=1)),
    _text("escaped.json", json.dumps(json.dumps({"access_token": FITBIT}))),
    _text("dots.txt", "token=" + FITBIT.replace(".", "%2E") + "\n"),
    _text("unicode.json", '{"t": "' + FITBIT.replace(".", "\\u002e") + '"}\n'),
    _text("secret.yaml", f"data:\n  token: {base64.b64encode(FITBIT.encode()).decode()}\n"),
    _text("header.yaml", f"h: {base64.b64encode(f'Bearer {FITBIT}'.encode()).decode()}\n"),
    _text("bom.txt", FITBIT, encoding="utf-8-sig"),
    _text("utf16.txt", f"token={FITBIT}\r\n", encoding="utf-16"),
    _text("utf16le.txt", f"token={FITBIT}\r\n", encoding="utf-16-le"),
    _text("utf16be.txt", f"token={FITBIT}\r\n", encoding="utf-16-be"),
    _text("utf32.txt", f"token={FITBIT}\r\n", encoding="utf-32"),
    _text("utf32be.txt", f"token={FITBIT}\r\n", encoding="utf-32-be"),
    _text("latin1.txt", f"Schlüssel: {FITBIT}é\n", encoding="latin-1"),
    Planted("x.db", _sqlite(FITBIT), FITBIT),
    Planted("core.bin", bytes(range(256)) * 4 + FITBIT.encode() + bytes(range(256)), FITBIT),
    Planted("x.zip", zip_of(**{"inside/settings.json": json.dumps({"token": FITBIT})}), FITBIT),
    Planted("x.log.gz", gzip.compress(f"token {FITBIT}\n".encode()), FITBIT),
    _text("other.py", f'JWT = "{OTHER}"\n', OTHER),
    _text("google.py", f'TOKEN = "{GOOGLE}"\n', GOOGLE),
    _text("google.json", json.dumps({"access_token": GOOGLE, "expires_in": 3599}), GOOGLE),
    _text("google16.txt", f"token={GOOGLE}\r\n", GOOGLE, "utf-16"),
    _text("google-secret.yaml", f"t: {base64.b64encode(GOOGLE.encode()).decode()}\n", GOOGLE),
    _text("google-refresh.json", json.dumps({"refresh_token": GOOGLE_REFRESH}), GOOGLE_REFRESH),
    _text("client_secret.json", json.dumps({"client_secret": GOOGLE_SECRET}), GOOGLE_SECRET),
    _text("google-code.txt", f"https://www.google.com/?code={GOOGLE_CODE}&scope=x\n", GOOGLE_CODE),
    _text("refresh.json", json.dumps({"refresh_token": FITBIT_REFRESH}), FITBIT_REFRESH),
    _text("secret.env", f"FITBIT_CLIENT_SECRET={FITBIT_SECRET}\n", FITBIT_SECRET),
    _text("code.txt", f"fitbit said https://app.test/?code={FITBIT_CODE}#_=_\n", FITBIT_CODE),
)
