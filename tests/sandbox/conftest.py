import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread

START = 1_780_000_000.0


class SandboxClock:
    """A clock that moves only when a test says so."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock()


@pytest.fixture
def state(clock: SandboxClock) -> SandboxState:
    return SandboxState(now=clock, random=random.Random(7))


@pytest.fixture
def sandbox(state: SandboxState) -> Iterator[Sandbox]:
    with serve_in_thread(state, slow_seconds=0.0) as served:
        yield served


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url) as client:
        yield client


Get = Callable[..., httpx.Response]


@pytest.fixture
def get(http: httpx.Client) -> Get:
    def get_with_token(path: str, token: str) -> httpx.Response:
        return http.get(path, headers={"Authorization": f"Bearer {token}"})

    return get_with_token
