"""The budget of probes: what they may spend, what they spent lately, and when the next one fits."""

from bisect import bisect_right
from math import floor
from typing import NamedTuple

from tokcheck.exporter.sources.account import Policy
from tokcheck.providers.base import Pace

_ROUNDING = (
    1e-9  # 0.07 of 100 is a little more than 7 to a computer, and 0.29 a little less than 29
)


def budget(pace: Pace, policy: Policy, limit: int | None) -> int:
    """Return how many requests probes may send in any period of one window's length.

    It is the policy's share of ``limit``, the requests that a window allows as the last response
    reported, or of the documented number if that is ``None``. One probe is always allowed, since
    nothing could be known otherwise.
    """
    allowed = pace.limit if limit is None else limit
    return max(pace.requests, floor(policy.share * allowed + _ROUNDING))


def window_seconds(pace: Pace, policy: Policy) -> float:
    """Return the length in seconds of the window by which an account's requests are counted."""
    return policy.window or pace.seconds


class RecentSpend(NamedTuple):
    """The requests of the latest period of one window's length."""

    freed_at: tuple[float, ...] = ()
    """For each request, when it leaves that period; soonest first."""
    closed_until: float | None = None
    """Before this moment nothing may be spent, since the ledger that recorded it was lost."""

    def count(self, at: float) -> int:
        """Count the requests that still lie within the period at a moment."""
        return len(self.freed_at) - bisect_right(self.freed_at, at)

    def next_room(self, allowed: int, at: float) -> float:
        """Return the first moment, from ``at`` on, that counts at most ``allowed`` requests."""
        if self.closed_until is not None:
            at = max(at, self.closed_until)
        over = len(self.freed_at) - allowed
        return max(at, self.freed_at[over - 1]) if over > 0 else at
