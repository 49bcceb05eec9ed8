"""The quota window of an account: a response's report, merged with the known state."""

from datetime import datetime, timedelta
from typing import NamedTuple

from tokcheck.core.report import Quota, Report, Verdict, is_still_known, keep_known_numbers
from tokcheck.exporter.state.account_state import (
    AccountState,
    LimitRefusal,
    Observation,
    WindowHistory,
)

TRAIL_WINDOWS = 6
"""How many windows back the observations are kept to be drawn."""
LONGEST_PAUSE = 86_400.0
"""Seconds after a response from which on no reset and no pause that it reports is believed."""
_LONGEST_HISTORY = 60
_SAME_RESET_SECONDS = 5.0  # counted in whole seconds from a response's date, so they vary
_AT_ONCE_SECONDS = 1.0
_LONGEST_WINDOW = 32 * 86_400.0  # a reset that lies further ahead is none
_LARGEST_LAG = 1 / 4  # of a window
_MISFIT = 1 / 10  # of a window
_LAG_DECAY = 0.95  # at each reset, so that a corrected clock is trusted again


class QuotaEvidence(NamedTuple):
    """The evidence of one response about the quota."""

    quotas: tuple[Quota, ...]
    verdict: Verdict
    retry_at: datetime | None = None
    requests: int = 0
    """How many requests were sent for it, which are none of other clients."""
    limits: tuple[str, ...] = ()
    """The names of the limits that it reports as exceeded."""


def evidence_of(report: Report) -> QuotaEvidence:
    """Return the evidence of a report about the quota."""
    requests = report.probe.requests if report.probe else 0
    return QuotaEvidence(report.quota, report.verdict, report.retry_at, requests, report.limits)


class QuotaUpdate(NamedTuple):
    """The state after a response."""

    state: AccountState
    used_elsewhere: bool
    """Whether other clients of the same quota sent requests."""


def update_quota(state: AccountState, evidence: QuotaEvidence, now: float) -> QuotaUpdate:
    """Merge the quota that a response of ``now`` reports, if it does, into the state."""
    if evidence.limits:
        state = state._replace(last_refusal=LimitRefusal(now, evidence.limits))
    if not evidence.quotas:
        return QuotaUpdate(state, used_elsewhere=False)
    quota = evidence.quotas[0]
    if quota.source == "documented" and quota.remaining is None:
        return QuotaUpdate(_keep_known_quota(state, evidence, now), used_elsewhere=False)
    before = None if state.observed_at is None else _by_name(state.quota[:1], quota.window)
    lag = state.reset_lag if before is None else _learn_reset_lag(state, before, quota, now)
    quotas = _keep_known_numbers(
        state, (_expect_reset(quota, lag, now), *evidence.quotas[1:]), evidence.verdict, now
    )
    is_kept = quota.remaining is None and quotas[0].remaining is not None
    kept = _find_unreported(state, evidence, now)
    if state.quota and state.quota[0].window != quota.window:
        state = state._replace(other_window=None)  # of the window that was the first
    after = state._replace(
        quota=(*quotas, *kept),
        observed_at=state.observed_at if is_kept else now,
        reset_lag=lag,
        reported_reset=state.reported_reset
        if quota.reset_at is None and (is_kept or quotas[0].reset_at is not None)
        else _timestamp(quota.reset_at),
        other_window=state.other_window
        if _is_pause(quota, evidence, now)
        else _find_other_window(state, before, quota, now),
    )
    first, *further = (_extend_history(state, each, now) for each in _by_window(evidence.quotas))
    after = after._replace(
        history=first.history,
        trail=first.trail,
        further_histories=(*further, *map(state.history_of, _by_window(kept))),
    )
    if quota.remaining is None:
        return QuotaUpdate(after, used_elsewhere=False)
    earlier = _current_history(state, quota, now)
    start = earlier[-1].remaining if earlier else quota.limit
    used = None if start is None else start - quota.remaining
    return QuotaUpdate(after, used is not None and used > evidence.requests)


def _keep_known_numbers(
    state: AccountState, quotas: tuple[Quota, ...], verdict: Verdict, now: float
) -> tuple[Quota, ...]:
    """Return reported windows, with the known remainder of those that report no number."""
    if state.observed_at is None:
        return quotas
    is_accepted = verdict is Verdict.VALID
    return tuple(
        keep_known_numbers(
            _by_name(state.quota, each.window),
            state.observed_at_of(each) or now,
            each,
            now,
            is_accepted=is_accepted,
        )
        for each in quotas
    )


def _find_unreported(state: AccountState, evidence: QuotaEvidence, now: float) -> tuple[Quota, ...]:
    """Return the known windows that a response says nothing about.

    The requests of probes are always the same: an accepted one that lacks a window of an earlier
    one shows that it exists no more.
    """
    if state.observed_at is None:
        return ()
    reported = {quota.window for quota in evidence.quotas}
    is_accepted = evidence.verdict is Verdict.VALID
    is_probe = evidence.quotas[0].source == "headers"
    return tuple(
        each
        for each in state.quota
        if not (is_probe and is_accepted and each.source == "headers")
        and each.window not in reported
        and is_still_known(each, state.observed_at_of(each) or now, now, is_accepted=is_accepted)
    )


def _extend_history(state: AccountState, quota: Quota, now: float) -> WindowHistory:
    """Return a window's observations with a new one, if the number of requests left is known."""
    known = state.history_of(quota)
    if quota.remaining is None:
        is_kept = known.history and known.observed_at is not None
        return known if is_kept else known._replace(observed_at=now)
    new, length = Observation(now, quota.remaining), quota.window_seconds
    current = [p for p in _current_history(state, quota, now) if p.at > now - length]
    drawn = [p for p in known.trail if now - TRAIL_WINDOWS * length < p.at < now]
    history, trail = ((*points, new)[-_LONGEST_HISTORY:] for points in (current, drawn))
    return WindowHistory(quota.window, history, trail, now)


def _current_history(state: AccountState, quota: Quota, now: float) -> tuple[Observation, ...]:
    """Return the observations so far of the window that a response is from."""
    before = None if state.observed_at is None else _by_name(state.quota, quota.window)
    if before is None or not _is_same_window(state, before, quota, now):
        return ()
    return state.history_of(quota).history


def _by_window(quotas: tuple[Quota, ...]) -> list[Quota]:
    """Return the first quota of each window."""
    return list({quota.window: quota for quota in reversed(quotas)}.values())[::-1]


def _by_name(quotas: tuple[Quota, ...], window: str) -> Quota | None:
    return next((quota for quota in quotas if quota.window == window), None)


def _keep_known_quota(state: AccountState, evidence: QuotaEvidence, now: float) -> AccountState:
    """Keep the known quota of the current window; if it is over, only the limit is known."""
    if state.quota and state.observed_at is not None:
        known = state.quota[0]
        reset = _timestamp(known.reset_at)
        refuted = known.remaining == 0 and evidence.verdict is Verdict.VALID
        if not refuted and reset is not None and now < reset:
            return state
    return state._replace(
        quota=evidence.quotas,
        observed_at=None,
        history=(),
        further_histories=(),
        reported_reset=None,
    )


def _expect_reset(quota: Quota, lag: float, now: float) -> Quota:
    """Return a quota with the moment at which its reset is expected by this computer's clock.

    This moment is shown and waited for.
    """
    reset = _timestamp(quota.reset_at)
    if reset is None or quota.reset_at is None:
        return quota
    if reset > now:
        expected = min(reset + lag, now + LONGEST_PAUSE)
    elif quota.remaining == 0 and now - reset < _SAME_RESET_SECONDS:
        expected = max(now + _AT_ONCE_SECONDS, reset + lag)  # 0 seconds: it is reset now
    elif lag > 0:
        # This clock is ahead, so the window is not over yet; by how much is not known.
        expected = now + min(now - reset, quota.window_seconds)
    else:
        # Without a request left, nothing is known of when there are more.
        return quota._replace(reset_at=None) if quota.remaining == 0 else quota
    return quota._replace(reset_at=quota.reset_at + timedelta(seconds=expected - reset))


def _is_pause(quota: Quota, evidence: QuotaEvidence, now: float) -> bool:
    """Return whether a reset may be the end of a pause, or a cap: neither is a window's."""
    reset = _timestamp(quota.reset_at)
    if reset is None or evidence.verdict is not Verdict.RATE_LIMITED:
        return False
    is_cap = abs(reset - now - LONGEST_PAUSE) < _SAME_RESET_SECONDS
    return quota.reset_at == evidence.retry_at or is_cap


def _find_other_window(
    state: AccountState, before: Quota | None, quota: Quota, now: float
) -> float | None:
    """Return how long the server's window is, if its resets do not fit the window's length.

    A reset further ahead than the window is long shows a longer one, and two resets that are less
    than a window apart a shorter one. It is forgotten when resets fit again.
    """
    new, window = _timestamp(quota.reset_at or quota.ignored_reset), quota.window_seconds
    if new is None or not now < new < now + _LONGEST_WINDOW:
        return state.other_window
    tolerance = max(_SAME_RESET_SECONDS, window * _MISFIT)
    if new - now > window + tolerance:
        return max(new - now, state.other_window or 0.0)
    old = None if before is None else _reported_reset(state, before)
    if old is None or now < old or new - old < _SAME_RESET_SECONDS:
        return state.other_window  # of the same window, which says nothing new
    if state.other_window is not None and state.other_window > window:
        return None  # the previous reset was none of a window of this length
    return new - old if new - old < window - tolerance else None


def _reported_reset(state: AccountState, before: Quota) -> float | None:
    """Return the reset that the previous response reported; older ledgers lack it."""
    is_first = before is state.quota[0]
    if not is_first or state.reported_reset is None:
        return _timestamp(before.reset_at)
    return state.reported_reset


def _is_same_window(state: AccountState, before: Quota, quota: Quota, now: float) -> bool:
    """Return whether a response is from the same window as the previous one."""
    history = state.history_of(quota).history
    last = history[-1] if history else None
    if last is None or last.at > now or (quota.remaining or 0) > last.remaining:
        return False
    old, new = _reported_reset(state, before), _timestamp(quota.reset_at)
    if old is None:
        return now - last.at < quota.window_seconds
    if new is None:
        return now < old
    return new - old < quota.window_seconds / 2 and (now < old or new - old < _SAME_RESET_SECONDS)


def _learn_reset_lag(state: AccountState, before: Quota, quota: Quota, now: float) -> float:
    """Return by how many seconds resets are seen later than announced, updated by a response."""
    old, new = _reported_reset(state, before), _timestamp(quota.reset_at)
    if old is None or new is None:
        return state.reset_lag
    if new <= now:
        continues = abs(new - old) < _SAME_RESET_SECONDS
        largest = quota.window_seconds * _LARGEST_LAG
        return min(max(state.reset_lag, now - new), largest) if continues else state.reset_lag
    if new - old < _SAME_RESET_SECONDS:
        return state.reset_lag
    return min(state.reset_lag, max(0.0, now - old)) * _LAG_DECAY


def _timestamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
