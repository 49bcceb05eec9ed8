"""The exporter's refresher: whether a request was sent, and which store is refreshed."""

import asyncio
from collections.abc import AsyncIterator
from math import inf
from pathlib import Path

import pytest

from tests.support.accounts.fake_token_endpoint import FakeClock, FakeTokenEndpoint
from tests.support.exporter.sandbox_store import put
from tokcheck.accounts.errors import StoreError
from tokcheck.exporter.refreshing.store_refresher import FreshGrant, StoreRefresher
from tokcheck.providers import REGISTRY

pytestmark = pytest.mark.anyio


@pytest.fixture
def bank() -> FakeTokenEndpoint:
    return FakeTokenEndpoint(FakeClock())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def build_refresher(home: Path, bank: FakeTokenEndpoint) -> StoreRefresher:
    now = bank.clock.now
    # Waiting for another process's disk takes real time; the fake clock stands still.
    return StoreRefresher(home, REGISTRY, bank.send_async, now=now, timer=now, pause=asyncio.sleep)


def take_away(home: Path) -> None:
    home.rename(home.with_name("away"))


@pytest.fixture
async def refresher(home: Path, bank: FakeTokenEndpoint) -> AsyncIterator[StoreRefresher]:
    refresher = build_refresher(home, bank)
    yield refresher
    await refresher.aclose()


async def test_fresh_grant_reports_whether_a_request_was_sent(
    home: Path, bank: FakeTokenEndpoint, refresher: StoreRefresher
) -> None:
    put(home, bank.grant("kim", left=0))
    first = await refresher.fresh_grant("kim", 300)
    again = await refresher.fresh_grant("kim", 300)
    assert (True, False) == (first.request_sent, again.request_sent)
    assert first.grant.access.fingerprint == again.grant.access.fingerprint
    assert (await refresher.fresh_grant("kim", inf)).request_sent


async def test_of_two_concurrent_refreshes_one_sends_the_request(
    home: Path, bank: FakeTokenEndpoint, refresher: StoreRefresher
) -> None:
    put(home, bank.grant("kim", left=0), bank.grant("bo", left=60_000))
    other = build_refresher(home, bank)
    wanted = [
        refresher.fresh_grant("kim", 300),
        other.fresh_grant("kim", 300),
        refresher.fresh_grant("bo", 300),
    ]
    results: list[FreshGrant] = await asyncio.gather(*wanted)
    await other.aclose()
    assert [False, True] == sorted(result.request_sent for result in results[:2])
    assert not results[2].request_sent, "each task has its own answer"
    assert 1 == len(bank.requests)


async def test_a_replaced_store_is_reopened_and_a_missing_one_is_an_error(
    home: Path, bank: FakeTokenEndpoint, refresher: StoreRefresher
) -> None:
    put(home, bank.grant("kim"))
    await refresher.fresh_grant("kim", 0)
    take_away(home)
    with pytest.raises(StoreError, match="does not exist any more"):
        await refresher.fresh_grant("kim", 0)
    put(home, bank.grant("bo"))
    assert "bo" == (await refresher.fresh_grant("bo", 0)).grant.name
