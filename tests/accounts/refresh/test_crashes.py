"""A process that ends at any step of a refresh, and the one that comes after it."""

import asyncio
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from tests.support.accounts.failing_sqlite import Crash, Steps, stepping_connection
from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tokcheck.accounts.refresh import AsyncRefresher, Refresher
from tokcheck.accounts.store import Store
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

NAMES = ("ann", "bo", "cy")


class Life:
    """One process: it refreshes, uses the new token, and ends at one of its steps."""

    def __init__(
        self, folder: Path, token_endpoint: FakeTokenEndpoint, crash_at: int | None = None
    ) -> None:
        self.folder = folder
        self.token_endpoint = token_endpoint
        self.steps = Steps(crash_at)

    def send(self, provider: Provider, request: Request) -> Response:
        self.steps.step()
        answer = self.token_endpoint.send(provider, request)
        self.steps.step()
        return answer

    def refresh(self, min_ttl: float) -> bool:
        """Refresh and use the token; return whether the process ran to the end."""
        clock = self.token_endpoint.clock
        with Store(self.folder, connection=stepping_connection(self.steps)) as store:
            refresher = Refresher(
                store, REGISTRY, self.send, clock.now, timer=clock.now, pause=clock.pause
            )
            self.steps.counting = True
            try:
                grant = refresher.fresh_grant("kim", min_ttl)
                self.steps.step()
                self.token_endpoint.use(grant.access)
                self.steps.step()
            except Crash:
                return False
            finally:
                self.steps.counting = False
        return True

    def refresh_together(self) -> bool:
        """Refresh several accounts at once and use their tokens, until the same end."""

        async def send(provider: Provider, request: Request) -> Response:
            return self.send(provider, request)

        async def one(refresher: AsyncRefresher, name: str) -> None:
            self.token_endpoint.use((await refresher.fresh_grant(name, 300)).access)
            self.steps.step()

        async def all_of_them(store: Store) -> list[BaseException | None]:
            clock = self.token_endpoint.clock
            async with AsyncRefresher(
                store, REGISTRY, send, clock.now, timer=clock.now, pause=clock.pause_async
            ) as refresher:
                self.steps.counting = True
                ends = await asyncio.gather(
                    *(one(refresher, name) for name in NAMES), return_exceptions=True
                )
                self.steps.counting = False
            return ends

        with Store(self.folder, connection=stepping_connection(self.steps)) as store:
            ends = asyncio.run(all_of_them(store))
        assert {Crash, type(None)} >= {type(end) for end in ends}
        return ends == [None] * len(NAMES)


Begin = Callable[[], FakeTokenEndpoint]


@pytest.fixture
def begin(folder: Path) -> Begin:
    """Return a function that starts over: a store of one account and its token endpoint."""

    def anew() -> FakeTokenEndpoint:
        token_endpoint = FakeTokenEndpoint(FakeClock())
        with Store(folder) as store:
            store.put(token_endpoint.grant("kim", left=100))
        return token_endpoint

    return anew


def count_steps(folder: Path, token_endpoint: FakeTokenEndpoint, min_ttl: float) -> int:
    life = Life(folder, token_endpoint)
    assert life.refresh(min_ttl)
    return life.steps.done


def assert_recovers(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    """Assert that the next process finishes the refresh, and that the grant still works."""
    assert Life(folder, token_endpoint).refresh(300)
    with Store(folder) as store:
        standing = store.account("kim")
        assert (None, None) == (standing.intent, standing.broken)
        assert token_endpoint.knows(standing.grant)
    assert Life(folder, token_endpoint).refresh(inf)


def test_no_crash_at_any_step_loses_the_grant(folder: Path, begin: Begin) -> None:
    count = count_steps(folder, begin(), 300)
    assert 20 < count < 60
    repeated = 0
    for crash_at in range(count):
        token_endpoint = begin()
        assert not Life(folder, token_endpoint, crash_at).refresh(300)
        before = len(token_endpoint.requests)
        token_endpoint.clock.seconds += 1
        assert_recovers(folder, token_endpoint)
        repeated += before == 1 and token_endpoint.requests[0] == token_endpoint.requests[1]
    assert repeated > 5  # between the request and the end of the commit


def test_no_second_crash_during_recovery_loses_the_grant(folder: Path, begin: Begin) -> None:
    count = count_steps(folder, begin(), 300)
    for first in range(count // 2, count):
        for second in range(0, count, 3):
            token_endpoint = begin()
            Life(folder, token_endpoint, first).refresh(300)
            Life(folder, token_endpoint, second).refresh(300)
            assert_recovers(folder, token_endpoint)


def test_no_crash_loses_one_of_several_concurrent_refreshes(folder: Path) -> None:
    def start_over() -> FakeTokenEndpoint:
        token_endpoint = FakeTokenEndpoint(FakeClock())
        with Store(folder) as store:
            for name in NAMES:
                store.put(token_endpoint.grant(name, left=100))
        return token_endpoint

    whole = Life(folder, start_over())
    assert whole.refresh_together()
    assert 20 < whole.steps.done < 150
    crashed = repeated = 0
    for crash_at in range(whole.steps.done):
        token_endpoint = start_over()
        crashed += not Life(folder, token_endpoint, crash_at).refresh_together()
        before = len(token_endpoint.requests)
        token_endpoint.clock.seconds += 1
        assert Life(folder, token_endpoint).refresh_together()
        with Store(folder) as store:
            for standing in store.accounts():
                assert (None, None) == (standing.intent, standing.broken)
                assert token_endpoint.knows(standing.grant)
        repeated += any(
            request in token_endpoint.requests[:before]
            for request in token_endpoint.requests[before:]
        )
    # How many of six changes come together differs, and each transaction less has two steps less.
    assert crashed > whole.steps.done - 12
    assert repeated > 5


def test_a_crash_before_the_commit_exposes_no_new_token(folder: Path, begin: Begin) -> None:
    for crash_at in range(count_steps(folder, begin(), 300)):
        token_endpoint = begin()
        Life(folder, token_endpoint, crash_at).refresh(300)
        used = token_endpoint.used_access_tokens()
        with Store(folder) as store:
            access = store.grant("kim").access.reveal()
        assert used <= {access}
