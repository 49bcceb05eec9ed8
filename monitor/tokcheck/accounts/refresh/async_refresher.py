"""Fresh tokens for many accounts at once, on asyncio.

The thread that works on the disk for an event loop: a sync takes its time, and others wait.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.refresh.flow import (
    ChangeStore,
    RefreshContext,
    RunOnDisk,
    SendRequest,
    Step,
    refresh_flow,
)
from tokcheck.accounts.refresh.refresher import PATIENCE_SECONDS, holder
from tokcheck.accounts.store.store import Store, outcome
from tokcheck.core.flow import drive_async
from tokcheck.providers.base import Provider, Request, Response

# Of either kind in one turn: another process waits for the store as long as a turn takes.
MAX_BATCH = 32

_Result = TypeVar("_Result")


class _Job(NamedTuple):
    work: Callable[[], Any]
    result: "asyncio.Future[Any]"


class DiskThread:
    """Works in one thread for one event loop.

    Whatever came while the thread was at work is done in its next turn, and the changes of the
    store among it together, so that one sync serves them all.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "tokcheck-store")
        self._looks: deque[_Job] = deque()
        self._changes: deque[_Job] = deque()
        self._at_work = False

    def close(self) -> None:
        """Wait until the thread has done what it was given, and end it."""
        self._thread.shutdown()

    async def look(self, work: Callable[[], _Result]) -> _Result:
        """Do work that is no change of the store, and return or raise what it does.

        Whoever is cancelled waits for its end: otherwise an account's lock would be released
        under a write that still runs.
        """
        return await self._done(self._looks, work)

    async def change(self, work: Callable[[], _Result]) -> _Result:
        """Do work that changes the store as :meth:`Store.together` takes it; else as ``look``."""
        return await self._done(self._changes, work)

    async def _done(self, waiting: deque[_Job], work: Callable[[], _Result]) -> _Result:
        result: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        waiting.append(_Job(work, result))
        if not self._at_work:
            self._turn()
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            await asyncio.wait([result])
            result.exception()  # or asyncio complains that nobody has looked
            raise

    def _turn(self) -> None:
        looks, changes = _take_batch(self._looks), _take_batch(self._changes)
        self._at_work = bool(looks or changes)
        if self._at_work:
            asyncio.get_running_loop().run_in_executor(
                self._thread,
                self._work,
                [waiting.work for waiting in looks],
                [waiting.work for waiting in changes],
            ).add_done_callback(partial(self._told, looks + changes))

    def _work(
        self, looks: Sequence[Callable[[], Any]], changes: Sequence[Callable[[], Any]]
    ) -> list[Any]:
        return [*map(outcome, looks), *self._store.together(changes)]

    def _told(self, waiting: list[_Job], ended: "asyncio.Future[list[Any]]") -> None:
        error = ended.exception()
        results = ended.result() if error is None else [error] * len(waiting)
        for one, result in zip(waiting, results, strict=True):
            if isinstance(result, BaseException):
                one.result.set_exception(result)
            else:
                one.result.set_result(result)
        self._turn()


def _take_batch(waiting: deque[_Job]) -> list[_Job]:
    return [waiting.popleft() for _ in range(min(MAX_BATCH, len(waiting)))]


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
        self._means = RefreshContext(store, providers, now, timer, patience, holder())
        self._disk = DiskThread(store)

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
        seen = await self._disk.look(lambda: self._store.account(name))
        if seen.needs_no_refresh(lead, self._now()):
            return seen.grant
        with closing(
            refresh_flow(self._means, seen, lead)
        ) as flow:  # and with it the account's lock
            return await drive_async(flow, self._perform)

    async def _perform(self, step: Step) -> object:
        if isinstance(step, ChangeStore):
            return await self._disk.change(step.work)
        if isinstance(step, RunOnDisk):
            return await self._disk.look(step.work)
        if isinstance(step, SendRequest):
            return await self._send(step.provider, step.request)
        await self._pause(step.seconds)
        return None
