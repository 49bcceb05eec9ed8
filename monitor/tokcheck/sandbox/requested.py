"""The faults that somebody asked for through the control API, in their order."""

import threading
from dataclasses import dataclass

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.fault import Area, Fault
from tokcheck.sandbox.faults import choose, named


@dataclass(slots=True)
class Requested:
    """A fault's name and how many requests it still concerns; ``None`` means until cleared."""

    name: str
    times: int | None


class RequestedFaults:
    """A queue: each request takes the first entry that concerns it, the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Requested] = []

    def ask(self, name: str, times: int | None = None) -> None:
        """Add a fault for the next ``times`` requests that it concerns.

        Raises :class:`UsageError` for an unknown name or fewer than one time.
        """
        named(name)
        if times is not None and times < 1:
            raise UsageError("A fault happens at least once.", "Give 'times' as 1 or more.")
        with self._lock:
            self._queue.append(Requested(name, times))

    def clear(self) -> None:
        """Forget everything that was asked for."""
        with self._lock:
            self._queue.clear()

    def pending(self) -> tuple[tuple[str, int | None], ...]:
        """Return the names and the times that are left."""
        with self._lock:
            return tuple((entry.name, entry.times) for entry in self._queue)

    def take(self, area: Area | None) -> Fault | None:
        """Return the fault for a request in ``area``, and count it."""
        with self._lock:
            for entry in self._queue:
                fault = choose(entry.name, area)
                if fault is None:
                    continue
                if entry.times is not None:
                    entry.times -= 1
                    if entry.times == 0:
                        self._queue.remove(entry)
                return fault
            return None
