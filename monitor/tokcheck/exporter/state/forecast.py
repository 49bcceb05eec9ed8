"""When a quota runs out at the present rate."""

from bisect import bisect_right
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import AccountState, Observation

_RECENT = 1 / 3  # of a window: older observations say little about the present rate
_FEWEST = 1 / 60  # of a window: the use within less says nothing about a rate


class Forecast(NamedTuple):
    """When the quota runs out at the present rate of use."""

    rate: float | None = None
    """In requests a second, without the exporter's own probes."""
    runs_out_at: float | None = None
    """``None`` if nothing is being used or nothing is known."""
    before_reset: bool | None = None
    """Whether that is before the reset; ``None`` if unknown."""


def forecast(
    quota: Quota, history: tuple[Observation, ...], now: float, *, window: float | None = None
) -> Forecast:
    """Forecast when a quota runs out, from the observations of its current window.

    ``window`` is the window's length in seconds if it differs from the one that its name implies.
    A window that is over has no forecast.
    """
    if not history:
        return Forecast()
    reset = quota.reset_at.timestamp() if quota.reset_at else None
    last = history[-1]
    seconds = window or quota.window_seconds
    if now >= (last.at + seconds if reset is None else reset):
        return Forecast()
    if last.remaining <= 0:
        return Forecast(None, last.at, before_reset=True)
    seen = _falling(history)
    recent = sum(point.at >= last.at - seconds * _RECENT for point in seen)
    rate = _rate(seen[-max(2, recent) :])
    if len(seen) == 1 and quota.limit is not None and reset is not None:
        # A single observation still shows the use since the window began.
        rate = _since_start(last, quota.limit, reset - seconds, seconds)
    if rate is None:
        return Forecast()
    if rate <= 0:
        return Forecast(0.0, None, before_reset=False)
    runs_out_at = last.at + last.remaining / rate
    return Forecast(rate, runs_out_at, None if reset is None else runs_out_at < reset)


_STEPS = 20
_FALLS = 2
_HOUR = 3_600.0


class Exhaustion(NamedTuple):
    """The window that is used up first, and when."""

    at: float
    quota: Quota


def first_exhaustion(state: AccountState, now: float) -> Exhaustion | None:
    """Return which window runs out first, if any does clearly before its reset."""
    found = [
        Exhaustion(moment, quota)
        for quota in state.quota
        if (moment := exhaustion_time(quota, state.history_of(quota).history, now)) is not None
    ]
    return min(found, key=attrgetter("at"), default=None)


def exhaustion_time(quota: Quota, history: tuple[Observation, ...], now: float) -> float | None:
    """Return when a quota runs out, if that is clearly before the reset.

    It may be past: until the next observation, nothing says that requests are left. It is the
    condition of the alert TokcheckQuotaWillRunOut, with the same numbers: two observations
    within 45 minutes must have seen the quota fall by a twentieth, since one observation sees
    an hour's work done at once, and its extrapolation means nothing. Probes are up to 22
    minutes apart. Windows of less than an hour have their part of each of these times.
    """
    if not history:
        return None
    last = history[-1]
    reset = quota.reset_at.timestamp() if quota.reset_at else None
    if reset is None or not quota.limit or last.remaining <= 0 or now >= reset:
        return None
    part = min(1.0, quota.window_seconds / _HOUR)
    seen = _since(history, now - 1_500 * part)
    elapsed = last.at - seen[0].at
    used = max(point.remaining for point in seen) - last.remaining
    if elapsed <= 0 or used <= 0:
        return None
    runs_out_at = last.at + last.remaining * elapsed / used
    recent = [
        _STEPS * point.remaining // quota.limit for point in _since(history, now - 2_700 * part)
    ]
    falls = sum(after < before for before, after in pairwise(recent))
    if falls < _FALLS or runs_out_at >= reset - 300 * part:
        return None
    return runs_out_at


def _since(history: tuple[Observation, ...], start: float) -> tuple[Observation, ...]:
    """Return the observations after ``start``, and the one that was the newest then."""
    earlier = bisect_right(history, start, key=attrgetter("at"))
    return history[max(0, earlier - 1) :]


def _falling(history: tuple[Observation, ...]) -> list[Observation]:
    """Return the latest run of observations in which time rises and no requests were returned."""
    seen = [history[-1]]
    for earlier in reversed(history[:-1]):
        if earlier.remaining < seen[0].remaining or earlier.at >= seen[0].at:
            break
        seen.insert(0, earlier)
    return seen


def _rate(seen: list[Observation]) -> float | None:
    if len(seen) == 1:
        return None
    first, last = seen[0], seen[-1]
    # Each response counts at least its own request.
    used = first.remaining - last.remaining - (len(seen) - 1)
    return max(0, used) / (last.at - first.at)


def _since_start(last: Observation, limit: int, start: float, seconds: float) -> float | None:
    elapsed = last.at - start
    if not seconds * _FEWEST <= elapsed <= seconds:
        return None
    return max(0, limit - last.remaining - 1) / elapsed
