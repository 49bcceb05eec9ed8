"""When each of many names is to be looked at again."""

from collections.abc import Iterator
from heapq import heappop, heappush
from math import inf


class Wakes:
    """Moments by name; of several moments of one name, only the one told last counts."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._turns: dict[str, int] = {}
        self._turn = 0

    def put(self, name: str, at: float) -> None:
        """Wake a name at a moment, and at no other."""
        self._turn += 1
        self._turns[name] = self._turn
        if at < inf:
            heappush(self._heap, (at, self._turn, name))

    def drop(self, name: str) -> None:
        """Wake a name no more."""
        self._turns.pop(name, None)

    def due(self, now: float) -> Iterator[str]:
        """Yield each name whose moment has come, the earliest first; it then has none any more."""
        while self.next_at <= now:
            yield heappop(self._heap)[2]

    @property
    def next_at(self) -> float:
        """The first of the moments, infinity if there is none."""
        while self._heap and self._turns.get(self._heap[0][2]) != self._heap[0][1]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else inf
