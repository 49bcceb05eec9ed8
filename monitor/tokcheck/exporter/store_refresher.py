"""The store's own refresher, made when the first account needs it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.async_refresher import AsyncRefresher, SendAsync
from tokcheck.accounts.store.store import Store
from tokcheck.exporter.sources.store import OpenStore
from tokcheck.providers.base import Provider, Request, Response

_ASKED: ContextVar[bool] = ContextVar("tokcheck-refresh-asked")
"""Whether the refresh that a task makes has asked its provider."""


class Fresh(NamedTuple):
    """A grant whose token is fresh; ``asked`` tells whether its provider was asked for that here.

    Otherwise somebody else did it, or nothing was to be done.
    """

    grant: Grant
    asked: bool


class Refreshing:
    """Refreshes accounts of the store in the data folder ``home``; parameters as for its parts."""

    def __init__(
        self,
        home: Path,
        providers: Mapping[str, Provider],
        send: SendAsync,
        *,
        now: Callable[[], float],
        timer: Callable[[], float],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._open = OpenStore(home)
        self._made: tuple[Store, AsyncRefresher] | None = None
        self._making = asyncio.Lock()
        self._stack = AsyncExitStack()

        async def asking(provider: Provider, request: Request) -> Response:
            _ASKED.set(True)
            return await send(provider, request)

        def make(store: Store) -> AsyncRefresher:
            return AsyncRefresher(store, providers, asking, now, timer=timer, pause=pause)

        self._make = make

    async def fresh(self, name: str, lead: float) -> Fresh:
        """Return a grant with a token that lives for over ``lead`` seconds.

        Refreshes and raises as :meth:`tokcheck.accounts.refresh.Refresher.fresh` does. Each call
        needs a task of its own.
        """
        _ASKED.set(False)
        grant = await (await self._refresher()).fresh(name, lead)
        return Fresh(grant, _ASKED.get())

    async def aclose(self) -> None:
        """Close the store, when the disk has taken what is being written."""
        await self._stack.aclose()
        self._open.close()

    async def _refresher(self) -> AsyncRefresher:
        async with self._making:
            store = await asyncio.to_thread(self._open.store)
            if self._made is None or self._made[0] is not store:
                made = await self._stack.enter_async_context(self._make(store))
                self._made = store, made
            return self._made[1]
