"""When an account is asked: a budget that holds, and inside it where a look tells most.

Whoever drives it does this for each account, at the moment that :class:`Wake` names: let time
pass (:func:`tokcheck.exporter.progress.passed`), see whether the probe is :func:`withheld`, take
its cost from the ledger, probe, and plan anew. Lost time is never made up for: after a pause of
any length there is one probe, and then the pace begins again.
"""

from random import Random

from tokcheck.core.expiry import is_expired
from tokcheck.exporter.scheduling.backoff import (
    allowance,
    asked_at,
    falls_fast,
    held,
    pause,
    renewal,
    usual_of,
)
from tokcheck.exporter.scheduling.budget import Spent, budget, window_of
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import Skip, Standing, Wake
from tokcheck.providers.base import Pace

__all__ = ["Spent", "Wake", "budget", "next_wake", "withheld"]

_SPREAD_SECONDS = 30.0
_STARTS_A_SECOND = 50.0
_RETRY_SECONDS = 60.0
# Half a minute to two minutes after an hour's reset: clocks differ, and everybody else's timer
# fires on the dot. Shorter windows by their length.
_SETTLE_SECONDS = (30.0, 120.0)
_SETTLE_SHARES = (1 / 120, 1 / 30)


def withheld(
    standing: Standing, pace: Pace, policy: Policy, spent: Spent, now: float
) -> Skip | None:
    """Tell why a probe that is due now may not be sent; ``None`` if it may."""
    hold = held(standing, pace, policy, now)
    if hold is not None:
        return hold.reason
    return Skip.BUDGET if _room(standing, pace, policy, spent, now) > now else None


def next_wake(
    standing: Standing,
    pace: Pace,
    policy: Policy,
    spent: Spent,
    now: float,
    random: Random,
    *,
    among: int = 1,
) -> Wake:
    """Plan when to look at an account again; never before ``now`` nor much later than in a day.

    ``among`` is the number of accounts that are watched together: the more there are, the further
    the first probes are spread, up to half a minute.
    """
    again = now + usual_of(pace, policy) * random.uniform(0.9, 1.1)
    hold = held(standing, pace, policy, now)
    if hold is not None and hold.until is None:
        return Wake(again, None, hold.reason)
    probe_at = _pace(standing, pace, policy, now, random, among)
    waiting = None
    if hold is not None and hold.until is not None:
        waiting = hold.reason
        extra = _settle(pace, policy, random) if waiting in {Skip.RATE_LIMITED, Skip.RESERVE} else 0
        probe_at = max(probe_at, hold.until + extra)
    elif standing.told is not None:
        waiting = pause(standing, pace, policy).reason if probe_at > now else None
    room = _room(standing, pace, policy, spent, probe_at)
    if room > probe_at:
        waiting = waiting or Skip.BUDGET
        probe_at = room + _settle(pace, policy, random) / 10
    if standing.waiting in {Skip.BUDGET, Skip.LEDGER}:  # refused just now, or planned so
        waiting = waiting or standing.waiting
        retry = min(_RETRY_SECONDS, usual_of(pace, policy)) * random.uniform(0.5, 1)
        probe_at = max(probe_at, now + retry)
    at = probe_at if waiting is None else min(probe_at, again)
    if standing.expires_at is not None and is_expired(standing.expires_at, probe_at):
        # It becomes expired without anybody asking; a moment later, whatever a timer rounds.
        at = min(at, standing.expires_at + 1)
        return Wake(at, None, waiting or Skip.EXPIRED)
    return Wake(at, probe_at, waiting)


def _pace(
    standing: Standing, pace: Pace, policy: Policy, now: float, random: Random, among: int
) -> float:
    """Return when the next probe would be sent if nothing held it back."""
    start = now + random.uniform(0, min(_SPREAD_SECONDS, max(0, among - 1) / _STARTS_A_SECOND))
    if standing.told is None:  # nobody has been asked about this text
        return start
    between = pause(standing, pace, policy)
    asked = asked_at(standing, now)
    reset = renewal(standing, window_of(pace, policy)) if between.reason is None else None
    latest = asked + between.high
    if reset is not None:
        latest = max(latest, reset + _SETTLE_SECONDS[1])
    planned = standing.next_probe_at
    if planned is not None and now < planned <= latest:
        return planned  # nothing was learned since
    moment = asked + random.uniform(between.low, between.high)
    if reset is not None and reset > asked:
        look = reset + _settle(pace, policy, random)
        patient = not falls_fast(standing, pace, policy)
        # What an ordinary probe tells shortly before the reset is not worth its call.
        if look < moment + (usual_of(pace, policy) / 4 if patient else 0):
            moment = look
    return moment if moment > now else start


def _settle(pace: Pace, policy: Policy, random: Random) -> float:
    """Return by how many seconds to let a reset pass."""
    window = window_of(pace, policy)
    low, high = (
        min(seconds, window * share)
        for seconds, share in zip(_SETTLE_SECONDS, _SETTLE_SHARES, strict=True)
    )
    return random.uniform(low, high)


def _room(standing: Standing, pace: Pace, policy: Policy, spent: Spent, at: float) -> float:
    """Return the first moment, from ``at`` on, at which the budget has room for a probe.

    Where answers tell how many calls are left, ordinary probes leave room for one more: for the
    look at a new window, soon after the reset.
    """
    allowed = allowance(standing, pace, policy) - pace.requests
    any_room = spent.room(allowed, at)
    if not pace.tells or allowed < pace.requests:
        return any_room
    ordinary = spent.room(allowed - pace.requests, at)
    reset = renewal(standing, window_of(pace, policy))
    return ordinary if reset is None else min(ordinary, max(reset, any_room))
