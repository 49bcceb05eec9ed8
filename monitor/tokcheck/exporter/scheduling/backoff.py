"""What holds a probe back, whatever is left of its budget, and until when."""

from typing import NamedTuple

from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Verdict
from tokcheck.exporter.scheduling.budget import budget, window_of
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import HEALING, Skip, Standing
from tokcheck.exporter.state.forecast import forecast
from tokcheck.providers.base import Pace

DAY = 86_400.0
_HOUR = 3_600.0
_LONGEST_HEALING = 6 * _HOUR
_LEAST_BACKOFF = 30.0
_EARLY_SECONDS = 1.0  # by which a timer may be, and is not to be told to wait that long again
_FEWEST_LOOKS = 2  # in the time until a falling quota is used up

# Nothing was sent, and nothing would be: the text itself is at fault.
_NOTHING_TO_TRY = {
    Verdict.NO_TOKEN,
    Verdict.MALFORMED,
    Verdict.INCOMPLETE,
    Verdict.WRONG_KIND,
    Verdict.WRONG_PROVIDER,
    Verdict.PLACEHOLDER,
    Verdict.AMBIGUOUS,
}


class Hold(NamedTuple):
    """Why no probe is sent, and until when; ``None`` is until the account's text changes."""

    reason: Skip
    until: float | None


class Pause(NamedTuple):
    """How long after a probe the next one follows: between ``low`` and ``high`` seconds.

    ``reason`` is set if this is not the account's own pace but a consequence of the answer.
    """

    low: float
    high: float
    reason: Skip | None = None


def usual_of(pace: Pace, policy: Policy) -> float:
    """Return the usual pause in seconds; a longer one than a day is a day."""
    return min(max(1.0, policy.every or pace.every), DAY)


def allowance(standing: Standing, pace: Pace, policy: Policy) -> int:
    """Return the account's budget: a share of the limit that the last answer told."""
    return budget(pace, policy, standing.quota[0].limit if standing.quota else None)


def held(standing: Standing, pace: Pace, policy: Policy, now: float) -> Hold | None:
    """Tell what holds a probe back at ``now``, other than its budget."""
    verdict = standing.verdict
    if verdict in _NOTHING_TO_TRY or (verdict is Verdict.UNDETERMINED and standing.told is None):
        return Hold(Skip.NO_TOKEN, None)
    if verdict is Verdict.EXPIRED or is_expired(standing.expires_at, now):
        return Hold(Skip.EXPIRED, None)
    if standing.usable is False and verdict not in {*HEALING, Verdict.SERVICE_GONE}:
        return Hold(Skip.REFUSED, None)
    hold = _between(standing, pace, policy, now) or _exhausted(standing, pace, policy)
    return hold if hold is not None and (hold.until is None or now < hold.until) else None


def pause(standing: Standing, pace: Pace, policy: Policy) -> Pause:
    """Return how long after the last probe the next one follows."""
    usual, window = usual_of(pace, policy), window_of(pace, policy)
    # Twice as often as the budget can bear: for a while, and then it holds back.
    least = window * pace.requests / allowance(standing, pace, policy) / 2
    if standing.failures:
        first = max(least, _LEAST_BACKOFF)
        longest = max(_HOUR, usual, first)
        return Pause(first, min(longest, first * 2.0 ** min(standing.failures, 30)), Skip.BACKOFF)
    if standing.verdict is Verdict.SERVICE_GONE:
        return Pause(DAY, DAY * 1.05, Skip.SERVICE_GONE)
    if standing.verdict in HEALING:
        seconds = min(_LONGEST_HEALING, _HOUR * 2.0 ** min(standing.quiet, 30))
        return Pause(seconds, seconds * 1.1, Skip.BACKOFF)
    if (seen := _until_empty(standing, window)) is not None:
        seconds = max(min(least, usual), min(usual, seen / _FEWEST_LOOKS))
        return Pause(seconds * 0.9, seconds)
    if pace.tells:
        longest = min(DAY, max(window, usual))
        usual = min(longest, usual * 2.0 ** min(standing.quiet, 30))
    return Pause(usual * 0.9, usual * 1.1)


def falls_fast(standing: Standing, pace: Pace, policy: Policy) -> bool:
    """Tell whether the quota runs out before its reset, at the present rate."""
    return _until_empty(standing, window_of(pace, policy)) is not None


def renewal(standing: Standing, window: float) -> float | None:
    """Return when the quota is renewed, by this machine's clock; ``None`` if that is not known.

    It lies in the past as long as the new window has not been seen. A reset further ahead than
    a window's length in seconds is not believed: it is told by the server's clock.
    """
    if not standing.quota or standing.observed_at is None:
        return None
    quota, observed = standing.quota[0], standing.observed_at
    if quota.reset_at is None:
        return None
    reset = quota.reset_at.timestamp()
    if reset > observed:
        return min(reset, observed + window) + standing.lag
    if standing.lag <= 0:
        return None  # no reset lies before the answer that tells it
    # This clock is ahead: the window that was over goes on. By how much, time must tell.
    return observed + min(observed - reset, window)


def asked_at(standing: Standing, now: float) -> float:
    """Return when the account was asked last; ``now`` where that is not known."""
    return now if standing.probed_at is None else standing.probed_at


def _between(standing: Standing, pace: Pace, policy: Policy, now: float) -> Hold | None:
    """Hold back what was asked a short while ago and answered in vain."""
    if standing.told is None:
        return None
    between = pause(standing, pace, policy)
    if between.reason is None:
        return None
    asked = asked_at(standing, now)
    planned = standing.next_probe_at
    if planned is not None and planned <= asked + between.high:
        return Hold(between.reason, planned - _EARLY_SECONDS)
    return Hold(between.reason, asked + between.low)


def _exhausted(standing: Standing, pace: Pace, policy: Policy) -> Hold | None:
    """Hold back until the reset where few calls are left, or none."""
    limited = standing.verdict is Verdict.RATE_LIMITED
    remaining = standing.quota[0].remaining if standing.quota else None
    if not limited and (remaining is None or remaining > policy.reserve):
        return None
    window = window_of(pace, policy)
    until = renewal(standing, window)
    if until is None:
        seen = standing.probed_at if standing.observed_at is None else standing.observed_at
        if seen is None:
            return None
        until = seen + window
    return Hold(Skip.RATE_LIMITED if limited else Skip.RESERVE, until)


def _until_empty(standing: Standing, window: float) -> float | None:
    """Return the seconds from the last observation until the quota is used up before its reset."""
    if not standing.history:
        return None
    last = standing.history[-1]
    seen = forecast(standing, last.at, window=window)
    if not seen.before_reset or seen.runs_out_at is None:
        return None
    return seen.runs_out_at - last.at
