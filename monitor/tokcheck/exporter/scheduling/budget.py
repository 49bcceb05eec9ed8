"""What probes may spend, what they spent lately, and when there is room for another."""

from bisect import bisect_right
from math import floor
from typing import NamedTuple

from tokcheck.exporter.sources.account import Policy
from tokcheck.providers.base import Pace

_ROUNDING = (
    1e-9  # 0.07 of 100 is a little more than 7 to a computer, and 0.29 a little less than 29
)


def budget(pace: Pace, policy: Policy, limit: int | None) -> int:
    """Return how many requests probes may send in any stretch of one window's length.

    It is the policy's share of ``limit``, the calls that a window allows: as the last answer told,
    or ``None`` for the documented number. One probe is always allowed, since nothing could be
    known otherwise.
    """
    calls = pace.limit if limit is None else limit
    return max(pace.requests, floor(policy.share * calls + _ROUNDING))


def window_seconds(pace: Pace, policy: Policy) -> float:
    """Return the length in seconds of the window by which an account's calls are counted."""
    return policy.window or pace.seconds


class RecentSpend(NamedTuple):
    """The requests of the latest stretch of one window's length.

    ``freed_at`` holds, for each request, the moment at which it leaves that stretch, soonest first.
    Before ``closed_until`` nothing may be spent, since what was spent is not known.
    """

    freed_at: tuple[float, ...] = ()
    closed_until: float | None = None

    def count(self, at: float) -> int:
        """Count the requests that still lie within the stretch at a moment."""
        return len(self.freed_at) - bisect_right(self.freed_at, at)

    def next_room(self, allowed: int, at: float) -> float:
        """Return the first moment, from ``at`` on, that counts ``allowed`` requests or fewer."""
        if self.closed_until is not None:
            at = max(at, self.closed_until)
        over = len(self.freed_at) - max(0, allowed)
        return max(at, self.freed_at[over - 1]) if over > 0 else at
