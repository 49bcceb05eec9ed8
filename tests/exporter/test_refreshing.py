"""The exporter's refresher: whether the provider was asked, and which store is refreshed."""

import asyncio
from collections.abc import AsyncIterator
from math import inf
from pathlib import Path
from time import monotonic

import pytest

from tests.accounts.bank import Bank, Clock
from tests.exporter.storing import put
from tokcheck.accounts.fault import StoreError
from tokcheck.exporter.refreshing import Fresh, Refreshing
from tokcheck.providers import REGISTRY

pytestmark = pytest.mark.anyio


@pytest.fixture
def bank() -> Bank:
    return Bank(Clock())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def refreshing(home: Path, bank: Bank) -> Refreshing:
    clock = bank.clock
    return Refreshing(
        home, REGISTRY, bank.send_async, now=clock.now, timer=clock.now, pause=clock.pause_async
    )


def in_real_time(home: Path, bank: Bank) -> Refreshing:
    return Refreshing(
        home, REGISTRY, bank.send_async, now=bank.clock.now, timer=monotonic, pause=asyncio.sleep
    )


def take_away(home: Path) -> None:
    home.rename(home.with_name("away"))


@pytest.fixture
async def made(home: Path, bank: Bank) -> AsyncIterator[Refreshing]:
    made = refreshing(home, bank)
    yield made
    await made.aclose()


async def test_it_tells_whether_the_provider_was_asked(
    home: Path, bank: Bank, made: Refreshing
) -> None:
    put(home, bank.grant("kim", left=0))
    first = await made.fresh("kim", 300)
    again = await made.fresh("kim", 300)
    assert (True, False) == (first.asked, again.asked)
    assert first.grant.access.fingerprint == again.grant.access.fingerprint
    assert (await made.fresh("kim", inf)).asked


async def test_of_two_that_want_a_grant_one_has_asked(home: Path, bank: Bank) -> None:
    put(home, bank.grant("kim", left=0), bank.grant("bo", left=60_000))
    # Whoever waits for the other's work on the disk has to wait in real time.
    one, other = in_real_time(home, bank), in_real_time(home, bank)
    wanted = [one.fresh("kim", 300), other.fresh("kim", 300), one.fresh("bo", 300)]
    results: list[Fresh] = await asyncio.gather(*wanted)
    for each in (one, other):
        await each.aclose()
    assert [False, True] == sorted(result.asked for result in results[:2])
    assert not results[2].asked, "each task has its own answer"
    assert 1 == len(bank.requests)


async def test_a_store_that_was_replaced_is_opened_anew_and_one_that_is_gone_is_told(
    home: Path, bank: Bank, made: Refreshing
) -> None:
    put(home, bank.grant("kim"))
    await made.fresh("kim", 0)
    take_away(home)
    with pytest.raises(StoreError, match="is gone"):
        await made.fresh("kim", 0)
    put(home, bank.grant("bo"))
    assert "bo" == (await made.fresh("bo", 0)).grant.name
