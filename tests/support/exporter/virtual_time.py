"""Simulated time that jumps to the next deadline as soon as nothing is under way."""

import asyncio
from typing import TYPE_CHECKING

from tokcheck.exporter.scheduling.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokcheck.exporter.engine import Engine

_LONGEST = 60.0  # seconds for what is under way; more than a busy machine needs

_MOST = 10_000


class VirtualTime:
    """A clock for an engine, a sandbox and anything else that must agree on the time.

    ``meanwhile`` is called with each new moment; the engine stops at ``until``. ``ahead`` is by how
    many seconds the clock that the engine reads is ahead; ``moment`` and ``until`` are true.
    """

    def __init__(self, start: float, until: float) -> None:
        self.moment = start
        self.until = until
        self.ahead = 0.0
        self.stop = asyncio.Event()
        self.engine: Engine | None = None
        self._still = 0
        self.meanwhile: Callable[[float], None] = lambda _: None

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.wait)

    def now(self) -> float:
        return self.moment + self.ahead

    def true_now(self) -> float:
        return self.moment

    async def pause(self, seconds: float) -> None:
        self.moment += seconds
        await asyncio.sleep(0)

    async def wait(self, until: float, event: asyncio.Event) -> None:
        assert self.engine is not None
        if self.engine.busy:
            await asyncio.wait_for(event.wait(), _LONGEST)
            return
        before, self.moment = self.moment, max(self.moment, min(until - self.ahead, self.until))
        self._still = 0 if self.moment > before else self._still + 1
        assert self._still < _MOST, "what is due is not done, so time stands still"
        self.meanwhile(self.moment)
        if self.moment >= self.until:
            self.stop.set()
        await asyncio.sleep(0)
