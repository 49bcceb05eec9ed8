"""Fixtures for accounts: a clock, a fake token endpoint, a store and refreshers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.providers import REGISTRY

MakeRefresher = Callable[..., Refresher]
OpenStore = Callable[[], GrantStore]


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


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request: pytest.FixtureRequest, folder: Path) -> OpenStore:
    """Return a function that opens the store, in a file or in a database: both do the same.

    Each call opens it again, as another process does.
    """
    if request.param == "sqlite":
        return lambda: Store(folder)
    return request.getfixturevalue("open_postgres_store")  # type: ignore[no-any-return] # a fixture


@pytest.fixture
def open_postgres_store(database_url: str, folder: Path) -> OpenStore:
    """Return a function that opens the store of a database of the test's own, encrypted."""
    from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: PLC0415
    from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey  # noqa: PLC0415
    from tokcheck.storage.postgres.database_address import (  # noqa: PLC0415 - not everywhere
        parse_database_address,
    )

    address = parse_database_address(database_url, {})
    return lambda: PostgresStore(address, folder, key=EncryptionKey(bytes(range(32))))


@pytest.fixture
def store(open_store: OpenStore) -> Iterator[GrantStore]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def make_refresher(token_endpoint: FakeTokenEndpoint, clock: FakeClock) -> MakeRefresher:
    """Return a function that makes a refresher of a store, with the fake token endpoint."""

    def make(store: GrantStore, patience: float = 30.0, **environment: str) -> Refresher:
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
