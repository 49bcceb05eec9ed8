"""How many processes can work at once."""

import os


def usable_cores() -> int:
    """Return how many cores this process may use: a container may have fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
