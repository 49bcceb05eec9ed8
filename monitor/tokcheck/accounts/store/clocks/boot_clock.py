"""The boot time, by which a change of this computer's clock is noticed."""

import sys
import time


def boot_moment() -> float:
    """Return when this computer was started, by its own clock, in Unix seconds.

    That changes if the clock is set, so a moment that was recorded with it shows whether the clock
    was set since, or the computer was started again.
    """
    if sys.platform == "linux":
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "win32":
        return time.time() - time.monotonic()
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
