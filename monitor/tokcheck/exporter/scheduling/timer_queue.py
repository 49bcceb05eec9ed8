"""When each of many names is to be looked at again.

When time alone changes an account's samples: one moment for each account, the nearest first.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from math import inf

_SPARE = 64  # replaced moments that are not worth tidying up


class Moments:
    """Accounts by the moment at which they are to be written anew."""

    def __init__(self) -> None:
        self._of: dict[str, float] = {}
        # May also hold moments that were replaced since; they are passed over when they come up.
        self._heap: list[tuple[float, str]] = []

    def put(self, account: str, moment: float | None) -> None:
        """Replace an account's moment, in Unix seconds; ``None`` if it has none."""
        if moment is None:
            self._of.pop(account, None)
        elif self._of.get(account) != moment:
            self._of[account] = moment
            heappush(self._heap, (moment, account))
        if len(self._heap) > 2 * len(self._of) + _SPARE:
            self._heap = [(at, name) for name, at in self._of.items()]
            heapify(self._heap)

    def past(self, now: float) -> Iterator[str]:
        """Take out and yield each account whose moment has come."""
        while self._heap and self._heap[0][0] <= now:
            moment, account = heappop(self._heap)
            if self._of.get(account) == moment:
                del self._of[account]
                yield account

    def __len__(self) -> int:
        """Count what is held, replaced moments included."""
        return len(self._heap)


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
