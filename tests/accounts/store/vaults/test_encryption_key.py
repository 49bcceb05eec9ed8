"""The key of the encryption: from a file, a variable or a command, and never shown."""

import base64
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.accounts.store.vaults.encryption_key import (
    KEY,
    KEY_COMMAND,
    KEY_FILE,
    EncryptionKey,
    KeySource,
    key_source,
    read_key,
)
from tokcheck.accounts.store.vaults.vault_choice import environment_key
from tokcheck.core.errors import UsageError

RAW = bytes(range(200, 232))
TEXT = base64.b64encode(RAW).decode()


# A single quote is a character like others on Windows.
_UNQUOTED = (
    "The command of the key could not be started: "
    if os.name == "nt"
    else "The command of the key cannot be read: check its quotes."
)


def printing(text: str, code: int = 0) -> str:
    """Return a command that prints a text on both streams."""
    program = f"import sys; print({text!r}); print({text!r}, file=sys.stderr); sys.exit({code})"
    words = [sys.executable, "-c", program]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(f"{TEXT}\n")
    path.chmod(0o600)
    return path


@each_case(
    "text",
    [TEXT, f" {TEXT}\r\n", base64.urlsafe_b64encode(RAW).decode(), RAW.hex(), RAW.hex().upper()],
)
def test_base64_and_hexadecimal_digits_are_read(text: str) -> None:
    assert RAW == read_key(KeySource(KEY, text), {}).raw


def test_a_file_and_a_command_are_read(key_file: Path) -> None:
    link = key_file.with_name("link")
    link.symlink_to(key_file)  # as a mounted secret of a cluster is
    for source in ({KEY_FILE: str(key_file)}, {KEY_FILE: str(link)}, {KEY_COMMAND: printing(TEXT)}):
        key = environment_key(dict(os.environ) | source)
        assert key is not None
        assert RAW == key.raw


def test_a_file_with_a_byte_order_mark_is_read(key_file: Path) -> None:
    key_file.write_bytes(b"\xef\xbb\xbf" + TEXT.encode() + b"\r\n")
    key = environment_key({KEY_FILE: str(key_file)})
    assert key is not None
    assert RAW == key.raw


def test_without_a_variable_there_is_no_key() -> None:
    assert environment_key({}) is None
    assert environment_key({KEY: ""}) is None


def test_two_places_are_wrong() -> None:
    with pytest.raises(UsageError, match=f"^{KEY_FILE} and {KEY} are set"):
        key_source({KEY: TEXT, KEY_FILE: "/key"})


@given(st.text(max_size=80).filter(lambda text: len(text.strip()) not in (43, 44, 64)))
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_key(KeySource(KEY, text), {})
    what = "is empty" if not text.strip() else "holds no key"
    assert f"The variable of the key {what}:" in caught.value.message
    assert len(text) < 10 or text not in caught.value.message + caught.value.hint


@each_case(
    "command, expected",
    [
        (printing(TEXT[:-8]), "The output of the command of the key holds no key"),
        (printing(TEXT, 3), "The command of the key ended with exit code 3."),
        ("/no/such/program", "The command of the key could not be started: "),
        ("no-such-program '", _UNQUOTED),
        (" ", "The command of the key cannot be read: check its quotes."),
    ],
)
def test_a_command_that_prints_no_key_is_explained(
    command: str, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        read_key(KeySource(KEY_COMMAND, command), os.environ)
    assert expected in caught.value.message
    assert TEXT[:16] not in caught.value.message + caught.value.hint
    assert ("", "") == capfd.readouterr()


def test_what_a_command_prints_on_standard_error_is_not_passed_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert RAW == read_key(KeySource(KEY_COMMAND, printing(TEXT)), os.environ).raw
    assert ("", "") == capfd.readouterr()


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_a_file_that_others_can_read_is_refused(key_file: Path) -> None:
    key_file.chmod(0o644)
    with pytest.raises(UsageError, match="other users"):
        read_key(KeySource(KEY_FILE, str(key_file)), {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: (No such file|File not found)"):
        read_key(KeySource(KEY_FILE, str(tmp_path / "none")), {})


def test_a_key_is_not_shown() -> None:
    key = EncryptionKey(RAW)
    assert f"EncryptionKey({key.id})" == repr(key) == str(key)
    assert key.id == EncryptionKey(RAW).id != EncryptionKey(bytes(32)).id
    assert f"KeySource({KEY})" == repr(KeySource(KEY, TEXT)) == str(KeySource(KEY, TEXT))
