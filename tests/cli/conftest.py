"""Fixtures that run the real command as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.scan.conftest import _own_git, repository, scan  # noqa: F401 - its fixtures
from tests.support.cli.processes import Piped
from tests.support.cli.run_result import RunResult
from tests.support.cli.serve_process import home, serve, serve_env  # noqa: F401 - its fixtures
from tokcheck.sandbox import Sandbox, serve_in_thread

if TYPE_CHECKING:
    from tests.support.cli.account_store import AccountStore


Run = Callable[..., RunResult]


@pytest.fixture
def run() -> Run:
    """Run ``tokcheck`` with these words; ``stdin`` may be text or bytes."""

    def start(*words: str, stdin: str | bytes = "", env: dict[str, str] | None = None) -> RunResult:
        given = {**os.environ, "TZ": "UTC", "COLUMNS": "80", **(env or {})}
        if any(name.startswith("PYTHON") for name in env or {}):
            # Those are read where an interpreter starts, and nowhere else.
            result = subprocess.run(
                [sys.executable, "-m", "tokcheck", *words],
                input=stdin.encode() if isinstance(stdin, str) else stdin,
                capture_output=True,
                env=given,
                timeout=60,
                check=False,
            )
            return RunResult(result.returncode, result.stdout.decode(), result.stderr.decode())
        started = Piped(words, given)
        out, err = started.communicate(stdin, timeout=60)
        return RunResult(started.wait(), out, err)

    return start


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of the command line; each mints tokens of its own."""
    with serve_in_thread() as started:
        yield started


@pytest.fixture
def sandbox_env(sandbox: Sandbox) -> dict[str, str]:
    """The variables that point the command at the sandbox."""
    return {
        "TOKCHECK_FITBIT_URL": sandbox.url,
        "TOKCHECK_GOOGLE_HEALTH_URL": sandbox.url,
        "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
    }


@pytest.fixture
def account_store(run: Run, tmp_path: Path) -> "Iterator[AccountStore]":
    """An empty data folder, and a sandbox that no other test uses."""
    from tests.support.cli.account_store import AccountStore  # noqa: PLC0415 - it imports this file

    with serve_in_thread() as started:
        env = {
            "TOKCHECK_FITBIT_URL": started.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": started.url,
            "TOKCHECK_GOOGLE_OAUTH_URL": started.url,
            "TOKCHECK_HOME": str(tmp_path / "home"),
        }
        yield AccountStore(tmp_path / "home", started.state, run, env)
