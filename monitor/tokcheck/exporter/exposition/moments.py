"""When time alone changes an account's samples: one moment for each account, the nearest first."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

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
