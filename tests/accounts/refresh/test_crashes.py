"""A process that ends at any step of a refresh, and the one that comes after it."""

import asyncio
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from tests.support.accounts.failing_sqlite import Crash, Steps, stepping_connection
from tests.support.accounts.fake_token_endpoint import Clock, FakeTokenEndpoint
from tokcheck.accounts.refresh.async_refresher import AsyncRefresher
from tokcheck.accounts.refresh.refresher import Refresher
from tokcheck.accounts.store.store import Store
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

NAMES = ("ann", "bo", "cy")


class Life:
    """One process: it refreshes, uses the new token, and ends at one of its steps."""

    def __init__(self, folder: Path, bank: FakeTokenEndpoint, crash_at: int | None = None) -> None:
        self.folder = folder
        self.bank = bank
        self.steps = Steps(crash_at)

    def send(self, provider: Provider, request: Request) -> Response:
        self.steps.step()
        answer = self.bank.send(provider, request)
        self.steps.step()
        return answer

    def refresh(self, lead: float) -> bool:
        """Refresh and use the token; tell whether the process lived to see the end."""
        clock = self.bank.clock
        with Store(self.folder, connection=stepping_connection(self.steps)) as store:
            refresher = Refresher(
                store, REGISTRY, self.send, clock.now, timer=clock.now, pause=clock.pause
            )
            self.steps.counting = True
            try:
                grant = refresher.fresh("kim", lead)
                self.steps.step()
                self.bank.use(grant.access)
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
            self.bank.use((await refresher.fresh(name, 300)).access)
            self.steps.step()

        async def all_of_them(store: Store) -> list[BaseException | None]:
            clock = self.bank.clock
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
    """Begin anew, with a store of one account and the bank that knows it."""

    def anew() -> FakeTokenEndpoint:
        bank = FakeTokenEndpoint(Clock())
        with Store(folder) as store:
            store.put(bank.grant("kim", left=100))
        return bank

    return anew


def steps_of(folder: Path, bank: FakeTokenEndpoint, lead: float) -> int:
    life = Life(folder, bank)
    assert life.refresh(lead)
    return life.steps.done


def holds(folder: Path, bank: FakeTokenEndpoint) -> None:
    """See that the next process finishes what is left, and that the grant works on and on."""
    assert Life(folder, bank).refresh(300)
    with Store(folder) as store:
        standing = store.account("kim")
        assert (None, None) == (standing.intent, standing.broken)
        assert bank.knows(standing.grant)
    assert Life(folder, bank).refresh(inf)


def test_no_crash_at_any_step_loses_the_grant(folder: Path, begin: Begin) -> None:
    count = steps_of(folder, begin(), 300)
    assert 20 < count < 60
    repeated = 0
    for crash_at in range(count):
        bank = begin()
        assert not Life(folder, bank, crash_at).refresh(300)
        before = len(bank.requests)
        bank.clock.seconds += 1
        holds(folder, bank)
        repeated += before == 1 and bank.requests[0] == bank.requests[1]
    assert repeated > 5  # between the request and the end of the commit


def test_nor_does_a_second_crash_while_the_first_is_mended(folder: Path, begin: Begin) -> None:
    count = steps_of(folder, begin(), 300)
    for first in range(count // 2, count):
        for second in range(0, count, 3):
            bank = begin()
            Life(folder, bank, first).refresh(300)
            Life(folder, bank, second).refresh(300)
            holds(folder, bank)


def test_no_crash_loses_one_of_several_grants_that_are_refreshed_at_once(folder: Path) -> None:
    def begun() -> FakeTokenEndpoint:
        bank = FakeTokenEndpoint(Clock())
        with Store(folder) as store:
            for name in NAMES:
                store.put(bank.grant(name, left=100))
        return bank

    whole = Life(folder, begun())
    assert whole.refresh_together()
    assert 20 < whole.steps.done < 150
    crashed = repeated = 0
    for crash_at in range(whole.steps.done):
        bank = begun()
        crashed += not Life(folder, bank, crash_at).refresh_together()
        before = len(bank.requests)
        bank.clock.seconds += 1
        assert Life(folder, bank).refresh_together()
        with Store(folder) as store:
            for standing in store.accounts():
                assert (None, None) == (standing.intent, standing.broken)
                assert bank.knows(standing.grant)
        repeated += any(request in bank.requests[:before] for request in bank.requests[before:])
    # How many of six changes come together differs, and each transaction less has two steps less.
    assert crashed > whole.steps.done - 12
    assert repeated > 5


def test_a_crash_before_the_commit_shows_nobody_the_new_token(folder: Path, begin: Begin) -> None:
    for crash_at in range(steps_of(folder, begin(), 300)):
        bank = begin()
        Life(folder, bank, crash_at).refresh(300)
        used = bank.spent_answers()
        with Store(folder) as store:
            access = store.grant("kim").access.reveal()
        assert used <= {access}
