"""``tokcheck demo``: what a newcomer sees first."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.cli.conftest import Run


def test_the_demo_shows_the_typical_pastes(run: Run) -> None:
    result = run("demo", "--once")
    assert (0, "") == (result.code, result.err)
    verdicts = re.findall(r"^([A-Z]{2}[A-Z ]+?)  ", result.out, re.MULTILINE)
    assert verdicts == [
        "VALID", "VALID", "INCOMPLETE", "EXPIRED", "INSUFFICIENT SCOPE", "RATE LIMITED",
        "SERVICE GONE", "VALID", "API DISABLED", "WRONG KIND",
    ]  # fmt: skip
    assert "nothing leaves this computer" in result.out


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("tokcheck", {"UV_RUN_RECURSION_DEPTH": ""}),
        ("uv run --no-dev tokcheck", {"UV_RUN_RECURSION_DEPTH": "1"}),  # it is on no PATH then
    ],
)
def test_the_demo_ends_with_commands_that_work_here(
    command: str, environment: dict[str, str], run: Run
) -> None:
    assert run("demo", "--once", env=environment).out.endswith(
        f"\nNow check your own token:   {command} validate\n"
        f"or try more:                {command} sandbox\n"
    )


def test_the_demo_fits_80_columns_but_for_addresses(run: Run) -> None:
    long = [line for line in run("demo", "--once").out.splitlines() if len(line) > 80]
    assert [] == [line for line in long if "://" not in line and not line.startswith("  tokcheck_")]


def test_the_demo_shows_no_token(run: Run) -> None:
    assert not re.search(r"eyJ[\w-]{20,}|ya29\.[\w-]{20,}", run("demo", "--once").out)


def test_the_demo_shows_the_exporter_over_six_accounts(run: Run) -> None:
    result = run("demo", "--once")
    shown = [line for line in result.out.splitlines() if line.startswith("  tokcheck_")]
    assert 6 == len([line for line in shown if "tokcheck_token_valid" in line])
    assert '  tokcheck_token_valid{provider="fitbit",account="dora-revoked"} 0' in shown


def test_the_live_demo_serves_a_page_and_metrics_until_it_is_interrupted() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tokcheck", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        address = ""
        for line in process.stdout:
            match = re.search(r"in a browser +(http\S+)/", line)
            address = match[1] if match else address
            if "dora-revoked: revoked_or_invalid" in line:
                break
        with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        with urllib.request.urlopen(f"{address}/", timeout=10) as answer:
            page = answer.read().decode()
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (0, "") == (process.returncode, err)
    assert 'tokcheck_token_valid{provider="fitbit",account="dora-revoked"} 0' in metrics
    assert "dora-revoked" in page
    assert not re.search(r"eyJ[\w-]{20,}|ya29\.[\w-]{20,}", metrics + page + out)
