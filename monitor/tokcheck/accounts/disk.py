"""The thread that works on the disk for an event loop: a sync takes its time, and others wait."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

from tokcheck.accounts.store import Store, outcome

# Of either kind in one turn: another process waits for the store as long as a turn takes.
MOST = 32

_Result = TypeVar("_Result")


class _Waiting(NamedTuple):
    work: Callable[[], Any]
    result: "asyncio.Future[Any]"


class Disk:
    """Works in one thread for one event loop.

    Whatever came while the thread was at work is done in its next turn, and the changes of the
    store among it together, so that one sync serves them all.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "tokcheck-store")
        self._looks: deque[_Waiting] = deque()
        self._changes: deque[_Waiting] = deque()
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

    async def _done(self, waiting: deque[_Waiting], work: Callable[[], _Result]) -> _Result:
        result: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        waiting.append(_Waiting(work, result))
        if not self._at_work:
            self._turn()
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            await asyncio.wait([result])
            result.exception()  # or asyncio complains that nobody has looked
            raise

    def _turn(self) -> None:
        looks, changes = _taken(self._looks), _taken(self._changes)
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

    def _told(self, waiting: list[_Waiting], ended: "asyncio.Future[list[Any]]") -> None:
        error = ended.exception()
        results = ended.result() if error is None else [error] * len(waiting)
        for one, result in zip(waiting, results, strict=True):
            if isinstance(result, BaseException):
                one.result.set_exception(result)
            else:
                one.result.set_result(result)
        self._turn()


def _taken(waiting: deque[_Waiting]) -> list[_Waiting]:
    return [waiting.popleft() for _ in range(min(MOST, len(waiting)))]
