"""Files of others: configuration, baselines, token files and archives, whole and damaged."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path
from random import Random
from typing import Any

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import (
    damaged_bytes,
    damaged_text,
    nested_text,
    odd_text,
    odd_value,
)
from tests.support.attack.secrecy import assert_hidden
from tests.support.scan.archives import tar_of
from tests.support.tokens import FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE_REFRESH
from tokcheck.accounts.token_files.token_file import parse_token_file
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import config_file as exporter_config
from tokcheck.exporter.web.config.parser import parse_web_config
from tokcheck.providers import REGISTRY
from tokcheck.scan import Chunk, Searcher, Unreadable
from tokcheck.scan.sources.archives import Bounds, with_members

_SECRETS = (FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE_REFRESH)
_HERE = Path("/nowhere")
_BOUNDS = Bounds()
_EXPORTER = """\
timeout = "10s"
connections = 4
store = true
[defaults]
every = "10m"
reserve = 20
[accounts.alex]
provider = "fitbit"
token_file = "alex.token"
require_scopes = ["settings"]
[accounts.study]
env = "STUDY_TOKEN"
"""
_WEB = """\
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  min_version: TLS12
  client_auth_type: RequireAndVerifyClientCert
basic_auth_users:
  alice: $2y$10$abcdefghijklmnopqrstuuAVpNV6b4X7Tq0YIhwl5gqTn2E7gOW6a
http_server_config:
  headers:
    X-Frame-Options: deny
rate_limit:
  interval: 1s
  burst: 5
"""
_TOKEN_KEYS = (
    "access_token", "refresh_token", "client_id", "client_secret", "expires_in", "expires_at",
    "scope", "scopes", "token_type", "user_id", "token", "expiry", "obtained_at", "installed",
)  # fmt: skip


def _assert_no_secret(error: UsageError) -> None:
    assert_hidden(f"{error.message} {error.hint}", *_SECRETS)


def _toml_value(random: Random) -> str:
    value = odd_value(random)
    match random.randrange(4):
        case 0:
            return json.dumps(value, default=str)
        case 1:
            return repr(value)
        case 2:
            return f'"{random.choice(_SECRETS)}"'
        case _:
            return str(value)


def _changed_lines(random: Random, text: str, mark: str) -> str:
    lines = text.splitlines()
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(lines))
        name = lines[at].partition(mark)[0]
        lines[at] = f"{name}{mark} {_toml_value(random)}"
        if random.random() < 0.3:
            lines.insert(random.randrange(len(lines)), lines[at])
    return damaged_text(random, "\n".join(lines))


def _exporter_text(random: Random) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    return _changed_lines(random, _EXPORTER, "=")


def _check_exporter_config(text: str) -> None:
    try:
        exporter_config.read(text, "x.toml", _HERE)
    except UsageError as error:
        _assert_no_secret(error)


def _web_text(random: Random) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    return _changed_lines(random, _WEB, ":")


def _check_web_config(text: str) -> None:
    try:
        parse_web_config(text, "web.yml", _HERE)
    except UsageError as error:
        _assert_no_secret(error)


def _token_file(random: Random) -> str:
    if random.random() < 0.02:
        return nested_text(random)
    values: dict[str, Any] = {
        "access_token": FITBIT,
        "refresh_token": random.choice((FITBIT_REFRESH, GOOGLE_REFRESH)),
        "client_secret": FITBIT_SECRET,
        "expires_in": 28_800,
    }
    for name in random.sample(_TOKEN_KEYS, random.randint(0, 4)):
        values[name] = odd_value(random, _TOKEN_KEYS)
    if random.random() < 0.2:
        values = {odd_text(random): values}
    try:
        text = json.dumps(values)
    except ValueError:
        text = "{}"
    if random.random() < 0.2:
        text = "\n".join(f"{name.upper()}={value}" for name, value in values.items())
    return damaged_text(random, text)


def _check_token_file(text: str) -> None:
    try:
        found = parse_token_file(text, REGISTRY)
    except UsageError as error:
        _assert_no_secret(error)
    else:
        assert found.provider in REGISTRY


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def _tar(content: bytes) -> bytes:
    return tar_of(member=content)


def _damaged_archive(random: Random) -> bytes:
    content = f'{{"access_token": "{FITBIT}"}}\n'.encode() * random.randint(1, 4)
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        buffer = io.BytesIO()
        packer = random.choice((None, None, None, _gzip, bz2.compress, lzma.compress, _tar))
        if packer is not None:
            content = packer(content)
            continue
        method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for number in range(random.randint(1, 3)):
                name = odd_text(random, 20).replace("\x00", "") + str(number)
                name = name.encode("utf-8", "replace").decode()
                archive.writestr(zipfile.ZipInfo(name), content, method)
        content = buffer.getvalue()
    return content if random.random() < 0.2 else damaged_bytes(random, content)


def _check_archive(data: bytes) -> None:
    chunks = iter((Chunk("a.zip", data),))
    search = Searcher(0.0)
    unpacked = 0
    for part in with_members(chunks, lambda: None, _BOUNDS):
        if isinstance(part, Unreadable):
            assert part.message
            continue
        unpacked += len(part.data)
        for finding in search(part):
            assert FITBIT[:20] not in repr(finding)
    assert unpacked <= len(data) * 1_100 + 1_000_000


FUZZERS = (
    Fuzzer("exporter-config", _exporter_text, _check_exporter_config),
    Fuzzer("web-config", _web_text, _check_web_config, 200),
    Fuzzer("token-files", _token_file, _check_token_file),
    Fuzzer("archives", _damaged_archive, _check_archive),
)
