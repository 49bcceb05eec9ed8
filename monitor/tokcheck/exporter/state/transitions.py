"""How a standing goes on: a new text, a report, a probe held back, a plan, and time alone.

What is known is never lost to a failure: a probe that told nothing changes the verdict and
leaves the quota, the expiry and the devices as they were.

Whose calls a probe spends: a provider counts them for each user of each application.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

from tokcheck.check import verdict as verdicts
from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Claims, Quota, Report, Verdict
from tokcheck.exporter.sources.account import Account, Watched
from tokcheck.exporter.state.account_state import (
    RECOVERABLE_VERDICTS,
    ProbePlan,
    Refresh,
    Result,
    Skip,
    Standing,
)
from tokcheck.exporter.state.forecast import SECONDS
from tokcheck.exporter.state.quota_window import update_quota
from tokcheck.providers import REGISTRY

_USER = "user"


def budget_subject(
    account_name: str, provider: str | None, client_id: str | None, user_id: str | None
) -> str:
    """Return one name for all accounts that spend the same calls; no id can be read from it.

    The same user of the same application is one subject, whatever the accounts are called. Where
    either is not known, the account stands for itself.
    """
    if provider and client_id and user_id:
        return f"{_USER}:{_hash(provider, client_id, user_id)}"
    return f"account:{_hash(account_name)}"


def is_user_subject(text: str) -> bool:
    """Tell whether a subject stands for a known user, not for an account alone."""
    return text.startswith(f"{_USER}:")


def _hash(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


_Key = TypeVar("_Key")

# A moment that was recorded and lies further ahead than this shows that the clock was set back.
_SKEW_SECONDS = 60.0
_NO_COUNTS: Mapping[Refresh, int] = MappingProxyType({})


def apply_source(state: Standing | None, watched: Watched) -> Standing:
    """Begin with an account, or go on with its new text.

    What the old text told is gone. How much was asked and found is not, and neither is the quota:
    it is the user's, who seldom changes with the token, so a limit that was reached stays.
    """
    account = watched.account
    before = state or Standing(account.name)
    same = (watched.version, watched.fault, _requirements(account)) == (
        before.version,
        before.fault,
        before.requirements,
    )
    if state is not None and same:
        return _apply_grant(_set_timezone(state, account), watched)
    fresh = Standing(
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
        fault=watched.fault,
        reset_lag=before.reset_lag,
        subject=before.subject or budget_subject(account.name, None, None, None),
        requirements=_requirements(account),
        refreshes=before.refreshes,
    )
    fresh = _apply_grant(fresh, watched)
    if watched.paste is not None:
        return fresh
    return _set_verdict(fresh, Verdict.NO_TOKEN, watched.fault)._replace(usable=False)


def inherit_verdict(before: Standing, after: Standing) -> Standing:
    """Go on with a token that a refresh has just brought: it works as its predecessor did.

    Its provider handed it out, for the same person and consent. What was wrong with the
    predecessor is not taken over, since the new token may mend it; either is asked about soon.
    """
    if before.version == after.version or before.requirements != after.requirements:
        return after
    if before.verdict is None or before.usable is not True:
        return after
    after = _set_verdict(after, before.verdict, before.summary, before.advice)
    return after._replace(usable=True, devices=before.devices)


def apply_report(state: Standing, report: Report, now: float) -> Standing:
    """Take in what a check found out.

    A report that asked nobody tells what the text itself says; where it only says that the token
    looks right, a verdict that was there already stays.
    """
    after = _apply_claims(state, report)
    probe = report.probe
    if probe is None:
        if report.verdict is Verdict.UNVERIFIED and after.verdict is not None:
            return after
        after = _set_verdict(after, report.verdict, report.summary, report.advice)
        return after._replace(usable=report.usable)
    success = report.verdict is not Verdict.UNDETERMINED
    after, used_elsewhere = update_quota(after, report, now)
    quiet = report.verdict is state.probed_verdict and not used_elsewhere
    after = _set_verdict(after, report.verdict, report.summary, report.advice)
    return after._replace(
        usable=report.usable,
        devices=report.devices if _tells_devices(report) else state.devices,
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
    )


def count_refresh(state: Standing, result: Refresh) -> Standing:
    """Count a refresh."""
    return state._replace(refreshes=_increment(state.refreshes, result, 1))


def count_skip(state: Standing, skip: Skip) -> Standing:
    """Count a probe that was due and not sent."""
    return state._replace(waiting=skip, skipped=_increment(state.skipped, skip, 1))


def apply_plan(state: Standing, plan: ProbePlan) -> Standing:
    """Note when the next probe is sent, or why none is; the same object if nothing changed."""
    if (state.next_probe_at, state.waiting) == (plan.probe_at, plan.waiting):
        return state
    return state._replace(next_probe_at=plan.probe_at, waiting=plan.waiting)


def advance_time(state: Standing, now: float) -> Standing:
    """Let time pass; the same object if that changed nothing.

    A token expires without anybody asking. If this machine's clock was set back, moments that it
    recorded are set back too, or everything would wait until it has caught up; and what it took
    for expired is not. A quota past its reset stays here: whoever shows it leaves it out.
    """
    after = _undo_clock_jump(state, now)
    ends = after.expires_at
    if ends is None:
        return after
    expired = after.verdict is Verdict.EXPIRED
    if (
        is_expired(ends, now)
        and not expired
        and (after.usable is not False or after.verdict in RECOVERABLE_VERDICTS)
    ):
        return _expire(after, ends, now)
    if ends > now + _SKEW_SECONDS and expired and after.probed_verdict is not Verdict.EXPIRED:
        return after._replace(verdict=None, usable=None, summary="", advice=(), probed_verdict=None)
    return after


def _apply_claims(state: Standing, report: Report) -> Standing:
    """Take in what the text says and whose it is, each where the report knows."""
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
        scopes=state.scopes if claims.scopes is None else len(report.scopes),
    )


def _set_verdict(
    state: Standing, verdict: Verdict, summary: str, advice: tuple[str, ...] = ()
) -> Standing:
    verdicts_so_far = state.verdicts if verdict in state.verdicts else (*state.verdicts, verdict)
    return state._replace(verdict=verdict, summary=summary, advice=advice, verdicts=verdicts_so_far)


def _expire(state: Standing, ends: float, now: float) -> Standing:
    provider = REGISTRY.get(state.provider or "")
    conclusion = verdicts.expired(
        Claims(expires_at=datetime.fromtimestamp(ends, UTC)),
        datetime.fromtimestamp(now, UTC),
        provider.title if provider else "access",
        provider.remedies.get(Verdict.EXPIRED, ()) if provider else (),
    )
    after = _set_verdict(state, conclusion.verdict, conclusion.summary, conclusion.advice)
    return after._replace(usable=conclusion.usable)


def _undo_clock_jump(state: Standing, now: float) -> Standing:
    """Bring moments that now lie in the future back by as much as the clock went back."""
    recorded = [moment for moment in (state.probed_at, state.observed_at) if moment]
    shift = max(recorded, default=now) - now
    if shift <= _SKEW_SECONDS:
        return state

    def shift_back(moment: float | None) -> float | None:
        return None if moment is None else moment - shift

    return state._replace(
        probed_at=shift_back(state.probed_at),
        succeeded_at=shift_back(state.succeeded_at),
        observed_at=shift_back(state.observed_at),
        next_probe_at=None,
        history=tuple(point._replace(at=point.at - shift) for point in state.history),
        quota=tuple(_set_back_reset(quota, shift, now) for quota in state.quota),
    )


def _set_back_reset(quota: Quota, shift: float, now: float) -> Quota:
    """Set back a reset that cannot be meant: one that lies further ahead than a window's length.

    Counted from the server's own date, it is right whatever this clock said.
    """
    reset = quota.reset_at
    if reset is None or reset.timestamp() - now <= SECONDS[quota.window]:
        return quota
    return quota._replace(reset_at=reset - timedelta(seconds=shift))


def _tells_devices(report: Report) -> bool:
    return report.verdict is Verdict.VALID and not report.devices_failed


def _result(report: Report) -> Result:
    if report.verdict is Verdict.UNDETERMINED:
        return Result.UNDETERMINED
    if report.verdict is Verdict.RATE_LIMITED:
        return Result.RATE_LIMITED
    return Result.REFUSED if report.usable is False else Result.SUCCESS


def _increment(counts: Mapping[_Key, int], key: _Key, more: int) -> Mapping[_Key, int]:
    return MappingProxyType({**counts, key: counts.get(key, 0) + more})


def _set_timezone(state: Standing, account: Account) -> Standing:
    if state.timezone == account.timezone:
        return state
    return state._replace(timezone=account.timezone)


def _apply_grant(state: Standing, watched: Watched) -> Standing:
    """Take in what the store says; the same object if nothing changed."""
    grant = watched.grant
    if grant is None:
        after = state._replace(refreshes=_NO_COUNTS, refresh_expires_at=None, broken=None)
    else:
        # All from the start: a rate needs the zero before the first one.
        counts = state.refreshes or MappingProxyType(dict.fromkeys(Refresh, 0))
        after = state._replace(
            # Google's tokens do not tell when they end, and a probe may be long in coming.
            expires_at=grant.expires_at if state.expires_at is None else state.expires_at,
            refreshes=counts if grant.renewable else _NO_COUNTS,
            refresh_expires_at=grant.refresh_expires_at,
            broken=grant.broken,
        )
    return state if after == state else after


def _requirements(account: Account) -> str:
    """Write down what the account asks of its token: another demand is another question."""
    return " ".join((account.provider or "", *account.require_scopes))
