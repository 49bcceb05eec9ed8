"""A priority queue of deadlines: one moment for each name, the earliest first."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from math import inf

_SPARE_ENTRIES = 64  # this many replaced entries are not worth a rebuild of the heap


class TimerQueue:
    """Deadlines by name, in Unix seconds; a new deadline of a name replaces its previous one."""

    def __init__(self) -> None:
        # The turn distinguishes a replaced entry from its successor, and orders equal deadlines.
        self._timers: dict[str, tuple[float, int]] = {}
        # Also holds entries that were replaced or removed since; they are skipped at the top.
        self._heap: list[tuple[float, int, str]] = []
        self._turn = 0

    def put(self, name: str, at: float | None) -> None:
        """Set the deadline of a name; ``None`` or infinity removes it."""
        if at is None or at == inf:
            self.remove(name)
            return
        known = self._timers.get(name)
        if known is not None and known[0] == at:
            return
        self._turn += 1
        self._timers[name] = at, self._turn
        heappush(self._heap, (at, self._turn, name))
        self._drop_replaced()

    def remove(self, name: str) -> None:
        """Remove the deadline of a name, if it has one."""
        if self._timers.pop(name, None) is not None:
            self._drop_replaced()

    def pop_due(self, now: float) -> Iterator[str]:
        """Remove and yield each name that is due, the earliest first.

        Deadlines may be set and removed meanwhile.
        """
        while self.next_at <= now:
            name = heappop(self._heap)[2]
            del self._timers[name]
            yield name

    @property
    def next_at(self) -> float:
        """The earliest deadline; infinity if there is none."""
        while self._heap and self._timers.get(self._heap[0][2]) != self._heap[0][:2]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else inf

    def __len__(self) -> int:
        """Count the entries of the heap, replaced ones included."""
        return len(self._heap)

    def _drop_replaced(self) -> None:
        """Rebuild the heap once most of its entries are replaced ones, so that it stays small."""
        if len(self._heap) > 2 * len(self._timers) + _SPARE_ENTRIES:
            self._heap = [(at, turn, name) for name, (at, turn) in self._timers.items()]
            heapify(self._heap)
