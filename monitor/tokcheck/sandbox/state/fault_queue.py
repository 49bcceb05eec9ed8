"""The queue of faults that were requested through the control API."""

import threading
from dataclasses import dataclass

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults.catalogue import find_fault, find_faults
from tokcheck.sandbox.faults.fault import Area, Fault


@dataclass(slots=True)
class _QueuedFault:
    """A fault's name and the number of requests left for it; ``None`` means until cleared."""

    name: str
    times: int | None


class FaultQueue:
    """A queue: each request takes the first entry that applies to it, the other entries wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_QueuedFault] = []

    def add(self, name: str, times: int | None = None) -> None:
        """Queue a fault for the next ``times`` requests that it applies to.

        Raises :class:`UsageError` for an unknown name, and if ``times`` is below 1.
        """
        find_faults(name)
        if times is not None and times < 1:
            raise UsageError("A fault happens at least once.", "Give 'times' as 1 or more.")
        with self._lock:
            self._entries.append(_QueuedFault(name, times))

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()

    def pending(self) -> tuple[tuple[str, int | None], ...]:
        """Return the name and the requests left of each entry."""
        with self._lock:
            return tuple((entry.name, entry.times) for entry in self._entries)

    def take(self, area: Area | None) -> Fault | None:
        """Return the fault for a request in ``area``, if one is queued, and count it."""
        with self._lock:
            for entry in self._entries:
                fault = find_fault(entry.name, area)
                if fault is None:
                    continue
                if entry.times is not None:
                    entry.times -= 1
                    if entry.times == 0:
                        self._entries.remove(entry)
                return fault
            return None
