"""The evidence of the user's own requests: the quota without a probe, and that the token works.

A response to such a request says as much about the quota as one to a probe. An accepted token makes
a probe needless; a refused one says nothing about this token, since the program may have sent
another one.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from math import floor

from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.quota_window import QuotaEvidence, update_quota
from tokcheck.exporter.state.severity import known_until
from tokcheck.exporter.state.transitions import pause_end, set_verdict
from tokcheck.providers.base import Pace
from tokcheck.providers.observed.traffic import ObservedQuota, Traffic

_MINUTE = 60
_HOUR = 3_600.0
# The verdicts that a response to a request of the user's own can change.
_OPEN_VERDICTS = {None, Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED}


def apply_traffic(
    state: AccountState,
    traffic: Traffic,
    pace: Pace | None,
    now: float,
    *,
    shows_usable: bool = True,
    applied: ObservedQuota | None = None,
) -> AccountState:
    """Return the state after the observations until ``now``; the same object if nothing is new.

    ``applied`` is the latest response that was applied before, if that is known.

    If the API reports no remaining requests, and ``pace`` has the documented limit, the requests of
    the present minute are counted: at least those were used. Without ``shows_usable``, an accepted
    request shows no more of the account than its quota: its probe is sent.
    """
    if state.provider != traffic.provider:
        return state
    after = _apply(state, traffic, pace, now, applied)
    if not shows_usable and after is not state:
        return after._replace(
            verdict=state.verdict,
            usable=state.usable,
            verdicts=state.verdicts,
            traffic_at=state.traffic_at,
        )
    return after


def _apply(
    state: AccountState,
    traffic: Traffic,
    pace: Pace | None,
    now: float,
    applied: ObservedQuota | None,
) -> AccountState:
    after = state
    requests = tuple(sorted(traffic.classes.items()))
    if state.observed_requests != requests:
        after = after._replace(observed_requests=requests)
    is_refused = False
    latest = traffic.latest
    if latest is not None and (
        _is_newer(latest.at, state, now)
        or (_is_other(latest, state, applied) and _may_be_last(latest.at, state, now))
    ):
        after = _apply_observed_quota(after, latest, now, _HOUR if pace is None else pace.seconds)
        is_refused = latest.is_refusal
    if pace is not None and not pace.reports_remaining and pace.seconds == _MINUTE:
        # It is not known whether the accepted ones came after the refusal.
        is_accepted = _has_accepted(traffic, dict(state.observed_requests)) and not is_refused
        if is_accepted:
            after = _record_accepted(_end_refusal(after, pace, now), traffic, now)
        after = _count(after, traffic, pace, now, is_accepted=is_accepted)
    return after


def _has_accepted(traffic: Traffic, before: Mapping[str, int]) -> bool:
    """Return whether a request was accepted since ``before``.

    At the first reading, none may have been refused: it is not known which came last.
    """
    accepted = traffic.classes.get("2xx", 0)
    is_mixed = not before and accepted < sum(traffic.classes.values())
    return accepted > before.get("2xx", 0) and not is_mixed


def _record_accepted(state: AccountState, traffic: Traffic, now: float) -> AccountState:
    """Return the state after a request of the latest minute that is known was accepted."""
    minute = max(traffic.minutes, default=None)
    if minute is None or state.verdict not in _OPEN_VERDICTS or state.usable is False:
        return state
    at = min(now, (minute + 1.0) * _MINUTE)
    is_newer = at > max(state.traffic_at or 0.0, state.probed_at or 0.0)
    if not is_newer:
        return state
    if state.verdict is Verdict.UNVERIFIED:
        state = set_verdict(state, Verdict.VALID)._replace(usable=True)
    return state._replace(traffic_at=at)


def _is_other(latest: ObservedQuota, state: AccountState, applied: ObservedQuota | None) -> bool:
    """Return whether a response is another one than that which was applied before.

    At the first reading, only a refusal is: one that was applied has left its moment.
    """
    if applied is not None:
        return latest != applied
    return latest.is_refusal and latest.at != state.traffic_at


def _may_be_last(at: float, state: AccountState, now: float) -> bool:
    """Return whether a response that was not applied yet came after all known ones, or may have.

    A ``Date`` names no more than the second; of two responses with one moment, the ledger keeps
    the one that was reported later.
    """
    known = _last_known(state)
    return min(at, now) >= (floor(known) if at.is_integer() else known)


def _is_newer(at: float, state: AccountState, now: float) -> bool:
    """Return whether a response came after all known ones."""
    return min(at, now) > _last_known(state)


def _last_known(state: AccountState) -> float:
    known = (state.observed_at, state.traffic_at, state.probed_at)
    return max((each for each in known if each), default=0.0)


def _apply_observed_quota(
    state: AccountState, latest: ObservedQuota, now: float, window: float
) -> AccountState:
    at = min(latest.at, now)
    is_limited = latest.is_refusal
    quotas = tuple(quota._replace(source="observed") for quota in latest.quotas)
    verdict = Verdict.RATE_LIMITED if is_limited or _is_used_up(quotas, at) else Verdict.VALID
    retry_at = None if latest.retry_at is None else datetime.fromtimestamp(latest.retry_at, UTC)
    evidence = QuotaEvidence(quotas, verdict, retry_at, 1, latest.limits)
    after = update_quota(_apply_earlier_windows(state, latest, now), evidence, at).state
    if _is_used_up(after.quota, at):  # another window than those that this response reports
        verdict = Verdict.RATE_LIMITED
        evidence = evidence._replace(verdict=verdict)
    is_refused = latest.status >= HTTPStatus.BAD_REQUEST and not is_limited
    is_refused = is_refused or (is_limited and _is_over(latest, now, window))
    if is_refused or not latest.shows_acceptance:
        return after
    if state.verdict in _OPEN_VERDICTS and state.usable is not False:
        if verdict is not state.verdict and state.verdict is not None:
            after = set_verdict(after, verdict)._replace(usable=True)
        after = after._replace(traffic_at=at)
    return after._replace(pause_until=pause_end(after, evidence, at))


def _apply_earlier_windows(state: AccountState, latest: ObservedQuota, now: float) -> AccountState:
    """Return the state with the windows that only responses before the latest one report."""
    after = state
    for at in sorted({each.at for each in latest.earlier}):
        if at <= now and _is_newer(at, state, now):
            seen = (each.quota for each in latest.earlier if each.at == at)
            quotas = tuple(quota._replace(source="observed") for quota in seen)
            verdict = Verdict.RATE_LIMITED if _is_used_up(quotas, at) else Verdict.VALID
            after = update_quota(after, QuotaEvidence(quotas, verdict, None, 1), at).state
    return after


def _is_over(refusal: ObservedQuota, now: float, window: float) -> bool:
    """Return whether the limit that a refusal reports has ended by now, if that is known.

    One that names no end lasts for a ``window`` of the API, in seconds, as that of a probe does. An
    exporter that starts reads refusals of earlier hours, and perhaps of no requests since.
    """
    ends = [] if refusal.retry_at is None else [refusal.retry_at]
    for quota in refusal.quotas:
        reset = quota.reset_at
        ends.append(refusal.at + quota.window_seconds if reset is None else reset.timestamp())
    return max(ends, default=refusal.at + window) <= now


def _is_used_up(quotas: Iterable[Quota], at: float) -> bool:
    moment = datetime.fromtimestamp(at, UTC)
    return any(quota.is_used_up(moment) for quota in quotas)


def _end_refusal(state: AccountState, pace: Pace, now: float) -> AccountState:
    """Return the state once requests are accepted after the pause that a 429 began.

    No later response says so where none reports a quota, and none of a probe while this traffic
    makes probes needless. In the window that the 429 reported, it counts more: of requests that
    are only counted, it is not known which came last.
    """
    is_paused = state.pause_until is not None and state.pause_until > now
    if state.verdict is not Verdict.RATE_LIMITED or state.usable is False or is_paused:
        return state
    known = _reported_window(state, pace, now)
    if known is not None and known.remaining == 0:
        return state
    return set_verdict(state, Verdict.VALID)._replace(usable=True, pause_until=None)


def _count(
    state: AccountState, traffic: Traffic, pace: Pace, now: float, *, is_accepted: bool
) -> AccountState:
    """Return the state with the requests of the latest minute that has any, counted.

    What a refusal reported says more, as long as its window lasts.
    """
    minute = max(traffic.minutes, default=None)
    if minute is None or (minute + 1) * _MINUTE <= now:
        return state
    if _reported_window(state, pace, now) is not None:
        return state
    known = next((quota for quota in state.quota if quota.window == pace.window), None)
    limit = pace.limit
    if known is not None and known.limit is not None and known.owner == pace.owner:
        limit = known.limit
    quota = Quota(
        pace.window,
        limit,
        max(0, limit - traffic.minutes[minute]),
        datetime.fromtimestamp((minute + 1) * _MINUTE, UTC),
        "counted",
    )
    others = tuple(
        each
        for each in state.quota
        if each.window != pace.window
        and _is_reported(each)
        and _is_current(each, state, now)
        and not (is_accepted and each.remaining == 0 and each.reset_at is None)
    )
    if state.quota == (quota, *others):
        return state
    trail = () if known is None else state.history_of(known).trail
    return state._replace(
        quota=(quota, *others),
        observed_at=now,
        history=(),
        trail=trail,
        further_histories=tuple(map(state.history_of, others)),
        reported_reset=None,
        other_window=None,
    )


def _reported_window(state: AccountState, pace: Pace, now: float) -> Quota | None:
    """Return the window that is counted, if a response has reported it and it lasts."""
    known = next((quota for quota in state.quota if quota.window == pace.window), None)
    if known is None or not _is_reported(known) or not _is_current(known, state, now):
        return None
    return known


def _is_reported(quota: Quota) -> bool:
    return quota.source not in {"documented", "counted"}


def _is_current(quota: Quota, state: AccountState, now: float) -> bool:
    until = known_until(quota, state)
    return until is not None and until > now
