"""Backoff: what holds a probe back regardless of its budget, and until when."""

from typing import NamedTuple

from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling.budget import budget, window_seconds
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import RECOVERABLE_VERDICTS, AccountState, SkipReason
from tokcheck.exporter.state.forecast import forecast
from tokcheck.providers.base import Pace

DAY = 86_400.0
_HOUR = 3_600.0
_LONGEST_RECOVERY = 6 * _HOUR
_LEAST_BACKOFF = 30.0
_EARLY_SECONDS = 1.0  # a timer may be early by this much, and need not wait again
_FEWEST_PROBES = 2  # in the time until a falling quota is used up

# No request was sent and none will be: the text itself is wrong.
_NOTHING_TO_TRY = {
    Verdict.NO_TOKEN,
    Verdict.MALFORMED,
    Verdict.INCOMPLETE,
    Verdict.WRONG_KIND,
    Verdict.WRONG_PROVIDER,
    Verdict.PLACEHOLDER,
    Verdict.AMBIGUOUS,
}


class Backoff(NamedTuple):
    """Why no probe is sent, and until when."""

    reason: SkipReason
    until: float | None
    """Unix seconds; ``None`` until the account's text changes."""


class ProbeInterval(NamedTuple):
    """How many seconds after a probe the next one follows."""

    low: float
    high: float
    reason: SkipReason | None = None
    """Set if the interval follows from the last response, not from the account's usual pace."""


def usual_interval(pace: Pace, policy: Policy) -> float:
    """Return the usual interval between two probes in seconds, at most a day."""
    return min(max(1.0, policy.every or pace.every), DAY)


def allowance(state: AccountState, pace: Pace, policy: Policy) -> int:
    """Return the account's budget: a share of the limit that the last response reported.

    The limit of another window, or of all users of a project, is no limit of this account.
    """
    quota = state.quota[0] if state.quota else None
    is_own = quota is not None and (quota.window, quota.owner) == (pace.window, "user")
    return budget(pace, policy, quota.limit if quota is not None and is_own else None)


def find_backoff(state: AccountState, pace: Pace, policy: Policy, now: float) -> Backoff | None:
    """Return what holds a probe back at ``now``, other than its budget."""
    verdict = state.verdict
    if verdict in _NOTHING_TO_TRY or (
        verdict is Verdict.UNDETERMINED and state.probed_verdict is None
    ):
        return Backoff(SkipReason.NO_TOKEN, None)
    if verdict is Verdict.EXPIRED or is_expired(state.expires_at, now):
        return Backoff(SkipReason.EXPIRED, None)
    if state.usable is False and verdict not in {*RECOVERABLE_VERDICTS, Verdict.SERVICE_GONE}:
        return Backoff(SkipReason.REFUSED, None)
    backoff = _interval_backoff(state, pace, policy, now) or _quota_backoff(state, pace, policy)
    pause = _requested_pause(state)
    if pause is not None and backoff is None:
        backoff = Backoff(SkipReason.BACKOFF, pause)
    elif pause is not None and backoff is not None and backoff.until is not None:
        backoff = backoff._replace(until=max(pause, backoff.until))
    return (
        backoff if backoff is not None and (backoff.until is None or now < backoff.until) else None
    )


def probe_interval(state: AccountState, pace: Pace, policy: Policy) -> ProbeInterval:
    """Return how long after the last probe the next one follows."""
    usual, window = usual_interval(pace, policy), window_seconds(pace, policy)
    # Twice as often as the budget allows in the long run; the budget itself ends that.
    least = window * pace.requests / allowance(state, pace, policy) / 2
    if state.failures:
        first = max(least, _LEAST_BACKOFF)
        longest = max(_HOUR, usual, first)
        return ProbeInterval(
            first, min(longest, first * 2.0 ** min(state.failures, 30)), SkipReason.BACKOFF
        )
    if state.verdict is Verdict.SERVICE_GONE:
        return ProbeInterval(DAY, DAY * 1.05, SkipReason.SERVICE_GONE)
    if state.verdict in RECOVERABLE_VERDICTS:
        seconds = min(_LONGEST_RECOVERY, _HOUR * 2.0 ** min(state.unchanged_probes, 30))
        return ProbeInterval(seconds, seconds * 1.1, SkipReason.BACKOFF)
    if (seen := _seconds_until_exhausted(state, window)) is not None:
        seconds = max(min(least, usual), min(usual, seen / _FEWEST_PROBES))
        return ProbeInterval(seconds * 0.9, seconds)
    if pace.reports_remaining:
        longest = min(DAY, max(window, usual))
        usual = min(longest, usual * 2.0 ** min(state.unchanged_probes, 30))
    return ProbeInterval(usual * 0.9, usual * 1.1)


def runs_out_before_reset(state: AccountState, pace: Pace, policy: Policy) -> bool:
    """Return whether the quota runs out before its reset, at the present rate."""
    return _seconds_until_exhausted(state, window_seconds(pace, policy)) is not None


def reset_time(state: AccountState, window: float) -> float | None:
    """Return when the quota is reset, by this computer's clock; ``None`` if that is unknown.

    It lies in the past as long as the new window has not been observed. A reset further ahead
    than ``window`` seconds is cut to that: it comes from the server's clock.
    """
    if not state.quota or state.observed_at is None:
        return None
    quota, observed = state.quota[0], state.observed_at
    if quota.reset_at is None:
        return None
    reset = quota.reset_at.timestamp()
    if reset > observed:
        return min(reset, observed + window) + state.reset_lag
    if state.reset_lag <= 0:
        return None  # a reset cannot lie before the response that announces it
    # This clock is ahead, so the window is not over yet; by how much is not known.
    return observed + min(observed - reset, window)


def last_probe_at(state: AccountState, now: float) -> float:
    """Return when the account was last probed; ``now`` if that is unknown."""
    return now if state.probed_at is None else state.probed_at


def _interval_backoff(
    state: AccountState, pace: Pace, policy: Policy, now: float
) -> Backoff | None:
    """Return the backoff after a recent probe with a response that calls for a longer interval."""
    if state.probed_verdict is None:
        return None
    interval = probe_interval(state, pace, policy)
    if interval.reason is None:
        return None
    last_probe = last_probe_at(state, now)
    planned = state.next_probe_at
    if planned is not None and planned <= last_probe + interval.high:
        return Backoff(interval.reason, planned - _EARLY_SECONDS)
    return Backoff(interval.reason, last_probe + interval.low)


def _requested_pause(state: AccountState) -> float | None:
    """Return until when the last response wants no request; at most a day, as clocks differ."""
    if state.pause_until is None or state.probed_at is None or state.probed_verdict is None:
        return None
    return min(state.pause_until, state.probed_at + DAY)


def _quota_backoff(state: AccountState, pace: Pace, policy: Policy) -> Backoff | None:
    """Return the backoff until the reset if few requests are left, or none."""
    limited = state.verdict is Verdict.RATE_LIMITED
    remaining = state.quota[0].remaining if state.quota else None
    if not limited and (remaining is None or remaining > policy.reserve):
        return None
    window = window_seconds(pace, policy)
    if state.quota and state.quota[0].window != pace.window:
        window = min(state.quota[0].window_seconds, _LONGEST_RECOVERY)
    until = reset_time(state, window)
    if until is None:
        seen = state.probed_at if state.observed_at is None else state.observed_at
        if seen is None:
            return None
        until = seen + window
    return Backoff(SkipReason.RATE_LIMITED if limited else SkipReason.RESERVE, until)


def _seconds_until_exhausted(state: AccountState, window: float) -> float | None:
    """Return the seconds from the last observation until the quota is used up before its reset."""
    if not state.history:
        return None
    last = state.history[-1]
    seen = forecast(state, last.at, window=window)
    if not seen.before_reset or seen.runs_out_at is None:
        return None
    return seen.runs_out_at - last.at
