"""``tokcheck serve`` as a process that runs while a test looks at it."""

import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.forked import Piped


class Serving(NamedTuple):
    """A running exporter."""

    process: Piped
    url: str

    def get(self, path: str = "/metrics") -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def until(self, *said: str) -> str:
        """Read what it says until lines held each of these, in any order; return the last."""
        awaited = set(said)
        for line in self.process.stderr:
            awaited = {one for one in awaited if one not in line}
            if not awaited:
                return line
        raise AssertionError(f"it ended without saying {sorted(awaited)}")


Serve = Callable[..., Serving]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def there(here: dict[str, str], home: Path) -> dict[str, str]:
    """The variables that point the command at the sandbox and at a data folder of its own."""
    return {**here, "TOKCHECK_HOME": str(home)}


@pytest.fixture
def serve(there: dict[str, str]) -> Iterator[Serve]:
    """Start ``tokcheck serve`` on any free port; it is ended at the end of the test."""
    started: list[Piped] = []

    def start(*words: str, env: dict[str, str] | None = None) -> Serving:
        process = Piped(
            ["serve", "--listen", "127.0.0.1:0", *words], {**os.environ, **there, **(env or {})}
        )
        started.append(process)
        told = Serving(process, "").until("Listening on")
        return Serving(process, told.split()[-1])

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=20)
