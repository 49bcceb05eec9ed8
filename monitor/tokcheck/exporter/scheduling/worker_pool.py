"""A pool of workers that handle queued names, a bounded number at a time."""

import asyncio
from collections.abc import Awaitable, Callable


class WorkerPool:
    """Calls ``handle`` for each queued name, ``count`` at a time; all in one loop.

    ``handle`` must not raise. Nothing is handled before :meth:`start`.
    """

    def __init__(self, handle: Callable[[str], Awaitable[None]], count: int) -> None:
        self._handle = handle
        self._count = count
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the workers."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._count)]

    def put(self, name: str) -> None:
        """Queue a name."""
        self._queue.put_nowait(name)

    def discard_queued(self) -> None:
        """Drop the names that no worker has started."""
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    async def wait_idle(self, seconds: float | None = None) -> None:
        """Wait until every name is handled, at most ``seconds`` if given."""
        idle = asyncio.create_task(self._queue.join())
        await asyncio.wait([idle], timeout=seconds)
        await cancel(idle)

    async def stop(self) -> None:
        """Cancel the workers, also in the middle of a probe."""
        await cancel(*self._workers)

    async def _work(self) -> None:
        while True:
            name = await self._queue.get()
            try:
                await self._handle(name)
            finally:
                self._queue.task_done()


async def cancel(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
