"""The quota window of an account: what a response reports, merged with what was known."""

from datetime import datetime
from typing import NamedTuple

from tokcheck.core.report import Quota, Report, Verdict
from tokcheck.exporter.state.account_state import AccountState, Observation

_LONGEST_HISTORY = 60
_SAME_RESET_SECONDS = 5.0  # counted in whole seconds from a response's date, so they vary
_LARGEST_LAG = 1 / 4  # of a window
_LAG_DECAY = 0.95  # at each reset, so that a corrected clock is trusted again


class QuotaUpdate(NamedTuple):
    """The state after a response."""

    state: AccountState
    used_elsewhere: bool
    """Whether other clients of the same quota sent requests."""


def update_quota(state: AccountState, report: Report, now: float) -> QuotaUpdate:
    """Merge the quota of a report, if it has one, into the state."""
    if not report.quota:
        return QuotaUpdate(state, used_elsewhere=False)
    quota = report.quota[0]
    if quota.source == "documented" and quota.remaining is None:
        return QuotaUpdate(_keep_known_quota(state, report, now), used_elsewhere=False)
    before = state.quota[0] if state.quota and state.observed_at is not None else None
    after = state._replace(
        quota=report.quota,
        observed_at=now,
        reset_lag=state.reset_lag
        if before is None
        else _learn_reset_lag(state, before, quota, now),
    )
    if quota.remaining is None:
        return QuotaUpdate(after, used_elsewhere=False)
    history = state.history if before and _is_same_window(state, before, quota, now) else ()
    start = history[-1].remaining if history else quota.limit
    own = report.probe.requests if report.probe else 0
    used_elsewhere = start is not None and start - quota.remaining > own
    oldest = now - quota.window_seconds
    kept = [point for point in history if point.at > oldest]
    history = (*kept, Observation(now, quota.remaining))[-_LONGEST_HISTORY:]
    return QuotaUpdate(after._replace(history=history), used_elsewhere)


def _keep_known_quota(state: AccountState, report: Report, now: float) -> AccountState:
    """Keep what is known of the current window; if it is over, only the limit is known."""
    if state.quota and state.observed_at is not None:
        known = state.quota[0]
        reset = _timestamp(known.reset_at)
        refuted = known.remaining == 0 and report.verdict is Verdict.VALID
        if not refuted and reset is not None and now < reset:
            return state
    return state._replace(quota=report.quota, observed_at=None, history=())


def _is_same_window(state: AccountState, before: Quota, quota: Quota, now: float) -> bool:
    """Return whether a response is from the same window as the previous one."""
    last = state.history[-1] if state.history else None
    if last is None or last.at > now or (quota.remaining or 0) > last.remaining:
        return False
    old, new = _timestamp(before.reset_at), _timestamp(quota.reset_at)
    if old is None:
        return now - last.at < quota.window_seconds
    if new is None:
        return now < old
    return new - old < quota.window_seconds / 2 and (now < old or new - old < _SAME_RESET_SECONDS)


def _learn_reset_lag(state: AccountState, before: Quota, quota: Quota, now: float) -> float:
    """Return by how many seconds resets are seen later than announced, updated by a response."""
    old, new = _timestamp(before.reset_at), _timestamp(quota.reset_at)
    if old is None or new is None:
        return state.reset_lag
    if new <= now:
        goes_on = abs(new - old) < _SAME_RESET_SECONDS
        largest = quota.window_seconds * _LARGEST_LAG
        return min(max(state.reset_lag, now - new), largest) if goes_on else state.reset_lag
    if new - old < _SAME_RESET_SECONDS:
        return state.reset_lag
    return min(state.reset_lag, max(0.0, now - old)) * _LAG_DECAY


def _timestamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
