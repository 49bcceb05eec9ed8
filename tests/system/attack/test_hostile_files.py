"""Hostile files of every command: refused or read, never a crash, never a wait, never a secret.

What the command line reads is given to it in this process, and what it prints must not be that of
a bug (exit code 70).
"""

import io
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import bcrypt
import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.attack.hostile_shapes import json_texts, toml_texts
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE_CLIENT, GOOGLE_SECRET
from tokcheck.cli.main import main
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.web.config.reloader import ConfigReloader
from tokcheck.scan import Globs
from tokcheck.scan.sources import git_process

pytestmark = pytest.mark.untraced

_DECLARATION_KEYS = (
    "name", "title", "address", "check", "path", "prefix", "pattern", "length", "limit", "header",
    "9" * 5_000, "7",
)  # fmt: skip
_FUZZ = settings(
    max_examples=inputs(40),
    suppress_health_check=list(HealthCheck),
)


class Ended(NamedTuple):
    """The exit code of a command and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a repository with nothing in it; nothing beyond loopback is reached."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repository")
    monkeypatch.setenv("TOKCHECK_HOME", str(tmp_path / "home"))
    for name in ("FITBIT_URL", "GOOGLE_HEALTH_URL", "GOOGLE_OAUTH_URL", "GOOGLE_AUTHORIZE_URL"):
        monkeypatch.setenv(f"TOKCHECK_{name}", "http://127.0.0.1:9")
    return tmp_path / "repository"


def run(*words: str) -> Ended:
    """Run a command in this process, with nothing on its standard input."""
    out, err = io.StringIO(), io.StringIO()
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO())
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(words))
    finally:
        sys.stdin = stdin
    return Ended(code, out.getvalue(), err.getvalue())


def check(ended: Ended) -> None:
    """Check that a command did not fail for a bug, and said what to do if it failed."""
    assert ExitCode.BUG != ended.code, ended.err
    assert "Traceback" not in ended.err
    if ended.code == ExitCode.USAGE:
        assert "tokcheck: " in ended.err
    assert len(ended.err) < 1 << 16


_CLIENT_KEYS = ("installed", "web", "type", "client_id", "client_secret", "redirect_uris")


@_FUZZ
@given(json_texts(_CLIENT_KEYS, (GOOGLE_CLIENT, GOOGLE_SECRET, "http://127.0.0.1:1/", "web")))
def test_a_client_file_of_any_shape(folder: Path, text: str) -> None:
    (folder / "client.json").write_text(text, encoding="utf-8", errors="replace")
    check(run("login", "google-health", "--client-file", "client.json", "--no-browser"))


_TOKEN_KEYS = (
    *("access_token", "token", "refresh_token", "client_id", "client_secret", "expires_in"),
    *("expires_at", "expiry", "saved_at_utc", "scope", "scopes", "user_id", "provider", "type"),
    *("token_uri", "account"),
)


@_FUZZ
@given(json_texts(_TOKEN_KEYS, (FITBIT, FITBIT_REFRESH, GOOGLE_CLIENT, "fitbit", "2026-01-01")))
def test_an_imported_token_file_of_any_shape(folder: Path, text: str) -> None:
    (folder / "token.json").write_text(text, encoding="utf-8", errors="replace")
    words = ["--name", "anna", "--replace", "--client-id", "23TEST"]
    check(run("accounts", "import", "token.json", *words))
    check(run("accounts", "list", "--json"))


_BASELINE_KEYS = ("schema", "salt", "entries", "fingerprint", "path", "kind", "reason", "until")
_BASELINE_TEXTS = ("tokcheck.baseline/1", "0" * 24, "f" * 24, "2026-12-31", "0000-00-00")


@_FUZZ
@given(json_texts(_BASELINE_KEYS, _BASELINE_TEXTS))
def test_a_baseline_of_any_shape(folder: Path, text: str) -> None:
    (folder / "known.json").write_text(text, encoding="utf-8", errors="replace")
    (folder / "source.txt").write_text(FITBIT)
    check(run("scan", "--baseline", "known.json", "source.txt"))
    check(run("scan", "--baseline", "known.json", "--update-baseline", "source.txt"))


@pytest.mark.parametrize(
    "text",
    [
        "9" * 5_000,
        f'{{"installed": {{"client_id": {"9" * 5_000}}}, "refresh_token": {"9" * 5_000}}}',
        "[" * 50_000,
        '{"web":' * 5_000,
        f'{{"web": {{"client_id": "{GOOGLE_CLIENT}", "redirect_uris": 5}}}}',
        f'{{"web": {{"client_id": "{GOOGLE_CLIENT}", "redirect_uris": {{"a": 1}}}}}}',
        '{"web": {"client_id": "\\ud800", "redirect_uris": ["\\ud800"]}}',
        '{"refresh_token": "\\ud800", "provider": ["fitbit"]}',
        f'{{"refresh_token": "{FITBIT_REFRESH}", "provider": ["fitbit"], "client_id": 1}}',
        '{"schema": "tokcheck.baseline/1", "salt": 1e999999, "entries": [NaN]}',
    ],
)
def test_json_that_broke_a_reader_once(folder: Path, text: str) -> None:
    (folder / "file.json").write_text(text)
    (folder / "source.txt").write_text("")
    check(run("login", "google-health", "--client-file", "file.json", "--no-browser"))
    check(run("accounts", "import", "file.json", "--client-id", "23TEST"))
    check(run("scan", "--baseline", "file.json", "source.txt"))
    check(run("serve", "--accounts", "--listen", "127.0.0.1:0", "--web-config", "file.json"))


@pytest.mark.parametrize(
    "line",
    [
        f"baseline = 0x{'f' * 20_000}",
        f"ignore-expired = 0x{'f' * 20_000}",
        "baseline = " + "[" * 300 + "]" * 300,
        "baseline = " + "[" * 20_000,
        'baseline = "a\\u0000b"',
        f'kinds = ["{"a" * 5_000}"]',
        f"{'a.' * 20_000}a = 1",
        f"{'a' * 20_000} = 1",
        "exclude = " + "[" * 1 + '"a",' * 2_000 + "]",
    ],
)
def test_settings_that_broke_a_reader_once(folder: Path, line: str) -> None:
    (folder / "source.txt").write_text("")
    (folder / "tokcheck.toml").write_text(f"[scan]\n{line}\n")
    ended = run("scan", "source.txt")
    assert ExitCode.USAGE == ended.code, ended
    assert len(ended.err) < 500


_SCAN_KEYS = ("exclude", "kinds", "ignore-expired", "baseline", "x")


@_FUZZ
@given(toml_texts(("scan", "tool.tokcheck.scan", "tool"), _SCAN_KEYS))
def test_scan_settings_of_any_shape(folder: Path, text: str) -> None:
    (folder / "source.txt").write_text("a")
    for name in ("tokcheck.toml", "pyproject.toml"):
        (folder / name).write_text(f"# tokcheck\n{text}", encoding="utf-8", errors="replace")
        started = time.process_time()
        check(run("scan", "source.txt"))
        assert time.process_time() - started < 5
        (folder / name).unlink()


_CONFIG_KEYS = (
    *("timeout", "connections", "store", "defaults", "accounts", "file", "env", "provider"),
    *("share", "reserve", "every", "window", "require_scopes", "timezone", "command_every"),
)


@settings(_FUZZ, max_examples=inputs(10))
@given(toml_texts(("accounts.anna", "defaults", "accounts", "accounts.anna.x"), _CONFIG_KEYS))
def test_an_exporter_configuration_of_any_shape(folder: Path, text: str) -> None:
    (folder / "accounts.toml").write_text(text, encoding="utf-8", errors="replace")
    check(run("serve", "--config", "accounts.toml", "--once"))


_WEB_KEYS = (
    *("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit", "cert_file"),
    *("key_file", "client_auth_type", "client_ca", "client_ca_file", "client_allowed_sans"),
    *("min_version", "cipher_suites", "curve_preferences", "headers", "http2", "interval", "burst"),
)
_WEB_TEXTS = ("a.pem", "RequireAndVerifyClientCert", "TLS12", "1s", "a\0b", "9" * 400 + "h", "10")


@_FUZZ
@given(json_texts(_WEB_KEYS, _WEB_TEXTS, depths=(3, 400)))  # the YAML reader is slow
def test_a_web_configuration_of_any_shape(folder: Path, text: str) -> None:
    # Nearly all JSON is YAML.
    path = folder / "web.yml"
    path.write_text(text, encoding="utf-8", errors="replace")
    lines: list[str] = []
    with suppress(UsageError):
        ConfigReloader(
            path, log_messages(lines.append), lambda: 0.0, bcrypt.checkpw
        ).reload_if_changed()


@pytest.mark.parametrize(
    "text",
    [
        f"[{'9' * 5_000}]",
        f"[[tokens]]\n{'9' * 5_000} = 1",
        f"[[tokens.{'9' * 5_000}]]",
        f"x = {'9' * 5_000}",
        f"check = {'[' * 20_000}",
        f"{'a.' * 20_000}a = 1",
        '"\u0663" = 1\n"\u00b3" = 2',
    ],
)
def test_a_declaration_that_broke_a_reader_once(folder: Path, text: str) -> None:
    (folder / "acme.toml").write_text(f"name = 'acme'\n{text}\n")
    ended = run("providers", "check", "acme.toml")
    assert ExitCode.USAGE == ended.code, ended


@_FUZZ
@given(toml_texts(("tokens", "check", "windows", "oauth", "9" * 5_000), _DECLARATION_KEYS))
def test_a_declaration_of_any_shape(folder: Path, text: str) -> None:
    (folder / "acme.toml").write_text(text, encoding="utf-8", errors="replace")
    check(run("providers", "check", "acme.toml"))


_PLACES = ("missing", "folder", "pipe", "socket", "zero", "large", "latin", "endless")
_READERS: dict[str, tuple[str, ...]] = {
    "validate": ("validate", "--offline", "--file", "@"),
    "validate --lines": ("validate", "--offline", "--lines", "--file", "@"),
    "login": ("login", "google-health", "--client-file", "@"),
    "import": ("accounts", "import", "@"),
    "scan": ("scan", "--baseline", "@", "source.txt"),
    "scan --update": ("scan", "--baseline", "@", "--update-baseline", "source.txt"),
    "serve": ("serve", "--config", "@", "--once"),
    "web": ("serve", "--accounts", "--listen", "127.0.0.1:0", "--web-config", "@"),
    "providers check": ("providers", "check", "@"),
    "validate --providers": ("validate", "--providers", "@", "--offline", "text"),
    "scan --providers": ("scan", "source.txt", "--providers", "@"),
    "serve --providers": ("serve", "--accounts", "--listen", "127.0.0.1:0", "--providers", "@"),
}


@pytest.fixture
def places(folder: Path) -> Iterator[dict[str, Path]]:
    """An object in the place of a file."""
    (folder / "source.txt").write_text("nothing")
    places = {name: folder / name for name in _PLACES}
    places["folder"].mkdir()
    os.mkfifo(places["pipe"])
    places["zero"].symlink_to("/dev/zero")
    with places["large"].open("wb") as file:
        file.truncate(1 << 33)
    places["latin"].write_bytes(b'{"a": "\xe4"}')
    places["endless"].symlink_to("endless")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        yield places


@pytest.mark.parametrize("name", _READERS)
@pytest.mark.parametrize("place", [name for name in _PLACES if name != "latin"])
def test_a_file_that_cannot_be_read_is_refused_at_once_in_one_form(
    places: dict[str, Path], name: str, place: str
) -> None:
    if place == "large" and name == "validate --lines":
        pytest.skip("it is read line by line")
    if place in {"missing", "endless"} and name == "scan --update":
        pytest.skip("it is written")
    if place == "folder" and "providers" in name:
        pytest.skip("it may be a folder of declarations")
    path = str(places[place])
    started = time.process_time()
    ended = run(*(path if word == "@" else word for word in _READERS[name]))
    assert time.process_time() - started < 5
    assert ExitCode.USAGE == ended.code, ended
    message, hint = ended.err.splitlines()[-2:]
    assert message.startswith(f"tokcheck: {path} cannot be read: "), message
    assert hint
    reasons = {
        "missing": "No such file or directory.",
        "folder": "it is a folder, not a regular file.",
        "pipe": "it is a pipe, not a regular file.",
        "socket": "it is a socket, not a regular file.",
        "zero": "it is a device, not a regular file.",
        "large": "B.",
        "endless": "Too many levels of symbolic links.",
    }
    assert message.endswith(reasons[place])


@pytest.mark.parametrize("name", ["scan", "serve", "web"])
def test_a_file_that_is_not_utf_8_is_refused_in_the_same_form(
    places: dict[str, Path], name: str
) -> None:
    path = str(places["latin"])
    ended = run(*(path if word == "@" else word for word in _READERS[name]))
    assert (ExitCode.USAGE, f"tokcheck: {path} cannot be read: line 1 is not UTF-8.") == (
        ended.code,
        ended.err.splitlines()[-2],
    )


@pytest.mark.parametrize("name", ["tokcheck.toml", "pyproject.toml"])
@pytest.mark.parametrize("place", ["folder", "pipe", "socket", "zero", "large"])
def test_settings_that_cannot_be_read_are_refused_at_once(
    folder: Path, places: dict[str, Path], name: str, place: str
) -> None:
    places[place].rename(folder / name)
    ended = run("scan", "source.txt")
    assert ExitCode.USAGE == ended.code
    assert ended.err.startswith(f"tokcheck: {folder / name} cannot be read: ")


def test_a_large_pyproject_of_another_tool_is_no_error(folder: Path) -> None:
    (folder / "source.txt").touch()
    (folder / "pyproject.toml").write_text("# other\n" * 20_000)
    assert ExitCode.USABLE == run("scan", "source.txt").code


@pytest.mark.parametrize("place", ["folder", "pipe", "zero"])
def test_a_commit_message_that_is_no_file_is_reported(places: dict[str, Path], place: str) -> None:
    ended = run("scan", "--message", str(places[place]))
    assert ExitCode.COULD_NOT_TELL == ended.code
    assert "not a regular file" in ended.out + ended.err


@pytest.mark.parametrize(
    "baseline",
    [
        "/dev/zero",
        "/dev/stdin",
        "/etc/passwd",
        "../outside.json",
        "out",
        "below/../../outside.json",
    ],
)
def test_settings_name_no_baseline_outside_the_repository(folder: Path, baseline: str) -> None:
    (folder.parent / "outside.json").write_text("{}")
    (folder / "out").symlink_to("../outside.json")
    (folder / "below").mkdir()
    (folder / "source.txt").touch()
    (folder / "tokcheck.toml").write_text(f"[scan]\nbaseline = '{baseline}'\n")
    for more in ([], ["--update-baseline"]):
        ended = run("scan", "source.txt", *more)
        assert (
            ExitCode.USAGE,
            f"tokcheck: {folder / 'tokcheck.toml'}: baseline is outside the repository.\n"
            "Name such a file on the command line: --baseline FILE.\n",
        ) == (ended.code, ended.err)
    outside = folder.parent / "known.json"
    assert (
        ExitCode.USABLE
        == run("scan", "source.txt", "--baseline", str(outside), "--update-baseline").code
    )
    assert ExitCode.USABLE == run("scan", "source.txt", "--baseline", str(outside)).code
    assert "{}" == (folder.parent / "outside.json").read_text()


def test_settings_of_a_subfolder_may_name_a_baseline_of_the_repository(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "source.txt").touch()
    (folder / "below" / "tokcheck.toml").write_text("[scan]\nbaseline = '../known.json'\n")
    os.chdir(folder / "below")
    assert ExitCode.USABLE == run("scan", "source.txt", "--update-baseline").code
    assert (folder / "known.json").exists()
    assert ExitCode.USABLE == run("scan", "source.txt").code


_PATTERNS = [
    "*a*a*a*a*a*a*a*a*b",
    "*a" * 2_000 + "b",
    "**/a/" * 800 + "b",
    "**/*a/" * 600 + "b",
    "*/" * 2_000 + "b",
    "*" + "?" * 4_000,
    "**/" * 1_300 + "**",
    "*[!a]*[!b]" * 400,
    "a*" * 2_000,
]


@pytest.mark.parametrize("pattern", _PATTERNS)
@pytest.mark.parametrize("path", ["a" * 4_096, "a/" * 2_047 + "a", "ab/a/" * 800 + "c"])
def test_no_pattern_of_excluded_paths_takes_long(pattern: str, path: str) -> None:
    globs = Globs((pattern,))
    started = time.process_time()
    globs.match(path)
    assert time.process_time() - started < 5


def test_an_archive_s_member_may_have_a_name_beyond_every_limit(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a/" * 30_000 + "a", "x")
    (folder / "tokcheck.toml").write_text("[scan]\nexclude = ['*a*a*a*a*b', 'c/']\n")
    check(run("scan", "a.zip"))


@pytest.mark.parametrize(
    "word", ["eyJ", "eyJ.", "GOCSPX-", "1//0", "ya29.", "A-", "code=4/0A", "a/"]
)
def test_no_name_of_an_archive_s_member_takes_long(folder: Path, word: str) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr((word * 30_000)[:60_000], f"x {FITBIT}")
    started = time.process_time()
    assert ExitCode.NOT_USABLE == run("scan", "a.zip", "--format", "sarif").code
    assert time.process_time() - started < 5  # 17 s for the first


def test_git_that_waits_for_a_pipe_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    os.mkfifo(folder / ".gitignore")
    start = git_process.Spawned
    monkeypatch.setattr(git_process, "Spawned", partial(start, patience=0.2))
    ended = run("scan")
    assert ExitCode.USAGE == ended.code
    assert "it may wait for a pipe in place of a file" in ended.err
    assert "a slow pattern of .gitignore" in ended.err
    assert ExitCode.USABLE == run("scan", "--no-gitignore").code


@pytest.mark.parametrize("shell", ["bash"])
@pytest.mark.parametrize("name", ["validate", "validate --lines", "import", "login"])
def test_what_a_shell_substitutes_for_a_file_is_read(folder: Path, shell: str, name: str) -> None:
    (folder / "content").write_text("nothing of use")
    for source in ("<(cat content)", "/dev/stdin < content", "/dev/stdin < <(cat content)"):
        words = " ".join(source if word == "@" else word for word in _READERS[name])
        ended = subprocess.run(
            [shell, "-c", f"{sys.executable} -m tokcheck {words}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode in {ExitCode.NOT_USABLE, ExitCode.USAGE}
        assert "cannot be read" not in ended.stderr + ended.stdout, ended
