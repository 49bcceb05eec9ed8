"""A token bucket, which limits how many requests are answered."""

from collections.abc import Callable


class TokenBucket:
    """Lets ``burst`` requests through at once, and one more every ``interval`` seconds.

    ``timer`` is a monotonic clock in seconds.
    """

    def __init__(self, interval: float, burst: int, timer: Callable[[], float]) -> None:
        self._interval = interval
        self._burst = burst
        self._timer = timer
        self._tokens = float(burst)
        self._filled_at = timer()

    def allow(self) -> bool:
        """Take a token for a request; return ``False`` if there is none."""
        now = self._timer()
        filled = self._tokens + (now - self._filled_at) / self._interval
        self._tokens = min(self._burst, filled)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
