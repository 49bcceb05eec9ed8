"""A folder that the user may not enter: each command says so, and none ends with a bug."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tokens import FITBIT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="gives up a right of root's")

_DROP_FROM_BOUNDING_SET = 24  # PR_CAPBSET_DROP
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


@pytest.fixture
def forbidden(tmp_path: Path) -> Iterator[Path]:
    """A folder within one that nobody may enter."""
    outer = tmp_path / "outer"
    outer.mkdir()
    outer.chmod(0)
    yield outer / "inner"
    outer.chmod(0o700)


def _give_up_rights() -> None:
    """Let the program that the process starts have no more rights to files than another user."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            assert 0 == libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


def _run(words: list[str], env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tokcheck", *words],
        env={**os.environ, "TOKCHECK_FITBIT_URL": "http://127.0.0.1:9", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=_give_up_rights,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "token alex",
        "accounts list",
        "accounts show alex",
        "accounts refresh alex",
        "accounts remove alex --yes",
        "accounts rekey --unencrypted",
        "accounts recover",
        "accounts export alex --format token-response",
        "accounts migrate --to postgresql://anna@127.0.0.1:1/tokcheck",
        "validate --account alex",
        "login fitbit --client-id 23ABCD --timeout 1s",
        "observe alex",
        "serve --accounts --once",
        "serve --token-env alex=T --once",
        "watch --accounts --json",
    ],
)
def test_a_data_folder_that_cannot_be_entered_is_named(words: str, forbidden: Path) -> None:
    code, printed = _run(words.split(), {"TOKCHECK_HOME": str(forbidden), "T": FITBIT})
    assert 3 == code, printed
    assert str(forbidden) in printed


def test_a_leaked_token_is_revoked_without_the_stored_accounts(forbidden: Path) -> None:
    code, printed = _run(["revoke", "--yes", FITBIT], {"TOKCHECK_HOME": str(forbidden)})
    assert f"note: the stored accounts were not read: {forbidden}" in printed
    assert code in {2, 3}


def test_a_socket_in_a_folder_that_cannot_be_entered_is_named(
    forbidden: Path, tmp_path: Path
) -> None:
    words = ["serve", "--token-env", "alex=T", "--listen", f"unix:{forbidden}/socket"]
    code, printed = _run(words, {"TOKCHECK_HOME": str(tmp_path / "home"), "T": FITBIT})
    assert (2, True) == (code, str(forbidden) in printed)


def test_a_home_that_cannot_be_entered_is_none_with_certificates(
    forbidden: Path, tmp_path: Path
) -> None:
    """libpq looks for them there."""
    url = "postgresql://anna@127.0.0.1:1/tokcheck?sslmode=verify-full"
    env = {"TOKCHECK_HOME": str(tmp_path), "TOKCHECK_DATABASE": url, "HOME": str(forbidden)}
    code, printed = _run(["accounts", "list"], env)
    assert (3, True) == (code, "cannot be reached" in printed)
