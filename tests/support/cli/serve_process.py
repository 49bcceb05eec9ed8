"""``tokcheck serve`` as a process in the background of a test."""

import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cli.processes import Piped

_PATIENCE = 60.0  # seconds for a line to come; more than a busy machine needs


class Serving(NamedTuple):
    """A running exporter; ``log`` holds the lines read from it so far."""

    process: Piped
    url: str
    log: list[str]

    def get(self, path: str = "/metrics") -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def body(self, path: str) -> str:
        """Return the body of the response, also of an error."""
        try:
            return self.get(path)
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()

    def wait_for(self, *texts: str) -> str:
        """Read lines until each text has been in one of them, in any order; return the last."""
        awaited = set(texts)
        patience = threading.Timer(_PATIENCE, self.process.kill)
        patience.start()
        try:
            for line in self.process.stderr:
                self.log.append(line)
                awaited = {one for one in awaited if one not in line}
                if not awaited:
                    return line
        finally:
            patience.cancel()
        raise AssertionError(f"it ended without printing {sorted(awaited)}")

    def wait_for_samples(self, *samples: str, within: float = 20) -> str:
        """Scrape until all of these samples are there; return that scrape."""
        deadline = time.monotonic() + within
        while True:
            metrics = self.get()
            missing = [sample for sample in samples if sample not in metrics]
            if not missing:
                return metrics
            assert time.monotonic() < deadline, f"it never showed {missing}"

    def wait_for_exit(self, within: float = 10) -> int:
        """Wait until it has ended by itself, complete the log, and return the exit code."""
        code = self.process.wait(within)
        self.log.extend(self.process.stderr)
        return code


Serve = Callable[..., Serving]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def serve_env(sandbox_env: dict[str, str], home: Path) -> dict[str, str]:
    """The variables that point the command at the sandbox and at a data folder of its own."""
    return {**sandbox_env, "TOKCHECK_HOME": str(home)}


@pytest.fixture
def serve(serve_env: dict[str, str]) -> Iterator[Serve]:
    """Start ``tokcheck serve`` on any free port; stop it at the end of the test."""
    started: list[Piped] = []

    def start(*words: str, env: dict[str, str] | None = None) -> Serving:
        process = Piped(
            ["serve", "--listen", "127.0.0.1:0", *words],
            {**os.environ, **serve_env, **(env or {})},
        )
        process.stdin.close()
        started.append(process)
        serving = Serving(process, "", [])
        return serving._replace(url=serving.wait_for("Listening on").split()[-1])

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=20)
