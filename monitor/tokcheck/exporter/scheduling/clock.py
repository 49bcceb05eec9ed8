"""The engine's clock, which tests replace by a simulated one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import NamedTuple

from tokcheck.core.expiry import is_in_future


class Clock(NamedTuple):
    """The time in Unix seconds, and a wait until a moment or until an event is set."""

    now: Callable[[], float]
    wait: Callable[[float, asyncio.Event], Awaitable[None]]


class SetBackDetector:
    """Notices that a clock was set back by more than a minute, from the moments it showed."""

    def __init__(self) -> None:
        self._latest = -inf

    def observe(self, now: float) -> bool:
        """Return whether the clock was set back since the previous call."""
        was_set_back = is_in_future(self._latest, now)
        self._latest = now if was_set_back else max(self._latest, now)
        return was_set_back


def system_clock() -> Clock:
    """Return the system's clock."""
    return Clock(time.time, _wait)


async def _wait(until: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        # A clock that is set back must not make this wait for ever.
        await asyncio.wait_for(event.wait(), max(0.0, min(until - time.time(), 60.0)))
