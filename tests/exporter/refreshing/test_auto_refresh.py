"""Automatic refresh: each grant before its expiry, few at once, and the effect of polls."""

import asyncio
from math import inf

import pytest

from tests.support.exporter.fake_auto_refresh import (
    AT,
    LIFE,
    AutoRefreshHarness,
    harness_with_anna,
    unreachable_error,
    watched_account,
    yield_to_tasks,
)
from tests.support.tokens import FITBIT
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import stored_grant
from tokcheck.exporter.state import RefreshResult

pytestmark = pytest.mark.anyio
OTHER = Secret(FITBIT)
SUCCESS = RefreshResult.SUCCESS


@pytest.fixture
def harness() -> AutoRefreshHarness:
    """Make an automatic refresh with one account that has just been logged in."""
    return harness_with_anna()


async def test_a_grant_is_refreshed_before_each_expiry(harness: AutoRefreshHarness) -> None:
    await harness.advance(4 * LIFE)
    assert [("anna", SUCCESS)] * 4 == harness.ended
    for request in harness.requests:
        assert request.ends is not None
        assert 300 <= request.ends - request.at <= 900
        assert request.ends - request.at < request.min_ttl <= request.ends - request.at + 1, (
            "just enough"
        )
    assert [] == harness.log


async def test_a_token_that_has_expired_is_refreshed_at_once() -> None:
    harness = AutoRefreshHarness()
    harness.login("anna", expires_at=AT - 3_600)
    harness.poll()
    await harness.advance(0)
    assert [("anna", SUCCESS)] == harness.ended
    assert [1.0] == [request.min_ttl for request in harness.requests]


async def test_an_abandoned_refresh_is_finished_even_if_the_token_is_valid(
    harness: AutoRefreshHarness,
) -> None:
    harness.poll(begun_at=AT)
    assert AT + 30 == harness.auto_refresh.next_at
    await harness.advance(30)
    assert [0.0] == [request.min_ttl for request in harness.requests], (
        "or a valid token would be discarded"
    )


async def test_a_token_of_unknown_lifetime_is_refreshed() -> None:
    harness = AutoRefreshHarness(life=None)
    harness.login("anna")
    harness.poll()
    await harness.advance(3_600)
    assert [("anna", SUCCESS)] * 2 == harness.ended
    assert [0.0, 0.0] == [request.min_ttl for request in harness.requests]


async def test_concurrent_refreshes_are_bounded_and_all_are_done() -> None:
    harness = AutoRefreshHarness(at_once=3)
    doors = {f"p{n}": asyncio.Event() for n in range(8)}
    for name, door in doors.items():
        harness.login(name, expires_at=AT)
        harness.outcomes[name] = [door]
        harness.poll(name)
    await harness.run_due()
    assert 3 == len(harness.under_way)
    assert (True, inf) == (harness.auto_refresh.busy, harness.auto_refresh.next_at), (
        "no more may start"
    )
    while harness.auto_refresh.busy:
        doors[harness.under_way[0]].set()
        await yield_to_tasks()
        harness.begin()
        await yield_to_tasks()
    assert (3, 8) == (harness.most, len(harness.ended))
    assert {(name, SUCCESS) for name in doors} == set(harness.ended)


async def test_a_slow_refresh_delays_no_other() -> None:
    harness, door = AutoRefreshHarness(at_once=2), asyncio.Event()
    for name in ("anna", "bo", "cleo"):
        harness.login(name, expires_at=AT)
        harness.poll(name)
    harness.outcomes["anna"] = [door]
    for _ in range(3):
        await harness.run_due()
    assert ["anna"] == harness.under_way
    assert {("bo", SUCCESS), ("cleo", SUCCESS)} == set(harness.ended)
    door.set()
    await harness.auto_refresh.wait_idle()


async def test_has_fetched_is_true_for_its_own_tokens(harness: AutoRefreshHarness) -> None:
    def has_fetched() -> bool:
        grant = harness.grants["anna"]
        return harness.auto_refresh.has_fetched(watched_account(grant, stored_grant(grant)))

    assert not has_fetched(), "a login put it there"
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    assert has_fetched()
    harness.poll()
    assert has_fetched()
    harness.now += 1
    harness.login("anna")
    assert not has_fetched()
    harness.poll()
    assert not has_fetched()
    harness.auto_refresh.forget("anna")
    assert not has_fetched()


async def test_a_refresh_of_another_process_is_not_counted(
    harness: AutoRefreshHarness,
) -> None:
    harness.elsewhere = {"anna"}
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    assert [("anna", None)] == harness.ended
    assert harness.auto_refresh.next_at >= harness.now + LIFE - 900
    assert [] == harness.log


async def test_a_poll_that_began_before_the_refresh_changes_nothing(
    harness: AutoRefreshHarness,
) -> None:
    before = harness.grants["anna"]
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    at = harness.auto_refresh.next_at
    harness.poll(grant=before)
    assert at == harness.auto_refresh.next_at
    harness.poll()
    assert at == harness.auto_refresh.next_at, "and so does the one that shows what it brought"
    await harness.advance(LIFE)
    assert 2 == len(harness.requests)


async def test_a_poll_may_return_the_new_token_before_the_refresh_ends(
    harness: AutoRefreshHarness,
) -> None:
    door = asyncio.Event()
    harness.outcomes["anna"] = [door]
    await harness.run_due()
    new = harness.grants["anna"]._replace(
        access=OTHER, obtained_at=harness.now, expires_at=harness.now + LIFE
    )
    harness.poll(grant=new)
    await harness.run_due()
    assert ["anna"] == harness.under_way, "it is not started twice"
    harness.outcomes["anna"] = []
    door.set()
    await harness.auto_refresh.wait_idle()
    assert [("anna", SUCCESS)] == harness.ended
    assert harness.auto_refresh.next_at > harness.now + LIFE - 901


async def test_a_new_token_from_elsewhere_moves_the_next_refresh(
    harness: AutoRefreshHarness,
) -> None:
    harness.now += LIFE - 901
    harness.login("anna")
    harness.poll()
    assert harness.auto_refresh.next_at > harness.now + LIFE - 901


async def test_polls_without_changes_keep_the_refresh_time(harness: AutoRefreshHarness) -> None:
    at = harness.auto_refresh.next_at
    for _ in range(20):
        harness.poll()
    assert at == harness.auto_refresh.next_at


@pytest.mark.parametrize("error", [None, unreachable_error()], ids=["refreshed", "failed"])
async def test_an_account_removed_during_its_refresh_stays_removed(
    harness: AutoRefreshHarness, error: Exception | None
) -> None:
    door = asyncio.Event()
    harness.outcomes["anna"] = [door] if error is None else [error]
    harness.now = harness.auto_refresh.next_at
    harness.begin()
    harness.auto_refresh.forget("anna")
    assert harness.auto_refresh.busy, "the next process must find what is in the store by then"
    door.set()
    await harness.auto_refresh.wait_idle()
    assert inf == harness.auto_refresh.next_at
    assert 1 == len(harness.ended)


async def test_an_account_added_again_during_its_refresh_is_independent_of_it(
    harness: AutoRefreshHarness,
) -> None:
    door = asyncio.Event()
    harness.outcomes["anna"] = [door]
    await harness.run_due()
    harness.auto_refresh.forget("anna")
    new = harness.login("anna", access=OTHER)
    harness.poll(grant=new)
    at = harness.auto_refresh.next_at
    assert new.expires_at is not None
    assert 300 <= new.expires_at - at <= 900
    door.set()
    await harness.auto_refresh.wait_idle()
    assert at == harness.auto_refresh.next_at, "the end of the old refresh plans nothing"


async def test_an_account_that_left_the_store_is_not_refreshed(
    harness: AutoRefreshHarness,
) -> None:
    harness.auto_refresh.watch(watched_account(harness.grants["anna"], None))
    assert inf == harness.auto_refresh.next_at
    harness.poll()
    assert harness.auto_refresh.next_at < inf


async def test_closing_waits_for_running_refreshes(harness: AutoRefreshHarness) -> None:
    door = asyncio.Event()
    harness.outcomes["anna"] = [door]
    await harness.run_due()
    closing = asyncio.create_task(harness.auto_refresh.aclose(60))
    await yield_to_tasks()
    assert not closing.done()
    door.set()
    await closing
    assert [("anna", SUCCESS)] == harness.ended
    assert (False, []) == (harness.auto_refresh.busy, harness.cut)


async def test_closing_cancels_refreshes_that_take_too_long() -> None:
    harness = AutoRefreshHarness()
    for name in ("anna", "bo"):
        harness.login(name, expires_at=AT)
        harness.poll(name)
    harness.outcomes["anna"] = [asyncio.Event()]
    await harness.run_due()
    await asyncio.wait_for(harness.auto_refresh.aclose(0), 10)
    assert (False, ["anna"]) == (harness.auto_refresh.busy, harness.cut)
    assert [("bo", SUCCESS)] == harness.ended, "a cancelled refresh has no result"
    await harness.auto_refresh.aclose(0)
    assert [] == harness.log
