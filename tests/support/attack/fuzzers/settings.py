"""Settings of others: declarations, baselines, a repository's settings, keys, addresses."""

import json
import tempfile
from base64 import b64encode
from functools import cache
from pathlib import Path
from random import Random

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import damaged_text, nested_text, odd_text, odd_value
from tests.support.attack.secrecy import assert_hidden
from tests.support.suite.imports import PACKAGE
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE
from tokcheck.accounts.store.vaults.encryption_key import KEY, KeySource, read_key
from tokcheck.core.errors import UsageError
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.scan.ignore.baseline import Baseline
from tokcheck.scan.settings import ProjectSettings
from tokcheck.storage.postgres.database_address import parse_database_address

_READY_MADE = PACKAGE / "declarations" / "ready_made"
_SETTINGS = """\
[scan]
baseline = "known.json"
exclude = ["*.lock", "docs/**", "!docs/a"]
ignore_expired = true
ignore_kinds = ["client_id"]
"""
_PASSWORD = "Canary-Passw0rd-9z8y7x6w"
_ADDRESS = f"postgresql://tokcheck:{_PASSWORD}@db.example:5432/accounts?sslmode=verify-full"
_SECRET_KEY = b64encode(bytes(range(64, 96))).decode()
_HIDDEN = (FITBIT, FITBIT_REFRESH, GOOGLE)


def _assert_no_secret(error: UsageError, *secrets: str) -> None:
    assert_hidden(f"{error.message} {error.hint}", *(secrets or _HIDDEN))


@cache
def _folder() -> Path:
    """Return a folder of this process for the files that are read by their path."""
    return Path(tempfile.mkdtemp(prefix="tokcheck-fuzz-"))


def _toml_value(random: Random) -> str:
    value = odd_value(random)
    text = json.dumps(value, default=str)
    return random.choice((text, repr(value), f'"{random.choice(_HIDDEN)}"', str(value)))


def _changed_text(random: Random, text: str) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    lines = text.splitlines()
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(lines))
        lines[at] = f"{lines[at].partition('=')[0]}= {_toml_value(random)}"
        if random.random() < 0.3:
            lines.insert(random.randrange(len(lines)), random.choice(lines))
    return damaged_text(random, "\n".join(lines))


def _declaration(random: Random) -> str:
    files = sorted(_READY_MADE.glob("*.toml"))
    return _changed_text(random, random.choice(files).read_text())


def _check_declaration(text: str) -> None:
    try:
        table = read_declaration(text, "acme.toml")
    except UsageError as error:
        _assert_no_secret(error)
    else:
        assert table["name"]


def _settings_text(random: Random) -> str:
    return _changed_text(random, _SETTINGS)


def _check_settings(text: str) -> None:
    folder = _folder()
    (folder / "tokcheck.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        settings = ProjectSettings(str(folder))
        settings.excludes("docs/a/b.lock")
    except UsageError as error:
        _assert_no_secret(error)


def _baseline_text(random: Random) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    entry = {"fingerprint": "0" * 64, "path": odd_text(random), "kind": "access_token"}
    keys = (*entry, "line", "reason", "until", "salt", "findings", "schema")
    for _ in range(random.randint(0, 3)):
        entry[random.choice(keys)] = odd_value(random, keys)
    whole = {"schema": "tokcheck.baseline/1", "salt": "00" * 16, "findings": [entry]}
    for _ in range(random.randint(0, 2)):
        whole[random.choice(keys)] = odd_value(random, keys)
    return damaged_text(random, json.dumps(whole, default=str))


def _check_baseline(text: str) -> None:
    path = _folder() / "known.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        Baseline.read(str(path))
    except UsageError as error:
        _assert_no_secret(error)


def _key_text(random: Random) -> str:
    key = random.choice((_SECRET_KEY, bytes(range(64, 96)).hex(), odd_text(random)))
    return random.choice((key, damaged_text(random, key), f"{key}\n", f" {key}{key}"))


def _check_key(text: str) -> None:
    try:
        key = read_key(KeySource(KEY, text), {})
    except UsageError as error:
        _assert_no_secret(error, text)
    else:
        assert len(key.raw) == len(range(64, 96))
        assert_hidden(repr(key), text)


def _address(random: Random) -> str:
    text = damaged_text(random, _ADDRESS)
    if random.random() < 0.3:
        name = random.choice(("password", "options", "sslpassword"))
        text += f"&{name}={odd_text(random)}{_PASSWORD}"
    return text


def _check_address(url: str) -> None:
    try:
        address = parse_database_address(url, {})
    except UsageError as error:
        _assert_no_secret(error, _PASSWORD)
    else:
        assert address.place.isprintable(), address.place
        if f":{_PASSWORD}@" in url:
            assert_hidden(address.place, _PASSWORD)


FUZZERS = (
    Fuzzer("declarations", _declaration, _check_declaration, 300),
    Fuzzer("scan-settings", _settings_text, _check_settings),
    Fuzzer("baselines", _baseline_text, _check_baseline),
    Fuzzer("encryption-keys", _key_text, _check_key),
    Fuzzer("database-addresses", _address, _check_address),
)
