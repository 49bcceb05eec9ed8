"""Ending a call from outside: where it waits for the network, and nowhere else.

httpcore loses a connection for good when it is cancelled between two steps of its own, be it by
asyncio or by anyio: one that is open, used by nobody, and counted as in use. So a call is never
cancelled. What it waits for fails, as a network does, and httpcore is made for that.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar


class Ending:
    """Ends one call, at any time and as often as one likes."""

    def __init__(self) -> None:
        self.ended = False
        self._interrupt: Callable[[], None] | None = None

    def end(self) -> None:
        """End what the call waits for, now and from now on."""
        self.ended = True
        if self._interrupt is not None:
            self._interrupt()

    @asynccontextmanager
    async def bounding(self, seconds: float | None = None) -> AsyncIterator[None]:
        """Let the block wait until the call is ended, or for so many seconds.

        :raises TimeoutError: if it waited longer.
        """
        async with asyncio.timeout(0 if self.ended else seconds) as bound:

            def interrupt() -> None:
                if not bound.expired():
                    bound.reschedule(0)

            self._interrupt = interrupt
            try:
                yield
            finally:
                self._interrupt = None


CURRENT: ContextVar[Ending] = ContextVar("tokcheck-call")
"""The ending of the call that a task makes."""
