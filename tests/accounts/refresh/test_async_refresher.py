"""Concurrent refreshes on asyncio; the disk never blocks the event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts.fake_token_endpoint import (
    FakeClock,
    FakeTokenEndpoint,
    dropped_connection,
    invalid_grant_response,
)
from tokcheck.accounts.errors import GrantError
from tokcheck.accounts.grant import Intent
from tokcheck.accounts.refresh import AsyncRefresher
from tokcheck.accounts.refresh.async_refresher import SendAsync
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.accounts.store import AccountLock, Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

Pause = Callable[[float], Awaitable[None]]


def make_async_refresher(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    send: SendAsync | None = None,
    pause: Pause | None = None,
) -> AsyncRefresher:
    clock = token_endpoint.clock
    return AsyncRefresher(
        store,
        REGISTRY,
        send or token_endpoint.send_async,
        clock.now,
        timer=clock.now,
        pause=pause or clock.pause_async,
    )


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_many_accounts_are_refreshed_at_once(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    names = [f"kim {number}" for number in range(20)]
    for name in names:
        store.put(token_endpoint.grant(name, left=0))

    async def work() -> None:
        async with make_async_refresher(store, token_endpoint) as refresher:
            grants = await asyncio.gather(*(refresher.fresh_grant(name, 300) for name in names))
            again = await asyncio.gather(*(refresher.fresh_grant(name, 300) for name in names))
        assert names == [grant.name for grant in grants]
        assert [g.access.fingerprint for g in grants] == [g.access.fingerprint for g in again]

    run(work())
    assert 20 == len(token_endpoint.requests)
    assert all(token_endpoint.would_refresh(grant) for grant in store.grants())


def test_concurrent_calls_for_one_account_refresh_it_once(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    store.put(token_endpoint.grant("kim", left=0))

    async def send(provider: Provider, request: Request) -> Response:
        await asyncio.sleep(0.05)
        return token_endpoint.send(provider, request)

    async def work() -> set[str]:
        async with make_async_refresher(store, token_endpoint, send, asyncio.sleep) as refresher:
            grants = await asyncio.gather(*(refresher.fresh_grant("kim", 300) for _ in range(10)))
        return {grant.access.fingerprint for grant in grants}

    assert (
        {store.grant("kim").access.fingerprint}
        != run(work())
        == {store.grant("kim").access.fingerprint}
    )
    assert 1 == len(token_endpoint.requests)


def test_errors_and_pauses_equal_those_of_the_synchronous_driver(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, clock: FakeClock
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [dropped_connection(), invalid_grant_response("x" * 64)]

    async def work() -> None:
        async with make_async_refresher(store, token_endpoint) as refresher:
            with pytest.raises(GrantError):
                await refresher.fresh_grant("kim", inf)

    run(work())
    assert [0.5] == clock.pauses
    assert store.account("kim").broken is not None


def test_the_disk_never_blocks_the_event_loop(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim", left=0))
    main = threading.get_ident()
    on_main_thread: set[bool] = set()

    class Recording(Store):
        def begin(self, name: str, intent: Intent) -> bool:
            on_main_thread.add(threading.get_ident() == main)
            return super().begin(name, intent)

    async def work() -> None:
        with Recording(folder) as looking:
            async with make_async_refresher(looking, token_endpoint) as refresher:
                await refresher.fresh_grant("kim", 300)

    run(work())
    assert {False} == on_main_thread


def test_a_cancelled_refresh_leaves_the_intent_and_releases_the_lock(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    sent = asyncio.Event()

    async def send(provider: Provider, request: Request) -> Response:
        token_endpoint.send(provider, request)  # carried out, but the answer comes too late
        sent.set()
        await asyncio.sleep(60)
        raise AssertionError

    async def work() -> None:
        async with make_async_refresher(store, token_endpoint, send) as refresher:
            task = asyncio.create_task(refresher.fresh_grant("kim", 300))
            await sent.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert store.account("kim").intent is not None
        async with make_async_refresher(store, token_endpoint) as refresher:
            assert token_endpoint.would_refresh(await refresher.fresh_grant("kim", 300))

    run(work())
    assert token_endpoint.requests[0] == token_endpoint.requests[1]


def test_work_on_the_disk_ends_before_a_cancelled_caller_does(
    token_endpoint: FakeTokenEndpoint, folder: Path
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim", left=0))
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Store):
        def begin(self, name: str, intent: Intent) -> bool:
            begun.set()
            assert go_on.wait(10)
            return super().begin(name, intent)

    async def work(store: Store) -> None:
        async with make_async_refresher(store, token_endpoint) as refresher:
            task = asyncio.create_task(refresher.fresh_grant("kim", 300))
            await asyncio.to_thread(begun.wait)
            task.cancel()
            await asyncio.sleep(0)
            assert not AccountLock(folder, "kim").take()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            lock = AccountLock(folder, "kim")
            assert lock.take()
            lock.release()

    with Slow(folder) as slow:
        run(work(slow))
    assert [] == token_endpoint.requests
    with Store(folder) as store:
        assert store.account("kim").intent is not None


def test_recovery_files_of_several_accounts_are_made_at_once(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"kim {number}" for number in range(4)]
    for name in names:
        store.put(token_endpoint.grant(name, left=0))
    all_are_syncing = threading.Barrier(len(names))

    def reserve(_file: RecoveryFile) -> None:
        all_are_syncing.wait(30)

    monkeypatch.setattr(RecoveryFile, "reserve", reserve)

    async def work() -> None:
        async with make_async_refresher(store, token_endpoint) as refresher:
            await asyncio.gather(*(refresher.fresh_grant(name, 300) for name in names))

    run(work())
    assert 4 == len(token_endpoint.requests)


def test_an_account_stays_locked_while_its_recovery_file_is_made(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    disk, begun = threading.Event(), threading.Event()

    def reserve(_file: RecoveryFile) -> None:
        begun.set()
        disk.wait(30)

    monkeypatch.setattr(RecoveryFile, "reserve", reserve)

    async def work() -> None:
        async with make_async_refresher(store, token_endpoint) as refresher:
            refresh = asyncio.create_task(refresher.fresh_grant("kim", 300))
            await asyncio.to_thread(begun.wait, 30)
            refresh.cancel()
            await asyncio.sleep(0)
            assert store.lock("kim").is_taken()
            disk.set()
            with pytest.raises(asyncio.CancelledError):
                await refresh
            assert not store.lock("kim").is_taken()

    run(work())
    assert [] == token_endpoint.requests
