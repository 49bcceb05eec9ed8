"""Fresh tokens for many accounts at once, on asyncio."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from types import TracebackType
from typing import Self

from tokcheck.accounts.disk import Disk
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh import PATIENCE_SECONDS, holder
from tokcheck.accounts.renewal import Ask, Change, Do, Means, Step, renewing
from tokcheck.accounts.store import Store
from tokcheck.core.flow import drive_async
from tokcheck.providers.base import Provider, Request, Response

SendAsync = Callable[[Provider, Request], Awaitable[Response]]


class AsyncRefresher:
    """Refreshes accounts as :class:`~tokcheck.accounts.refresh.Refresher` does, without blocking.

    An asynchronous context manager, which owns the thread that works on the disk.
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
        self._disk = Disk(store)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._disk.close()

    async def fresh(self, name: str, lead: float) -> Grant:
        """Return an account's grant with an access token that lives for over ``lead`` seconds.

        Refreshes and raises as :meth:`tokcheck.accounts.refresh.Refresher.fresh` does.
        """
        seen = await self._disk.look(lambda: self._store.standing(name))
        if seen.rests(lead, self._now()):
            return seen.grant
        with closing(renewing(self._means, seen, lead)) as flow:  # and with it the account's lock
            return await drive_async(flow, self._perform)

    async def _perform(self, step: Step) -> object:
        if isinstance(step, Change):
            return await self._disk.change(step.work)
        if isinstance(step, Do):
            return await self._disk.look(step.work)
        if isinstance(step, Ask):
            return await self._send(step.provider, step.request)
        await self._pause(step.seconds)
        return None
