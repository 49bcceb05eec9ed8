"""One test for each exit code of the table, by the real command."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.tokens import FITBIT
from tokcheck.sandbox import Sandbox


def test_0_for_a_usable_token(run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]) -> None:
    result = run("validate", "-", stdin=sandbox.state.issue_fitbit_token(), env=sandbox_env)
    assert (0, "") == (result.code, result.err)
    assert result.out.startswith("VALID  This Fitbit Web API token works: ")


def test_1_for_an_unusable_token(run: Run, sandbox_env: dict[str, str]) -> None:
    result = run("validate", "-", stdin=FITBIT, env=sandbox_env)  # expired long ago
    assert (1, "") == (result.code, result.err)
    assert result.out.startswith("EXPIRED  This Fitbit Web API token expired ")


def test_2_for_wrong_usage(run: Run) -> None:
    result = run("validate", "--jsno", FITBIT)
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("tokcheck: Unknown option --jsno.")
    assert "tokcheck validate --help" in result.err


def test_3_for_a_server_that_cannot_be_reached(run: Run, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    result = run("validate", "--api-url", address, "-", stdin=sandbox.state.issue_fitbit_token())
    assert (3, "") == (result.code, result.err)
    assert result.out.startswith("UNDETERMINED  Could not tell whether this Fitbit Web API token")


@pytest.mark.parametrize(
    "words",
    [
        ["accounts", "list"],
        ["token", "alex"],
        ["login", "fitbit", "--client-id", "23SBX1"],
        ["serve", "--once", "--accounts"],
        ["watch", "--accounts"],
    ],
    ids=" ".join,
)
def test_a_store_that_cannot_be_read_ends_every_command_with_3(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert 3 == run(*words, env={"TOKCHECK_HOME": str(file / "home")}).code
    home = tmp_path / "home"
    assert 0 == run("accounts", "list", env={"TOKCHECK_HOME": str(home)}).code
    (home / "accounts.sqlite3").chmod(0o644)
    result = run(*words, env={"TOKCHECK_HOME": str(home)})
    assert 3 == result.code
    assert "accessible to other users (mode 0644)" in result.err


def test_3_for_a_ledger_that_others_can_access(run: Run, tmp_path: Path) -> None:
    words = ("serve", "--once", "--token-env", "anna=ANNA_TOKEN")
    env = {"TOKCHECK_HOME": str(tmp_path), "ANNA_TOKEN": "eyJhbGciOiJIUzI1NiJ9.eyJzdW"}
    assert 0 == run(*words, env=env).code
    (tmp_path / "exporter.sqlite3").chmod(0o644)
    result = run(*words, env=env)
    assert (3, "") == (result.code, result.out)
    assert "accessible to other users (mode 0644)" in result.err


@pytest.mark.parametrize("words", ["serve --once --token-env a=A", "watch --token-env a=A"])
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_3_for_a_data_folder_that_others_can_access(
    run: Run, tmp_path: Path, words: str, mode: int
) -> None:
    tmp_path.chmod(mode)
    result = run(*words.split(), env={"TOKCHECK_HOME": str(tmp_path), "A": "x"})
    assert (3, "") == (result.code, result.out)
    assert f"is accessible to other users (mode {mode:04o})" in result.err
    assert f"Run: chmod 700 {tmp_path}" in result.err
    assert [] == list(tmp_path.iterdir())


def test_4_for_a_token_at_its_limit(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    address = f"{sandbox.url}/~too-many-requests"
    token = sandbox.state.issue_fitbit_token()
    result = run("validate", "--api-url", address, "-", stdin=token, env=sandbox_env)
    assert (4, "") == (result.code, result.err)
    assert result.out.startswith("RATE LIMITED  ")


def test_70_for_a_bug_without_repeating_the_error_text() -> None:
    program = (
        "import sys, tokcheck.checks.checker\n"
        "def broken(self, text):\n"
        "    raise ValueError(text)\n"
        "tokcheck.checks.checker.Checker.check = broken\n"
        "from tokcheck.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "validate", "--offline", FITBIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (70, "") == (result.returncode, result.stdout)
    # Redaction is not all that keeps the text out: it may hold what looks like no token.
    place = r"[\w<>.]+:[0-9]+"
    assert re.fullmatch(
        rf"tokcheck: this is a bug: ValueError at {place}( > {place})*\n"
        "Please report this line; it contains nothing that you pasted.\n",
        result.stderr,
    )


def test_130_for_an_interrupt_while_it_waits(sandbox: Sandbox) -> None:
    token = sandbox.state.issue_fitbit_token()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = subprocess.Popen(
            [sys.executable, "-m", "tokcheck", "validate", "--api-url", address, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ),
        )
        assert started.stdin is not None
        started.stdin.write(token.encode())
        started.stdin.close()
        started.stdin = None
        connection, _ = silent.accept()  # now it waits for an answer that never comes
        with connection:
            started.send_signal(signal.SIGINT)
            out, err = started.communicate(timeout=30)
    assert (130, b"") == (started.returncode, out)
    assert b"Traceback" not in err


def test_130_in_one_line_wherever_the_interrupt_arrives() -> None:
    program = (
        "import sys, tokcheck.checks.checker\n"
        "class HalfMade:\n"
        "    def __del__(self):\n"
        "        self.never_set.close()\n"
        "def interrupted(self, text):\n"
        "    half = HalfMade()\n"
        "    raise KeyboardInterrupt\n"
        "tokcheck.checks.checker.Checker.check = interrupted\n"
        "from tokcheck.cli.main import console\n"
        "sys.exit(console())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "validate", "--offline", FITBIT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (130, "", "tokcheck: interrupted\n") == (result.returncode, result.stdout, result.stderr)
