"""Refresh many accounts at once, for a caller that may be interrupted."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.async_refresher import AsyncRefresher, SendAsync
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import TokcheckError
from tokcheck.providers.base import Provider

MOST_AT_ONCE = 4

Result = Grant | TokcheckError


async def refresh_many(
    store: GrantStore,
    providers: Mapping[str, Provider],
    send: SendAsync,
    names: Sequence[str],
    min_ttl: float,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncGenerator[tuple[str, Result], None]:
    """Refresh accounts like :meth:`AsyncRefresher.fresh_grant`, and yield each result in order.

    At most ``MOST_AT_ONCE`` refreshes run at once. Closing the generator early, as Ctrl-C does,
    waits for the responses to requests already sent and stores them; it repeats no request and
    starts no other refresh.
    """
    is_stopped = asyncio.Event()
    slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def pause(seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await is_stopped.wait()
            raise asyncio.CancelledError

    async def refresh(refresher: AsyncRefresher, name: str) -> Result:
        async with slots:
            if is_stopped.is_set():
                raise asyncio.CancelledError
            try:
                return await refresher.fresh_grant(name, min_ttl)
            except TokcheckError as error:
                return error

    async with AsyncRefresher(
        store, providers, send, pause=pause, environment=environment
    ) as refresher:
        tasks = [asyncio.create_task(refresh(refresher, name)) for name in names]
        try:
            for name, task in zip(names, tasks, strict=True):
                yield name, await asyncio.shield(task)
        finally:
            is_stopped.set()
            await asyncio.wait(tasks)
