"""The thread in which an event loop uses the ledger, so that a lock or a disk never blocks it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")

_LONGEST_QUEUE = 64


class LedgerThread:
    """Runs calls one after the other in a thread of its own.

    At most 64 of them wait; further callers wait before their turn. A call that takes longer than
    ``patience`` seconds is given up: its caller continues with a fallback, and so does every other
    one until it has ended. ``on_slow`` is called once for each call that is given up.
    """

    def __init__(self, on_slow: Callable[[float], None], *, patience: float = 5.0) -> None:
        self._on_slow = on_slow
        self.patience = patience
        """For how many seconds a caller waits."""
        self._executor: ThreadPoolExecutor | None = None
        self._slots = asyncio.Semaphore(_LONGEST_QUEUE)
        self._stuck: Future[object] | None = None

    async def run(
        self,
        call: Callable[[], _Result],
        fallback: _Result,
        *,
        undo: Callable[[_Result], None] | None = None,
    ) -> _Result:
        """Return the result of a call, or ``fallback`` if the thread does not answer in time.

        ``undo`` is called in the thread with the result of a call that ended too late.
        """
        async with self._slots:
            if self._stuck is not None and not self._stuck.done():
                return fallback
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, thread_name_prefix="ledger")
            future = self._executor.submit(call)
            try:
                # It is cancelled if it has not begun; one that has begun continues.
                return await asyncio.wait_for(asyncio.wrap_future(future), self.patience)
            except TimeoutError:
                self._give_up(future, undo)
                return fallback

    def _give_up(self, future: Future[_Result], undo: Callable[[_Result], None] | None) -> None:
        if future.cancelled():
            return
        self._stuck = future  # type: ignore[assignment] # only whether it is done matters
        self._on_slow(self.patience)
        if undo is not None:

            def take_back(ended: Future[_Result]) -> None:
                if not ended.cancelled() and ended.exception() is None:
                    undo(ended.result())

            future.add_done_callback(take_back)

    def close(self) -> None:
        """Let the thread end once it is done; a later call starts another one."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
