"""Backoff: the reasons to hold a probe back regardless of its budget, and until when."""

from typing import NamedTuple

from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling.budget import (
    WindowBudget,
    budget,
    further_budget,
    window_seconds,
)
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import RECOVERABLE_VERDICTS, AccountState, SkipReason
from tokcheck.exporter.state.forecast import forecast
from tokcheck.exporter.state.severity import known_until
from tokcheck.providers.base import Pace, PaceWindow

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

# A pause that the server requests is the reason if it lasts longer than these.
_OUTLASTED = {SkipReason.RESERVE, SkipReason.BACKOFF}


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
    return min(max(1.0, pace.shortest, policy.every or pace.every), DAY)


def allowance(state: AccountState, pace: Pace, policy: Policy) -> int:
    """Return the account's budget: a share of the limit that the last response reported.

    The limit of another window, or of others' requests, is no limit of this account.
    """
    return budget(pace, policy, _known_limit(state, pace))


def further_allowances(state: AccountState, pace: Pace, policy: Policy) -> tuple[WindowBudget, ...]:
    """Return the account's budgets in the further windows of its pace, in their order."""
    return tuple(
        WindowBudget(
            each.seconds,
            further_budget(each, pace, policy, _known_limit(state, each)),
            "" if each.owner == pace.owner else state.subject,
        )
        for each in pace.further
    )


def _known_limit(state: AccountState, window: Pace | PaceWindow) -> int:
    """Return the limit of a window as reported, or as documented and no higher than before."""
    for quota in state.quota:
        is_this = (quota.window, quota.owner) == (window.window, window.owner)
        if is_this and quota.limit is not None:
            return quota.limit
    former = state.former_limit
    return window.limit if former is None else min(window.limit, former)


def find_backoff(
    state: AccountState,
    pace: Pace,
    policy: Policy,
    now: float,
    *,
    paused_until: float | None = None,
) -> Backoff | None:
    """Return the reason to hold a probe back at ``now``, other than its budget.

    ``paused_until`` is the end of a pause that some response to the same user requested.
    """
    verdict = state.verdict
    if (
        verdict in _NOTHING_TO_TRY
        or (verdict is Verdict.UNDETERMINED and state.probed_verdict is None)
        or (state.source_unread and not state.version)
    ):
        return Backoff(SkipReason.NO_TOKEN, None)
    if verdict is Verdict.EXPIRED or is_expired(state.expires_at, now):
        return Backoff(SkipReason.EXPIRED, None)
    if state.usable is False and verdict not in {*RECOVERABLE_VERDICTS, Verdict.SERVICE_GONE}:
        return Backoff(SkipReason.REFUSED, None)
    backoff = _interval_backoff(state, pace, policy, now) or _quota_backoff(
        state, pace, policy, now
    )
    pauses = [end for end in (_requested_pause(state), paused_until) if end is not None]
    pause = max(pauses) if pauses else None
    if pause is not None and backoff is None:
        backoff = Backoff(SkipReason.PAUSED, pause)
    elif pause is not None and backoff is not None and backoff.until is not None:
        until = max(pause, backoff.until)
        is_longer = backoff.reason in _OUTLASTED and until == pause
        backoff = Backoff(SkipReason.PAUSED if is_longer else backoff.reason, until)
    return (
        backoff if backoff is not None and (backoff.until is None or now < backoff.until) else None
    )


def probe_interval(state: AccountState, pace: Pace, policy: Policy) -> ProbeInterval:
    """Return how long after the last probe the next one follows."""
    usual, window = usual_interval(pace, policy), window_seconds(pace, policy)
    further = further_allowances(state, pace, policy)
    # Twice as often as the budget allows in the long run; the budget itself ends that.
    least = window * pace.requests / allowance(state, pace, policy) / 2
    # The budget of a long window is spread over it, or it would be spent at its beginning.
    steady = [each.seconds * pace.requests / each.requests for each in further]
    usual = min(DAY, max(usual, *steady)) if steady else usual
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
    if (seen := _seconds_until_exhausted(state, pace, policy)) is not None:
        seconds = max(min(least, usual), min(usual, seen / _FEWEST_PROBES))
        return ProbeInterval(seconds * 0.9, seconds)
    if pace.reports_remaining:
        longest = min(DAY, max(window, usual))
        usual = min(longest, usual * 2.0 ** min(state.unchanged_probes, 30))
    return ProbeInterval(usual * 0.9, usual * 1.1)


def runs_out_before_reset(state: AccountState, pace: Pace, policy: Policy) -> bool:
    """Return whether the quota runs out before its reset, at the present rate."""
    return _seconds_until_exhausted(state, pace, policy) is not None


def reset_time(state: AccountState) -> float | None:
    """Return when the quota is reset, by this computer's clock; ``None`` if that is unknown.

    It lies in the past as long as the new window has not been observed.
    """
    if not state.quota or state.observed_at is None:
        return None
    quota, observed = state.quota[0], state.observed_at
    if quota.reset_at is None:
        return None
    reset = quota.reset_at.timestamp()
    # A reset cannot lie before the response that announces it.
    return reset if reset > observed else None


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
    if state.pause_until is None or state.probed_at is None:
        return state.pause_until
    return min(state.pause_until, state.probed_at + DAY)


def _quota_backoff(state: AccountState, pace: Pace, policy: Policy, now: float) -> Backoff | None:
    """Return the backoff until the reset if few requests are left, or none."""
    limited = state.verdict is Verdict.RATE_LIMITED
    reason = SkipReason.RATE_LIMITED if limited else SkipReason.RESERVE
    remaining = state.quota[0].remaining if state.quota else None
    is_low = remaining is not None and remaining <= policy.reserve
    further = _further_reset(state, policy, now)
    if further is not None and not is_low:
        return Backoff(reason, further)
    if not limited and not is_low:
        return None
    if remaining is not None and not is_low and state.pause_until is not None:
        return Backoff(SkipReason.PAUSED, state.pause_until)  # of a refusal that named it alone
    window = window_seconds(pace, policy)
    is_usual = not state.quota or state.quota[0].window == pace.window
    if state.quota and not is_usual:
        window = min(state.quota[0].window_seconds, _LONGEST_RECOVERY)
    until = reset_time(state)
    if until is None and limited and is_usual:
        # Reported alone, and perhaps over already: now. A delay of seconds ends no day.
        until = state.pause_until
        reason = reason if until is None else SkipReason.PAUSED
    if until is None:
        moments = [state.observed_at or state.probed_at, state.traffic_at if limited else None]
        known = [moment for moment in moments if moment is not None]
        if not known:
            return None
        until = max(known) + window
    return Backoff(reason, until if further is None else max(until, further))


def _further_reset(state: AccountState, policy: Policy, now: float) -> float | None:
    """Return until when few requests are left in another window than the first; ``None`` if not."""
    ends = [
        min(until, (state.observed_at_of(quota) or now) + DAY)
        for quota in state.quota[1:]
        if quota.remaining is not None and quota.remaining <= policy.reserve
        if (until := known_until(quota, state)) is not None and until > now
    ]
    return max(ends, default=None)


def _seconds_until_exhausted(state: AccountState, pace: Pace, policy: Policy) -> float | None:
    """Return the seconds from the last observation until a window is used up before its reset."""
    ends = []
    for quota in state.quota:
        history = state.history_of(quota).history
        is_first = quota.window == state.quota[0].window
        is_paced = is_first and (not pace.further or quota.window == pace.window)
        window = window_seconds(pace, policy) if is_paced else None
        if history:
            last = history[-1]
            seen = forecast(quota, history, last.at, window=window)
            if seen.before_reset and seen.runs_out_at is not None:
                ends.append(seen.runs_out_at - last.at)
    return min(ends, default=None)
