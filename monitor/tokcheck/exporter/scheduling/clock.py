"""The engine's clock, which tests replace by a simulated one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple


class Clock(NamedTuple):
    """The time in Unix seconds, and a wait until a moment or until an event is set."""

    now: Callable[[], float]
    wait: Callable[[float, asyncio.Event], Awaitable[None]]


def system_clock() -> Clock:
    """Return the system's clock."""
    return Clock(time.time, _wait)


async def _wait(until: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        # A clock that is set back must not make this wait for ever.
        await asyncio.wait_for(event.wait(), max(0.0, min(until - time.time(), 60.0)))
