"""Fresh tokens for many accounts at once, on asyncio."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import TracebackType
from typing import Self, TypeVar

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh import PATIENCE_SECONDS, holder
from tokcheck.accounts.renewal import Ask, Do, Means, Step, renewing
from tokcheck.accounts.store import Store
from tokcheck.check import drive_async
from tokcheck.providers.base import Provider, Request, Response

_Result = TypeVar("_Result")

SendAsync = Callable[[Provider, Request], Awaitable[Response]]


class AsyncRefresher:
    """Refreshes accounts as :class:`~tokcheck.accounts.refresh.Refresher` does, without blocking.

    An asynchronous context manager, which owns the one thread that works on the disk: a sync
    takes its time, and the loop has others to serve.
    """

    def __init__(
        self,
        store: Store,
        providers: Mapping[str, Provider],
        send: SendAsync,
        now: Callable[[], float] = time.time,
        *,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._send = send
        self._now = now
        self._pause = pause
        self._means = Means(store, providers, now, timer, patience, holder())
        self._thread = ThreadPoolExecutor(1, "tokcheck-store")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.shutdown()

    async def fresh(self, name: str, lead: float) -> Grant:
        """Return an account's grant with an access token that lives for over ``lead`` seconds.

        Refreshes and raises as :meth:`tokcheck.accounts.refresh.Refresher.fresh` does.
        """
        seen = await self._aside(lambda: self._store.standing(name))
        if seen.rests(lead, self._now()):
            return seen.grant
        with closing(renewing(self._means, seen, lead)) as flow:  # and with it the account's lock
            return await drive_async(flow, self._perform)

    async def _perform(self, step: Step) -> object:
        if isinstance(step, Do):
            return await self._aside(step.work)
        if isinstance(step, Ask):
            return await self._send(step.provider, step.request)
        await self._pause(step.seconds)
        return None

    async def _aside(self, work: Callable[[], _Result]) -> _Result:
        """Do work on the disk in the thread; whoever is cancelled waits for its end.

        Otherwise the lock of an account would be released under a write that still runs.
        """
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise
