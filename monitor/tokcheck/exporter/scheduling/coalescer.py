"""An action that many callers want at once, run as seldom as possible."""

import asyncio
from collections.abc import Awaitable, Callable


class Coalescer:
    """Runs ``action`` for its callers, never twice at the same time.

    Callers that come while it runs share one further run, since the present one may have begun
    before the change that they want it to see. All of them get its result: nothing, or its
    exception.
    """

    def __init__(self, action: Callable[[], Awaitable[None]]) -> None:
        self._action = action
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Wait for a run that begins from now on."""
        if self._next is None:
            self._next = asyncio.create_task(self._run(self._running))
            self._next.add_done_callback(_retrieve)
        # A caller who gives up ends nothing for the others.
        await asyncio.shield(self._next)

    async def _run(self, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        self._running, self._next = self._next, None
        await self._action()


def _retrieve(task: asyncio.Task[None]) -> None:
    """Mark an exception as retrieved, also if every caller gave up."""
    if not task.cancelled():
        task.exception()
