"""How many requests are answered: a token bucket."""

from collections.abc import Callable


class Bucket:
    """Lets ``burst`` requests through at once, and one more every ``interval`` seconds."""

    def __init__(self, interval: float, burst: int, timer: Callable[[], float]) -> None:
        self._interval = interval
        self._burst = burst
        self._timer = timer
        self._tokens = float(burst)
        self._at = timer()

    def allow(self) -> bool:
        """Take a token, or tell that there is none."""
        now = self._timer()
        self._tokens = min(self._burst, self._tokens + (now - self._at) / self._interval)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
