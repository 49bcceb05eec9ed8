"""The planner: when an account is probed, within its budget and where a probe reveals most.

For each account, at the moment of its :class:`ProbePlan`, the engine applies the time
(:func:`tokcheck.exporter.state.transitions.advance_time`), checks :func:`find_skip`, takes
the cost from the ledger, probes, and plans again. Lost time is not made up for: after a pause of
any length there is one probe, and then the usual interval applies again.
"""

from math import inf
from random import Random

from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling.backoff import (
    Backoff,
    allowance,
    find_backoff,
    further_allowances,
    last_probe_at,
    probe_interval,
    reset_time,
    runs_out_before_reset,
    usual_interval,
)
from tokcheck.exporter.scheduling.budget import RecentSpend, budget, window_seconds
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState, ProbePlan, SkipReason
from tokcheck.providers.base import Pace

__all__ = ["ProbePlan", "RecentSpend", "budget", "find_skip", "plan_next_probe"]

_SPARED_BY_TRAFFIC = {None, Verdict.VALID, Verdict.RATE_LIMITED}
_AFTER_A_RESET = {SkipReason.RATE_LIMITED, SkipReason.RESERVE, SkipReason.PAUSED}
_RETRIED = {SkipReason.BUDGET, SkipReason.COUNTS_LOST, SkipReason.LEDGER}
_SPREAD_SECONDS = 30.0
_STARTS_A_SECOND = 50.0
# Between two counts of probes that lost request counts withhold: half of what the alert looks at.
_COUNTED_SECONDS = 300.0
_RETRY_SECONDS = 60.0
# The requests of a program that is at work follow each other within this.
_NEXT_REQUEST_SECONDS = 120.0
_EARLY_SECONDS = 1.0  # a timer may be early by this much
# Half a minute to two minutes after an hour's reset: clocks differ, and other clients send at the
# very moment of the reset. Shorter windows in proportion.
_SETTLE_SECONDS = (30.0, 120.0)
_SETTLE_SHARES = (1 / 120, 1 / 30)


def find_skip(
    state: AccountState, pace: Pace, policy: Policy, spent: RecentSpend, now: float
) -> Backoff | None:
    """Return why a probe that is due now may not be sent, and until when; ``None`` if it may."""
    reason: SkipReason | None = None
    at = now
    backoff = find_backoff(state, pace, policy, now, paused_until=spent.paused_until)
    if backoff is not None:
        if backoff.until is None:
            return backoff
        reason, at = backoff.reason, backoff.until
    paced = _earliest_probe_at(state, pace, now) - _EARLY_SECONDS
    if paced > at:
        reason, at = reason or SkipReason.PACE, paced
    room = _budget_room_at(state, pace, policy, spent, at)
    if room > at:
        reason = reason or _budget_reason(spent, at)
    return None if reason is None else Backoff(reason, room)


def is_due(state: AccountState, now: float) -> bool:
    """Return whether a probe may be tried at ``now``: if it is withheld, that is counted.

    While request counts are lost, a try is withheld in each turn: an alert counts these.
    """
    if state.waiting is SkipReason.COUNTS_LOST:
        return True
    if state.next_probe_at is not None:
        return state.next_probe_at <= now
    # None is planned for a token that works until it expires.
    return state.waiting is not SkipReason.EXPIRED or is_expired(state.expires_at, now)


def plan_next_probe(
    state: AccountState,
    pace: Pace,
    policy: Policy,
    spent: RecentSpend,
    now: float,
    random: Random,
    *,
    among: int = 1,
) -> ProbePlan:
    """Plan an account's next probe; never before ``now`` nor much later than in a day.

    ``among`` is the number of accounts that are watched together: the more there are, the further
    the first probes are spread, up to half a minute.
    """
    again = now + usual_interval(pace, policy) * random.uniform(0.9, 1.1)
    backoff = find_backoff(state, pace, policy, now, paused_until=spent.paused_until)
    if backoff is not None and backoff.until is None:
        return ProbePlan(again, None, backoff.reason)
    probe_at = _paced_probe_at(state, pace, policy, now, random, among)
    waiting = None
    if backoff is not None and backoff.until is not None:
        waiting = backoff.reason
        extra = (
            _settle_delay(pace, policy, random)
            if waiting in _AFTER_A_RESET and not state.failures
            else 0
        )
        probe_at = max(probe_at, backoff.until + extra)
    elif state.probed_verdict is not None:
        waiting = probe_interval(state, pace, policy).reason if probe_at > now else None
    probe_at = max(probe_at, _quiet_until(state, pace, policy, random))
    room = _budget_room_at(state, pace, policy, spent, probe_at)
    if room > probe_at:
        if waiting in {None, SkipReason.BACKOFF}:  # which ends before the budget has room
            waiting = _budget_reason(spent, probe_at)
        probe_at = room + _settle_delay(pace, policy, random) / 10
    if state.waiting in _RETRIED:  # skipped just now, or planned so
        waiting = waiting or state.waiting
        retry_at = now + min(_RETRY_SECONDS, usual_interval(pace, policy)) * random.uniform(0.5, 1)
        if state.next_probe_at is not None and state.next_probe_at > now:
            # An account that is planned again before its retry must get there.
            retry_at = min(retry_at, state.next_probe_at)
        probe_at = max(probe_at, retry_at)
    at = probe_at if waiting is None else min(probe_at, again)
    if waiting is SkipReason.COUNTS_LOST:  # counted at once, and then often enough for an alert
        at = now if state.waiting is None else min(at, now + _COUNTED_SECONDS)
    if state.expires_at is not None and is_expired(state.expires_at, probe_at):
        # It expires without a request; a second later, so that rounding of timers does not matter.
        at = min(at, state.expires_at + 1)
        return ProbePlan(at, None, waiting or SkipReason.EXPIRED)
    return ProbePlan(at, probe_at, waiting)


def _paced_probe_at(
    state: AccountState, pace: Pace, policy: Policy, now: float, random: Random, among: int
) -> float:
    """Return when the next probe would be sent if nothing held it back."""
    start = now + random.uniform(0, min(_SPREAD_SECONDS, max(0, among - 1) / _STARTS_A_SECOND))
    if state.probed_verdict is None:  # this text was never probed
        return start
    interval = probe_interval(state, pace, policy)
    last_probe = last_probe_at(state, now)
    reset = reset_time(state) if interval.reason is None else None
    latest = last_probe + interval.high
    if reset is not None:
        latest = max(latest, reset + _SETTLE_SECONDS[1])
    planned = state.next_probe_at
    if planned is not None and now < planned <= latest:
        return planned  # nothing was learned since
    probe_at = last_probe + random.uniform(interval.low, interval.high)
    if reset is not None and reset > last_probe:
        after_reset = reset + _settle_delay(pace, policy, random)
        has_time = not runs_out_before_reset(state, pace, policy)
        # An ordinary probe shortly before the reset is not worth its request.
        if after_reset < probe_at + (usual_interval(pace, policy) / 4 if has_time else 0):
            probe_at = after_reset
    return max(probe_at if probe_at > now else start, _earliest_probe_at(state, pace, now))


def _earliest_probe_at(state: AccountState, pace: Pace, now: float) -> float:
    """Return the end of the shortest pause after the last probe of this text that was answered."""
    was_answered = state.probed_verdict is not None and state.status is not None
    return last_probe_at(state, now) + pace.shortest if pace.shortest and was_answered else now


def _quiet_until(state: AccountState, pace: Pace, policy: Policy, random: Random) -> float:
    """Return until when the user's own requests make a probe needless.

    They do for a usual interval after one that was accepted, also if no probe was sent before,
    unless a probe has found anything wrong. None was sent yet with a token that is still to be
    verified: the next one shows whether it works, if it comes soon. The latest one was not accepted
    if it was refused by a limit other than a window that is known to be used up until its reset.
    """
    is_used_up = any(quota.remaining == 0 for quota in state.quota)
    is_refused = state.verdict is Verdict.RATE_LIMITED and not is_used_up
    is_fine = state.probed_verdict in _SPARED_BY_TRAFFIC and not (state.failures or is_refused)
    if state.traffic_at is None or not is_fine or state.usable is False:
        return -inf
    interval = usual_interval(pace, policy)
    if state.is_unverified:
        return state.traffic_at + min(interval, _NEXT_REQUEST_SECONDS)
    return state.traffic_at + interval * random.uniform(0.9, 1.1)


def _budget_reason(spent: RecentSpend, at: float) -> SkipReason:
    """Return why the budget has no room at a moment."""
    lost = spent.closed_until is not None and at < spent.closed_until
    return SkipReason.COUNTS_LOST if lost else SkipReason.BUDGET


def _settle_delay(pace: Pace, policy: Policy, random: Random) -> float:
    """Return by how many seconds to let a reset pass."""
    window = window_seconds(pace, policy)
    low, high = (
        min(seconds, window * share)
        for seconds, share in zip(_SETTLE_SECONDS, _SETTLE_SHARES, strict=True)
    )
    return random.uniform(low, high)


def _budget_room_at(
    state: AccountState, pace: Pace, policy: Policy, spent: RecentSpend, at: float
) -> float:
    """Return the first moment, from ``at`` on, at which the budget has room for a probe.

    If responses report how many requests are left, ordinary probes leave room for one more: for the
    first probe of a new window, soon after the reset.
    """
    further = [each.requests - pace.requests for each in further_allowances(state, pace, policy)]
    at = spent.further_room(further, at)
    allowed = allowance(state, pace, policy) - pace.requests
    any_room = spent.next_room(allowed, at)
    if not pace.reports_remaining or allowed < pace.requests:
        return any_room
    ordinary = spent.next_room(allowed - pace.requests, at)
    reset = reset_time(state)
    return ordinary if reset is None else min(ordinary, max(reset, any_room))
