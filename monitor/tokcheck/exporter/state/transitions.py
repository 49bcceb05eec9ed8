"""State transitions of an account: a report, a skipped probe, a plan, elapsed time.

A failure never loses known facts: a probe without a result changes the verdict and leaves the
quota, the expiry and the devices as they were. Requests are counted for the subject that spends
them, since a provider counts them for each user of each application.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar

from tokcheck.core.expiry import is_expired, is_in_future
from tokcheck.core.report import Claims, Report, Verdict, refusal_end
from tokcheck.exporter.state.account_state import (
    RECOVERABLE_VERDICTS,
    AccountState,
    ProbePlan,
    ProbeResult,
    RefreshResult,
    SkipReason,
)
from tokcheck.exporter.state.budget_subject import budget_subject, is_user_subject
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.quota_window import (
    LONGEST_PAUSE,
    QuotaEvidence,
    evidence_of,
    update_quota,
)
from tokcheck.exporter.state.severity import shown_verdict

_Key = TypeVar("_Key")

# A summary of these says how long it is until the reset or the expiry.
_DATED_VERDICTS = {Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED}


def apply_report(state: AccountState, report: Report, now: float) -> AccountState:
    """Apply the report of a check.

    A report without requests holds the facts of the text itself. If that is only that the token is
    well-formed, the previous verdict stays.
    """
    after = _apply_claims(state, report)
    probe = report.probe
    if probe is None:
        if report.verdict is Verdict.UNVERIFIED and after.verdict is not None:
            return after
        return _set_finding(after, report)
    success = report.verdict is not Verdict.UNDETERMINED
    after, used_elsewhere = update_quota(after, evidence_of(report), now)
    quiet = report.verdict is state.probed_verdict and not used_elsewhere
    error = probe.error
    return _set_finding(after, report)._replace(
        devices=report.devices if _has_devices(report) else state.devices,
        success=success,
        duration=probe.duration_seconds,
        probed_at=now,
        succeeded_at=now if success else state.succeeded_at,
        failures=0 if success else state.failures + 1,
        next_probe_at=None,
        waiting=None,
        probes=_increment(state.probes, _result(report), probe.requests),
        probed_verdict=report.verdict,
        unchanged_probes=state.unchanged_probes + 1 if quiet else 0,
        status=probe.status,
        error_type=(error and error.type) or "",
        pause_until=pause_end(after, evidence_of(report), now),
    )


def apply_pause(state: AccountState, until: float | None) -> AccountState:
    """Apply a pause of the account's user, unless the account knows one that ends later."""
    if until is None or until <= (state.pause_until or 0.0):
        return state
    return state._replace(pause_until=until)


def count_refresh(state: AccountState, result: RefreshResult) -> AccountState:
    """Count a refresh."""
    return state._replace(refreshes=_increment(state.refreshes, result, 1))


def count_skip(state: AccountState, skip: SkipReason) -> AccountState:
    """Count a probe that was due but withheld."""
    return state._replace(waiting=skip, skipped=_increment(state.skipped, skip, 1))


def apply_record(own: AccountState, recorded: AccountState) -> AccountState:
    """Return the record of earlier runs, with the probes that were withheld before it was read."""
    skipped = recorded.skipped
    for reason, count in own.skipped.items():
        skipped = _increment(skipped, reason, count)
    return recorded._replace(skipped=skipped)


def apply_plan(state: AccountState, plan: ProbePlan) -> AccountState:
    """Record when the next probe is sent, or why none is; the same object if nothing changed."""
    if (state.next_probe_at, state.waiting) == (plan.probe_at, plan.waiting):
        return state
    return state._replace(next_probe_at=plan.probe_at, waiting=plan.waiting)


def advance_time(state: AccountState, now: float) -> AccountState:
    """Apply the time alone; the same object if that changed nothing.

    A token expires without a request. If this computer's clock was set back, the moments that it
    recorded are set back too, since everything would wait for it to catch up; and a token that it
    took for expired is not. A quota past its reset stays: renderers leave it out.
    """
    return _record_shown_verdict(_expire(undo_clock_jump(state, now), now))


def _expire(after: AccountState, now: float) -> AccountState:
    ends = after.expires_at
    if ends is None:
        return after
    expired = after.verdict is Verdict.EXPIRED
    if (
        is_expired(ends, now)
        and not expired
        and (after.usable is not False or after.verdict in RECOVERABLE_VERDICTS)
    ):
        return set_verdict(after, Verdict.EXPIRED)._replace(usable=False)
    if is_in_future(ends, now) and expired and after.probed_verdict is not Verdict.EXPIRED:
        return after._replace(verdict=None, usable=None, finding="", advice=(), probed_verdict=None)
    return after


def _apply_claims(state: AccountState, report: Report) -> AccountState:
    """Apply the report's claims of the token's text and its user."""
    claims = report.claims or Claims()
    provider = report.provider or state.provider
    subject = budget_subject(state.name, provider, claims.client_id, claims.user_id)
    if not is_user_subject(subject):
        subject = state.subject or subject
    elif is_user_subject(state.subject) and subject != state.subject:
        state = state._replace(
            quota=(),
            observed_at=None,
            history=(),
            trail=(),
            further_histories=(),
            reset_lag=0.0,
            reported_reset=None,
            other_window=None,
            pause_until=None,
            last_refusal=None,
            former_limit=None,
        )
    return state._replace(
        provider=provider,
        subject=subject,
        masked=report.credential.masked if report.credential else state.masked,
        expires_at=claims.expires_at.timestamp() if claims.expires_at else state.expires_at,
        expiry_is_counted=report.is_expiry_counted
        if claims.expires_at
        else state.expiry_is_counted,
        scopes=state.scopes if claims.scopes is None else len(report.scopes),
    )


def set_verdict(
    state: AccountState, verdict: Verdict, finding: str = "", advice: tuple[str, ...] = ()
) -> AccountState:
    """Return the state with a verdict, which is among its verdicts from then on."""
    verdicts_so_far = state.verdicts if verdict in state.verdicts else (*state.verdicts, verdict)
    return state._replace(verdict=verdict, finding=finding, advice=advice, verdicts=verdicts_so_far)


def _record_shown_verdict(state: AccountState) -> AccountState:
    """Return the state with its shown verdict recorded; the same object if that is not new."""
    shown = shown_verdict(state)
    if shown is None or shown is state.verdict or shown in state.verdicts:
        return state
    return state._replace(verdicts=(*state.verdicts, shown))


def _set_finding(state: AccountState, report: Report) -> AccountState:
    """Set the verdict of a report, and its sentences where they stay true as time passes."""
    finding, advice = report.summary, report.advice
    if report.explains is not None:  # a failing job has written an error message into the file
        finding, advice = f"{finding} {report.explains.summary}", report.explains.advice
    if report.verdict is Verdict.EXPIRED and report.probe is None:
        finding, advice = "", ()  # they count from the moment of the check
    elif report.verdict in _DATED_VERDICTS:
        finding = ""
    after = set_verdict(state, report.verdict, finding, advice)
    return after._replace(usable=report.usable)


def pause_end(after: AccountState, evidence: QuotaEvidence, now: float) -> float | None:
    """Return when the pause ends that a response of ``now`` requests.

    A rate limit lasts until its reset; ``after`` has the quota as it is known with the response.
    A refusal ends neither an earlier pause that lasts longer, nor a window that is used up.
    """
    is_limit = evidence.verdict is Verdict.RATE_LIMITED
    quotas = after.quota if is_limit else ()
    if not evidence.quotas:
        at = datetime.fromtimestamp(now, UTC)
        quotas = tuple(quota for quota in quotas if quota.is_used_up(at))
    end = refusal_end(quotas, evidence.retry_at)
    ends = [] if end is None else [min(end.timestamp(), now + LONGEST_PAUSE)]
    if after.pause_until is not None and after.pause_until > now and (is_limit or ends):
        ends.append(after.pause_until)
    return max(ends, default=None)


def _has_devices(report: Report) -> bool:
    return _is_successful(report) and not report.devices_failed


def _is_successful(report: Report) -> bool:
    """Return whether the provider accepted the token in this probe.

    The response to a window's last request is one of success, though the next one is refused.
    """
    status = report.probe.status if report.probe else None
    return report.verdict is Verdict.VALID or (
        report.verdict is Verdict.RATE_LIMITED and status == HTTPStatus.OK
    )


def _result(report: Report) -> ProbeResult:
    if report.verdict is Verdict.UNDETERMINED:
        return ProbeResult.UNDETERMINED
    if report.verdict is Verdict.RATE_LIMITED and not _is_successful(report):
        return ProbeResult.RATE_LIMITED
    return ProbeResult.REFUSED if report.usable is False else ProbeResult.SUCCESS


def _increment(counts: Mapping[_Key, int], key: _Key, more: int) -> Mapping[_Key, int]:
    return MappingProxyType({**counts, key: counts.get(key, 0) + more})
