"""Many accounts refreshed at once, for somebody who waits and may press Ctrl-C."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.async_refresher import AsyncRefresher
from tokcheck.accounts.store.store import Store
from tokcheck.cli.shared.account_store import TIMEOUT_SECONDS
from tokcheck.core.errors import TokcheckError
from tokcheck.providers import REGISTRY
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import resolve

_AT_ONCE = 4

Result = Grant | TokcheckError


async def refreshed(
    store: Store, names: Sequence[str], lead: float, environment: Mapping[str, str]
) -> AsyncGenerator[tuple[str, Result], None]:
    """Refresh accounts as :meth:`AsyncRefresher.fresh` does, and yield each as it is, in order.

    Whoever stops early, as by Ctrl-C, waits for the answers that are on their way: they are still
    written down. Nothing is tried again then, and no other account is begun.
    """
    over = asyncio.Event()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def pause(seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await over.wait()
        except TimeoutError:
            return
        raise asyncio.CancelledError

    async def one(refresher: AsyncRefresher, name: str) -> Result:
        async with turns:
            if over.is_set():
                raise asyncio.CancelledError
            try:
                return await refresher.fresh(name, lead)
            except TokcheckError as error:
                return error

    async with (
        AsyncNet(
            resolve(REGISTRY, environment),
            timeout=TIMEOUT_SECONDS,
            pause=asyncio.sleep,
            connections=_AT_ONCE,
        ) as net,
        AsyncRefresher(store, REGISTRY, net.send, pause=pause) as refresher,
    ):
        tasks = [asyncio.create_task(one(refresher, name)) for name in names]
        try:
            for name, task in zip(names, tasks, strict=True):
                yield name, await asyncio.shield(task)
        finally:
            over.set()
            await asyncio.wait(tasks)
