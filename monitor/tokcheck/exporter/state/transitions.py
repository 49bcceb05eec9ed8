"""State transitions of an account: a new text, a report, a skipped probe, a plan, elapsed time.

A failure never loses what is known: a probe without a result changes the verdict and leaves the
quota, the expiry and the devices as they were. Requests are counted for the subject that spends
them, since a provider counts them for each user of each application.
"""

from collections.abc import Mapping
from http import HTTPStatus
from math import inf
from types import MappingProxyType
from typing import TypeVar

from tokcheck.core.claims import read_claims
from tokcheck.core.expiry import is_expired, is_in_future
from tokcheck.core.report import Claims, Report, Verdict
from tokcheck.exporter.sources.account import Account, WatchedAccount
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
from tokcheck.exporter.state.quota_window import update_quota
from tokcheck.exporter.state.severity import shown_verdict

_Key = TypeVar("_Key")

_NO_COUNTS: Mapping[RefreshResult, int] = MappingProxyType({})
# A summary of these says how long it is until the reset or the expiry.
_DATED_VERDICTS = {Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED}


def apply_source(
    state: AccountState | None, watched: WatchedAccount, now: float = inf
) -> AccountState:
    """Return the state of an account after its source was read; ``state`` is the previous one.

    A new text resets what was known of the old one. The counters stay. So does the
    quota: a new token usually belongs to the same user, and so does a limit that was reached.
    """
    account = watched.account
    before = state or AccountState(account.name)
    same = (watched.version, watched.fault, _requirements(account)) == (
        before.version,
        before.source_error,
        before.requirements,
    )
    if state is not None and same:
        return _apply_grant(_set_timezone(state, account), watched, now)
    fresh = AccountState(
        account.name,
        provider=account.provider or before.provider,
        version=watched.version,
        quota=before.quota,
        observed_at=before.observed_at,
        history=before.history,
        timezone=account.timezone,
        success=before.success,
        duration=before.duration,
        probed_at=before.probed_at,
        succeeded_at=before.succeeded_at,
        probes=before.probes,
        skipped=before.skipped,
        verdicts=before.verdicts,
        source_error=watched.fault,
        reset_lag=before.reset_lag,
        subject=before.subject or budget_subject(account.name, None, None, None),
        requirements=_requirements(account),
        refreshes=before.refreshes,
        origin=before.origin,
    )
    fresh = _apply_grant(fresh, watched, now)
    if watched.paste is not None:
        return fresh
    return _set_verdict(fresh, Verdict.NO_TOKEN, watched.fault)._replace(usable=False)


def inherit_verdict(before: AccountState, after: AccountState) -> AccountState:
    """Keep the verdict of the previous token for one that a refresh has just fetched.

    The provider issued it for the same user and consent. Only a usable verdict is kept, since the
    new token may fix what was wrong; the next probe checks it either way.
    """
    if before.version == after.version or before.requirements != after.requirements:
        return after
    if before.verdict is None or before.usable is not True:
        return after
    after = _set_verdict(after, before.verdict, before.finding, before.advice)
    return after._replace(usable=True, devices=before.devices)


def apply_report(state: AccountState, report: Report, now: float) -> AccountState:
    """Apply the report of a check.

    A report without requests holds what the text itself shows. If that is only that the token
    is well-formed, the previous verdict stays.
    """
    after = _apply_claims(state, report)
    probe = report.probe
    if probe is None:
        if report.verdict is Verdict.UNVERIFIED and after.verdict is not None:
            return after
        return _set_finding(after, report)
    success = report.verdict is not Verdict.UNDETERMINED
    after, used_elsewhere = update_quota(after, report, now)
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
        pause_until=None if report.retry_at is None else report.retry_at.timestamp(),
    )


def count_refresh(state: AccountState, result: RefreshResult) -> AccountState:
    """Count a refresh."""
    return state._replace(refreshes=_increment(state.refreshes, result, 1))


def count_skip(state: AccountState, skip: SkipReason) -> AccountState:
    """Count a probe that was due but withheld."""
    return state._replace(waiting=skip, skipped=_increment(state.skipped, skip, 1))


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
        return _set_verdict(after, Verdict.EXPIRED)._replace(usable=False)
    if is_in_future(ends, now) and expired and after.probed_verdict is not Verdict.EXPIRED:
        return after._replace(verdict=None, usable=None, finding="", advice=(), probed_verdict=None)
    return after


def _apply_claims(state: AccountState, report: Report) -> AccountState:
    """Apply what the report knows of the token's text and its user."""
    claims = report.claims or Claims()
    provider = report.provider or state.provider
    subject = budget_subject(state.name, provider, claims.client_id, claims.user_id)
    if not is_user_subject(subject):
        subject = state.subject or subject
    elif is_user_subject(state.subject) and subject != state.subject:
        state = state._replace(quota=(), observed_at=None, history=(), reset_lag=0.0)
    return state._replace(
        provider=provider,
        subject=subject,
        masked=report.credential.secret.masked if report.credential else state.masked,
        expires_at=claims.expires_at.timestamp() if claims.expires_at else state.expires_at,
        expiry_is_counted=_is_counted(report) if claims.expires_at else state.expiry_is_counted,
        scopes=state.scopes if claims.scopes is None else len(report.scopes),
    )


def _is_counted(report: Report) -> bool:
    """Return whether a report's expiry is a lifetime from a response, and not of the token's."""
    if report.credential is None:
        return False
    secret = report.credential.secret
    own = read_claims(secret) if secret.is_signed else None
    return own is None or report.claims is None or own.expires_at != report.claims.expires_at


def _set_verdict(
    state: AccountState, verdict: Verdict, finding: str = "", advice: tuple[str, ...] = ()
) -> AccountState:
    verdicts_so_far = state.verdicts if verdict in state.verdicts else (*state.verdicts, verdict)
    return state._replace(verdict=verdict, finding=finding, advice=advice, verdicts=verdicts_so_far)


def _record_shown_verdict(state: AccountState) -> AccountState:
    """Return the state with what is shown among its verdicts; the same object if nothing is new."""
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
    after = _set_verdict(state, report.verdict, finding, advice)
    return after._replace(usable=report.usable)


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


def _set_timezone(state: AccountState, account: Account) -> AccountState:
    if state.timezone == account.timezone:
        return state
    return state._replace(timezone=account.timezone)


def _apply_grant(state: AccountState, watched: WatchedAccount, now: float) -> AccountState:
    """Apply the stored grant; the same object if nothing changed."""
    grant = watched.grant
    if grant is not None and state.expiry_is_counted and is_in_future(grant.obtained_at, now):
        state = state._replace(expires_at=None)
    if grant is None:
        after = state._replace(
            refreshes=_NO_COUNTS, refresh_expires_at=None, broken=None, refresh_limit=None
        )
    else:
        # All results from the start: a rate needs the zero before the first one.
        counts = state.refreshes or MappingProxyType(dict.fromkeys(RefreshResult, 0))
        is_unknown = state.expires_at is None
        after = state._replace(
            # Google's tokens do not contain their expiry, and the next probe may be late.
            expires_at=grant.known_expiry(now) if is_unknown else state.expires_at,
            expiry_is_counted=is_unknown or state.expiry_is_counted,
            refreshes=counts if grant.renewable else _NO_COUNTS,
            refresh_expires_at=grant.known_refresh_expiry(now),
            broken=grant.broken,
            refresh_limit=grant.limit,
        )
    return state if after == state else after


def _requirements(account: Account) -> str:
    """Return what the account requires of its token; a change needs a new probe."""
    return " ".join((account.provider or "", *account.require_scopes))
