import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run
from tokcheck.sandbox import FAULT_NAMES, Sandbox

PROGRAM = """
import sys, typer
from tokcheck.cli.commands.sandbox import help_epilog, sandbox
from tokcheck.cli.shared.typer_help import PlainCommand, command_class
from tokcheck.core.errors import TokcheckError
app = typer.Typer()
app.command("tokcheck sandbox", cls=command_class(PlainCommand, help_epilog))(sandbox)
try:
    app()
except TokcheckError as error:
    print(error.message, error.hint, file=sys.stderr)
    sys.exit(int(error.exit_code))
"""
PLAIN = {"NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb", "PYTHONUNBUFFERED": "1"}


def command(*args: str) -> list[str]:
    return [sys.executable, "-W", "error", "-c", PROGRAM, *args]


def run_to_end(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | PLAIN,
    )


@contextmanager
def start_command(*args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command; yield the process and what it printed when it listens."""
    with subprocess.Popen(
        command(*args),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | PLAIN,
    ) as process:
        assert process.stdout is not None
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Help"):
                    break
            yield process, "".join(lines)
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_it_announces_and_ends_cleanly(number: signal.Signals) -> None:
    with start_command("--port", "0", "--limit", "2", "--window", "90s") as (process, printed):
        url = printed.splitlines()[0].removeprefix("Listening on ")
        assert printed == (
            f"Listening on {url}\n\n"
            f"export TOKCHECK_FITBIT_URL={url}\n"
            f"export TOKCHECK_GOOGLE_HEALTH_URL={url}\n"
            f"export TOKCHECK_GOOGLE_OAUTH_URL={url}\n"
            f"export TOKCHECK_FITBIT_AUTHORIZE_URL={url}/oauth2/authorize\n"
            f"export TOKCHECK_GOOGLE_AUTHORIZE_URL={url}/o/oauth2/v2/auth\n\n"
            "Mint a token:\n"
            f"  curl -d provider=fitbit -d scopes=settings,profile {url}/sandbox/tokens\n\n"
            f"Help, and all faults: {url}/sandbox\n"
        )
        form = {"provider": "fitbit", "scopes": "settings,profile"}
        token = httpx.post(f"{url}/sandbox/tokens", data=form).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        answers = [httpx.get(f"{url}/1/user/-/devices.json", headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["Fitbit-Rate-Limit-Reset"] == "90"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "")


ACME = """
name = "acme"
address = "https://api.acme.example/v2"
check = "/me"
identity = { user = "id" }
[[windows]]
length = "1h"
limit = "X-Limit"
remaining = "X-Left"
"""


def test_the_printed_variables_point_validate_at_declared_providers(
    run: Run, tmp_path: Path
) -> None:
    declarations = tmp_path / "my declarations"
    declarations.mkdir()
    (declarations / "acme.toml").write_text(ACME)
    options = ("--provider", "strava", "--providers", str(declarations))
    with start_command("--port", "0", *options) as (_, printed):
        exports = [line for line in printed.splitlines() if line.startswith("export ")]
        variables = dict(shlex.split(line)[1].split("=", 1) for line in exports)
        url = printed.splitlines()[0].removeprefix("Listening on ")
        assert f"{url}/providers/acme" == variables["TOKCHECK_ACME_URL"]
        assert f"{url}/providers/strava" == variables["TOKCHECK_STRAVA_URL"]
        assert (
            f"{url}/providers/strava/oauth/authorize" == variables["TOKCHECK_STRAVA_AUTHORIZE_URL"]
        )
        assert str(declarations) == variables["TOKCHECK_PROVIDERS"]
        assert f"  curl -d provider=acme {url}/sandbox/tokens" in printed.splitlines()
        for name, left in (("acme", 59), ("strava", 99)):
            token = httpx.post(f"{url}/sandbox/tokens", data={"provider": name}).json()["token"]
            checked = run("validate", "--json", "--provider", name, "-", stdin=token, env=variables)
            report = json.loads(checked.out)
            assert ("valid", left) == (report["verdict"], report["quota"][0]["remaining"])


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--provider", "garmin"), "There is no provider 'garmin'."),
        (("--provider", "fitbit"), "The sandbox always includes fitbit and google-health."),
        (("--providers", "/nowhere.toml"), "/nowhere.toml cannot be read"),
    ],
)
def test_providers_that_it_cannot_play_are_refused(args: tuple[str, str], sentence: str) -> None:
    result = run_to_end("--port", "0", *args)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)


def test_help_names_every_fault_and_an_example() -> None:
    result = run_to_end("--help")
    assert result.returncode == 0
    words = set(result.stdout.replace(",", " ").replace(".", " ").split())
    assert set(FAULT_NAMES) <= words
    assert "tokcheck sandbox --limit 5 --window 90s" in result.stdout


def test_a_port_in_use_is_reported_without_a_traceback(sandbox: Sandbox) -> None:
    result = run_to_end("--port", str(sandbox.port))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"Port {sandbox.port} on 127.0.0.1 is already in use. "
        "Stop the program that uses it, or choose another port with --port. "
        "Port 0 means any free one.\n"
    )


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--host", "0.0.0.0"), "The sandbox listens on loopback only"),
        (("--window", "soon"), "'soon' is not a duration."),
        (("--window", "0s"), "--window 0s is out of range. Give 1s to 100000d."),
        (("--slow", "2d"), "--slow 2d is out of range. Give 0s to 1d."),
        (("--limit", "-3"), "--limit -3 is out of range. Give 0 to 1000000000."),
        (("--port", "-1"), "--port -1 is out of range. Give 0 to 65535."),
    ],
)
def test_wrong_options_are_refused(args: tuple[str, str], sentence: str) -> None:
    result = run_to_end(*args)
    assert result.returncode == 2
    assert result.stderr.startswith(sentence)


def test_an_interrupted_start_leaves_the_port_free() -> None:
    with start_command("--port", "0") as (process, printed):
        port = int(printed.splitlines()[0].rpartition(":")[2])
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    with socket.create_server(("127.0.0.1", port)):
        pass
