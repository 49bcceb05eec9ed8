"""What an answer tells about the present window, beside what was known of it."""

from datetime import datetime
from typing import NamedTuple

from tokcheck.core.report import Quota, Report, Verdict
from tokcheck.exporter.state.account_state import Observation, Standing
from tokcheck.exporter.state.forecast import SECONDS

_LONGEST_HISTORY = 60
_SAME_RESET_SECONDS = 5.0  # whole seconds from an answer's own date: they wander a little
_LARGEST_LAG = 1 / 4  # of a window
_LAG_KEPT = 0.95  # at each reset, so that a clock which was set right is believed again


class Seen(NamedTuple):
    """A standing with what an answer told of the quota; ``moved`` if others used calls."""

    standing: Standing
    moved: bool


def seen(standing: Standing, report: Report, now: float) -> Seen:
    """Take in the quota that an answer told, if it told any."""
    if not report.quota:
        return Seen(standing, moved=False)
    quota = report.quota[0]
    if quota.source == "documented" and quota.remaining is None:
        return Seen(_documented(standing, report, now), moved=False)
    before = standing.quota[0] if standing.quota and standing.observed_at is not None else None
    after = standing._replace(
        quota=report.quota,
        observed_at=now,
        lag=standing.lag if before is None else _lag(standing, before, quota, now),
    )
    if quota.remaining is None:
        return Seen(after, moved=False)
    history = standing.history if before and _continues(standing, before, quota, now) else ()
    start = history[-1].remaining if history else quota.limit
    own = report.probe.requests if report.probe else 0
    moved = start is not None and start - quota.remaining > own
    oldest = now - SECONDS[quota.window]
    kept = [point for point in history if point.at > oldest]
    history = (*kept, Observation(now, quota.remaining))[-_LONGEST_HISTORY:]
    return Seen(after._replace(history=history), moved)


def _documented(standing: Standing, report: Report, now: float) -> Standing:
    """Keep what answers told of the window that is not over; else only the limit is known."""
    if standing.quota and standing.observed_at is not None:
        known = standing.quota[0]
        reset = _seconds(known.reset_at)
        refuted = known.remaining == 0 and report.verdict is Verdict.VALID
        if not refuted and reset is not None and now < reset:
            return standing
    return standing._replace(quota=report.quota, observed_at=None, history=())


def _continues(standing: Standing, before: Quota, quota: Quota, now: float) -> bool:
    """Tell whether an answer comes from the window of the one before it."""
    last = standing.history[-1] if standing.history else None
    if last is None or last.at > now or (quota.remaining or 0) > last.remaining:
        return False
    old, new = _seconds(before.reset_at), _seconds(quota.reset_at)
    if old is None:
        return now - last.at < SECONDS[quota.window]
    if new is None:
        return now < old
    return new - old < SECONDS[quota.window] / 2 and (now < old or new - old < _SAME_RESET_SECONDS)


def _lag(standing: Standing, before: Quota, quota: Quota, now: float) -> float:
    """Learn by how much resets are seen later than told, from one that is over and goes on."""
    old, new = _seconds(before.reset_at), _seconds(quota.reset_at)
    if old is None or new is None:
        return standing.lag
    if new <= now:
        goes_on = abs(new - old) < _SAME_RESET_SECONDS
        largest = SECONDS[quota.window] * _LARGEST_LAG
        return min(max(standing.lag, now - new), largest) if goes_on else standing.lag
    if new - old < _SAME_RESET_SECONDS:
        return standing.lag
    return min(standing.lag, max(0.0, now - old)) * _LAG_KEPT


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
