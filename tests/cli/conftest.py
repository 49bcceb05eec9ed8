"""Running the real command as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.scan.conftest import _own_git, repository, scan  # noqa: F401 - its fixtures
from tests.support.cli.serve_process import home, serve, there  # noqa: F401 - its fixtures
from tests.support.fork_client import Piped
from tokcheck.sandbox.server import Sandbox, serve_in_thread

if TYPE_CHECKING:
    from tests.support.cli.account_store import AccountStore


class Ended(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run() -> Run:
    """Run ``tokcheck`` with these words; ``stdin`` may be text or bytes."""

    def start(*words: str, stdin: str | bytes = "", env: dict[str, str] | None = None) -> Ended:
        given = {**os.environ, "TZ": "UTC", "COLUMNS": "80", **(env or {})}
        if any(name.startswith("PYTHON") for name in env or {}):
            # Those are read where an interpreter starts, and nowhere else.
            ended = subprocess.run(
                [sys.executable, "-m", "tokcheck", *words],
                input=stdin.encode() if isinstance(stdin, str) else stdin,
                capture_output=True,
                env=given,
                timeout=60,
                check=False,
            )
            return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        started = Piped(words, given)
        out, err = started.communicate(stdin, timeout=60)
        return Ended(started.wait(), out, err)

    return start


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of the command line; each mints tokens of its own."""
    with serve_in_thread() as started:
        yield started


@pytest.fixture
def here(sandbox: Sandbox) -> dict[str, str]:
    """The variables that point the command at the sandbox."""
    return {
        "TOKCHECK_FITBIT_URL": sandbox.url,
        "TOKCHECK_GOOGLE_HEALTH_URL": sandbox.url,
        "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
    }


@pytest.fixture
def kept(run: Run, tmp_path: Path) -> "Iterator[AccountStore]":
    """An empty data folder and a sandbox of its own, whose faults and counts nobody else sees."""
    from tests.support.cli.account_store import AccountStore  # noqa: PLC0415 - it imports this file

    with serve_in_thread() as started:
        env = {
            "TOKCHECK_FITBIT_URL": started.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": started.url,
            "TOKCHECK_GOOGLE_OAUTH_URL": started.url,
            "TOKCHECK_HOME": str(tmp_path / "home"),
        }
        yield AccountStore(tmp_path / "home", started.state, run, env)
