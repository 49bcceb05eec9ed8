"""The refresher of the exporter's store, opened when the first account needs it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.async_refresher import AsyncRefresher, SendAsync
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.exporter.sources.stored_accounts import StoreHandle
from tokcheck.providers.base import Provider, Request, Response

_REQUEST_SENT: ContextVar[bool] = ContextVar("tokcheck-refresh-request-sent")
"""Whether the refresh of the current task has sent a request."""


class FreshGrant(NamedTuple):
    """A grant with a valid token."""

    grant: Grant
    request_sent: bool
    """Whether this process requested the token; if not, another one did, or it was valid."""


class StoreRefresher:
    """Refreshes accounts of the store in the data folder ``home``.

    ``open_store`` opens it. The other parameters are those of
    :class:`tokcheck.accounts.refresh.AsyncRefresher`.
    """

    def __init__(  # noqa: PLR0913 - each is replaced by a test
        self,
        home: Path,
        providers: Mapping[str, Provider],
        send: SendAsync,
        *,
        now: Callable[[], float],
        timer: Callable[[], float],
        pause: Callable[[float], Awaitable[None]],
        environment: Mapping[str, str] = MappingProxyType({}),
        open_store: Callable[[Path], GrantStore] = Store,
    ) -> None:
        self._store = StoreHandle(home, open_store)
        self._current: tuple[GrantStore, AsyncRefresher] | None = None
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()

        async def send_and_mark(provider: Provider, request: Request) -> Response:
            _REQUEST_SENT.set(True)
            return await send(provider, request)

        def make(store: GrantStore) -> AsyncRefresher:
            return AsyncRefresher(
                store,
                providers,
                send_and_mark,
                now,
                timer=timer,
                pause=pause,
                environment=environment,
            )

        self._make = make

    async def fresh_grant(self, name: str, min_ttl: float) -> FreshGrant:
        """Return a grant with a token that is valid for more than ``min_ttl`` seconds.

        Refreshes and raises as ``Refresher.fresh_grant`` of the accounts does. Each call
        needs a task of its own.
        """
        _REQUEST_SENT.set(False)
        grant = await (await self._refresher()).fresh_grant(name, min_ttl)
        return FreshGrant(grant, _REQUEST_SENT.get())

    async def aclose(self) -> None:
        """Close the store once pending writes are on disk."""
        await self._stack.aclose()
        self._store.close()

    async def _refresher(self) -> AsyncRefresher:
        async with self._lock:
            store = await asyncio.to_thread(self._store.store)
            if self._current is None or self._current[0] is not store:
                made = await self._stack.enter_async_context(self._make(store))
                self._current = store, made
            return self._current[1]
