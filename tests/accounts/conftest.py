"""Fixtures for accounts: a clock, a fake token endpoint, a store and refreshers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store import Store
from tokcheck.providers import REGISTRY

MakeRefresher = Callable[..., Refresher]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def token_endpoint(clock: FakeClock) -> FakeTokenEndpoint:
    return FakeTokenEndpoint(clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder, which does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(folder) as opened:
        yield opened


@pytest.fixture
def make_refresher(token_endpoint: FakeTokenEndpoint, clock: FakeClock) -> MakeRefresher:
    """Return a function that makes a refresher of a store, with the fake token endpoint."""

    def make(store: Store, patience: float = 30.0, **environment: str) -> Refresher:
        return Refresher(
            store,
            REGISTRY,
            token_endpoint.send,
            clock.now,
            timer=clock.now,
            pause=clock.pause,
            patience=patience,
            environment=environment,
        )

    return make
