"""The budget of probes: its size, the recent spend, and when the next probe fits."""

from bisect import bisect_right
from collections.abc import Sequence
from math import floor
from typing import NamedTuple

from tokcheck.exporter.sources.account import Policy
from tokcheck.providers.base import Pace, PaceWindow
from tokcheck.providers.rate_limits.windows import label_of

_UNLIMITED = 1_000_000_000
_ROUNDING = (
    1e-9  # 0.07 of 100 is a little more than 7 to a computer, and 0.29 a little less than 29
)


def budget(pace: Pace, policy: Policy, limit: int | None) -> int:
    """Return how many requests probes may send in any period of one window's length.

    It is the policy's share of ``limit``, which the last response reported for a window, or of the
    documented number if that is ``None``. One probe is always allowed, since nothing could be known
    otherwise. Requests that do not count in the window are not limited by it.
    """
    return _share_of(pace.limit if limit is None else limit, pace.cost, pace, policy)


def further_budget(window: PaceWindow, pace: Pace, policy: Policy, limit: int | None) -> int:
    """Return how many requests probes may send in any period of a further window's length."""
    return _share_of(window.limit if limit is None else limit, window.cost, pace, policy)


def _share_of(limit: int, cost: int, pace: Pace, policy: Policy) -> int:
    if cost == 0:
        return _UNLIMITED
    return max(1, pace.requests, floor(policy.share * limit / cost + _ROUNDING))


class WindowBudget(NamedTuple):
    """How many requests probes may send in any period of a window's length."""

    seconds: float
    requests: int
    subject: str = ""
    """The key by which its requests are counted; empty for that of the first window."""


def effective_pace(pace: Pace, policy: Policy) -> Pace:
    """Return a provider's pace with the window that an account's policy sets, if it sets one.

    The window keeps its family. None of an application is set: its accounts share one budget.
    """
    if policy.window is None or pace.owner == "project":
        return pace
    family = pace.window.rpartition(" ")[0]
    return pace._replace(window=label_of(family, policy.window), seconds=policy.window)


def learned_pace(pace: Pace, limits: Sequence[tuple[str, int]]) -> Pace:
    """Return a pace with limits that responses reported, by window, in place of documented ones.

    If only windows of other lengths were reported, as before a change of the configuration, none
    above their limits is assumed.
    """
    if not limits:
        return pace
    known = dict(limits)
    names = {each.window for each in pace.further}
    others = [limit for window, limit in limits if window not in names]
    return pace._replace(
        limit=known.get(pace.window, min([pace.limit, *others])),
        further=tuple(
            each._replace(limit=known.get(each.window, each.limit)) for each in pace.further
        ),
    )


def window_seconds(pace: Pace, policy: Policy) -> float:
    """Return the length in seconds of the window by which an account's requests are counted."""
    return effective_pace(pace, policy).seconds


class CountedWindow(NamedTuple):
    """A window after the first one, and the key by which its requests are counted."""

    seconds: float
    subject: str


class RecentSpend(NamedTuple):
    """The requests of the latest period of one window's length."""

    freed_at: tuple[float, ...] = ()
    """For each request, when it leaves that period; soonest first."""
    closed_until: float | None = None
    """Before this moment nothing may be spent, since the ledger that recorded it was lost."""
    paused_until: float | None = None
    """The end of a pause that a response requested, whichever token was sent; ``None`` without
    one that lasts."""
    further: tuple[tuple[float, ...], ...] = ()
    """As ``freed_at``, for each further window of the pace."""
    limits: tuple[tuple[str, int], ...] = ()
    """The limits by window that the last responses to any account of the subjects reported."""

    def count(self, at: float) -> int:
        """Count the requests that still lie within the period at a moment."""
        return len(self.freed_at) - bisect_right(self.freed_at, at)

    def next_room(self, allowed: int, at: float) -> float:
        """Return the first moment, from ``at`` on, that counts at most ``allowed`` requests."""
        if self.closed_until is not None:
            at = max(at, self.closed_until)
        return _next_room(self.freed_at, allowed, at)

    def further_room(self, allowed: Sequence[int], at: float) -> float:
        """Return the first moment, from ``at`` on, with such room in each further window."""
        for freed_at, requests in zip(self.further, allowed, strict=False):
            at = _next_room(freed_at, requests, at)
        return at


def _next_room(freed_at: Sequence[float], allowed: int, at: float) -> float:
    over = len(freed_at) - allowed
    return max(at, freed_at[over - 1]) if over > 0 else at
