"""When a quota runs out at the present rate."""

from typing import NamedTuple

from tokcheck.exporter.state.account_state import AccountState, Observation

_RECENT = 1 / 3  # of a window: what is older says little about the present rate
_FEWEST = 1 / 60  # of a window: what was used within less says nothing about a rate


class Forecast(NamedTuple):
    """When the quota runs out at the present rate of use."""

    rate: float | None = None
    """In requests a second, without the exporter's own probes."""
    runs_out_at: float | None = None
    """``None`` if nothing is being used or nothing is known."""
    before_reset: bool | None = None
    """Whether that is before the reset; ``None`` if unknown."""


def forecast(state: AccountState, now: float, *, window: float | None = None) -> Forecast:
    """Forecast when the quota runs out, from the observations of the current window.

    ``window`` is the window's length in seconds if it differs from the one that its name implies.
    A window that is over has no forecast.
    """
    if not state.quota or not state.history:
        return Forecast()
    quota = state.quota[0]
    reset = quota.reset_at.timestamp() if quota.reset_at else None
    last = state.history[-1]
    seconds = window or quota.window_seconds
    if now >= (last.at + seconds if reset is None else reset + state.reset_lag):
        return Forecast()
    if last.remaining <= 0:
        return Forecast(None, last.at, before_reset=True)
    seen = _falling(state.history)
    recent = sum(point.at >= last.at - seconds * _RECENT for point in seen)
    rate = _rate(seen[-max(2, recent) :])
    if len(seen) == 1 and quota.limit is not None and reset is not None:
        # A single observation still shows what was used since the window began.
        rate = _since_start(last, quota.limit, reset - seconds, seconds)
    if rate is None:
        return Forecast()
    if rate <= 0:
        return Forecast(0.0, None, before_reset=False)
    runs_out_at = last.at + last.remaining / rate
    return Forecast(rate, runs_out_at, None if reset is None else runs_out_at < reset)


def exhaustion_time(state: AccountState, now: float) -> float | None:
    """Return when the quota runs out if that is in the future and before the reset."""
    seen = forecast(state, now)
    if not seen.before_reset or seen.runs_out_at is None or seen.runs_out_at <= now:
        return None
    return seen.runs_out_at


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
