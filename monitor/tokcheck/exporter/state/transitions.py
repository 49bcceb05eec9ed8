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
from tokcheck.core.report import Claims, Quota, Report, Verdict
from tokcheck.exporter.sources.account import Account, Watched
from tokcheck.exporter.state.account_state import HEALING, Refresh, Result, Skip, Standing, Wake
from tokcheck.exporter.state.forecast import SECONDS
from tokcheck.exporter.state.quota_window import seen
from tokcheck.providers import REGISTRY

_USER = "user"


def subject(
    account_name: str, provider: str | None, client_id: str | None, user_id: str | None
) -> str:
    """Return one name for all accounts that spend the same calls; no id can be read from it.

    The same user of the same application is one subject, whatever the accounts are called. Where
    either is not known, the account stands for itself.
    """
    if provider and client_id and user_id:
        return f"{_USER}:{_hash(provider, client_id, user_id)}"
    return f"account:{_hash(account_name)}"


def names_user(text: str) -> bool:
    """Tell whether a subject stands for a known user, not for an account alone."""
    return text.startswith(f"{_USER}:")


def _hash(*parts: str) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


_Key = TypeVar("_Key")

# A moment that was recorded and lies further ahead than this shows that the clock was set back.
_SKEW_SECONDS = 60.0
_NO_COUNTS: Mapping[Refresh, int] = MappingProxyType({})
# The providers' sentence for an answer whose token is good and whose devices are not known.
_DEVICES_UNREAD = "The devices could not be read"


def begun(standing: Standing | None, watched: Watched) -> Standing:
    """Begin with an account, or go on with its new text.

    What the old text told is gone. How much was asked and found is not, and neither is the quota:
    it is the user's, who seldom changes with the token, so a limit that was reached stays.
    """
    account = watched.account
    before = standing or Standing(account.name)
    same = (watched.version, watched.fault, _terms(account)) == (
        before.version,
        before.fault,
        before.terms,
    )
    if standing is not None and same:
        return _granted(_timed(standing, account), watched)
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
        lag=before.lag,
        subject=before.subject or subject(account.name, None, None, None),
        terms=_terms(account),
        refreshes=before.refreshes,
    )
    fresh = _granted(fresh, watched)
    if watched.paste is not None:
        return fresh
    return _concluded(fresh, Verdict.NO_TOKEN, watched.fault)._replace(usable=False)


def inherited(before: Standing, begun: Standing) -> Standing:
    """Go on with a token that a refresh has just brought: it works as its predecessor did.

    Its provider handed it out, for the same person and consent. What was wrong with the
    predecessor is not taken over, since the new token may mend it; either is asked about soon.
    """
    if before.version == begun.version or before.terms != begun.terms:
        return begun
    if before.verdict is None or before.usable is not True:
        return begun
    after = _concluded(begun, before.verdict, before.summary, before.advice)
    return after._replace(usable=True, devices=before.devices)


def found(standing: Standing, report: Report, now: float) -> Standing:
    """Take in what a check found out.

    A report that asked nobody tells what the text itself says; where it only says that the token
    looks right, a verdict that was there already stays.
    """
    after = _of_text(standing, report)
    probe = report.probe
    if probe is None:
        if report.verdict is Verdict.UNVERIFIED and after.verdict is not None:
            return after
        after = _concluded(after, report.verdict, report.summary, report.advice)
        return after._replace(usable=report.usable)
    success = report.verdict is not Verdict.UNDETERMINED
    after, moved = seen(after, report, now)
    quiet = report.verdict is standing.told and not moved
    after = _concluded(after, report.verdict, report.summary, report.advice)
    return after._replace(
        usable=report.usable,
        devices=report.devices if _tells_devices(report) else standing.devices,
        success=success,
        duration=probe.duration_seconds,
        probed_at=now,
        succeeded_at=now if success else standing.succeeded_at,
        failures=0 if success else standing.failures + 1,
        next_probe_at=None,
        waiting=None,
        probes=_counted(standing.probes, _result(report), probe.requests),
        told=report.verdict,
        quiet=standing.quiet + 1 if quiet else 0,
    )


def refreshed(standing: Standing, result: Refresh) -> Standing:
    """Count a refresh."""
    return standing._replace(refreshes=_counted(standing.refreshes, result, 1))


def withheld(standing: Standing, skip: Skip) -> Standing:
    """Count a probe that was due and not sent."""
    return standing._replace(waiting=skip, skipped=_counted(standing.skipped, skip, 1))


def planned(standing: Standing, wake: Wake) -> Standing:
    """Note when the next probe is sent, or why none is; the same object if nothing changed."""
    if (standing.next_probe_at, standing.waiting) == (wake.probe_at, wake.waiting):
        return standing
    return standing._replace(next_probe_at=wake.probe_at, waiting=wake.waiting)


def passed(standing: Standing, now: float) -> Standing:
    """Let time pass; the same object if that changed nothing.

    A token expires without anybody asking. If this machine's clock was set back, moments that it
    recorded are set back too, or everything would wait until it has caught up; and what it took
    for expired is not. A quota past its reset stays here: whoever shows it leaves it out.
    """
    after = _set_back(standing, now)
    ends = after.expires_at
    if ends is None:
        return after
    expired = after.verdict is Verdict.EXPIRED
    if ends <= now and not expired and (after.usable is not False or after.verdict in HEALING):
        return _expired(after, ends, now)
    if ends > now + _SKEW_SECONDS and expired and after.told is not Verdict.EXPIRED:
        return after._replace(verdict=None, usable=None, summary="", advice=(), told=None)
    return after


def _of_text(standing: Standing, report: Report) -> Standing:
    """Take in what the text says and whose it is, each where the report knows."""
    claims = report.claims or Claims()
    provider = report.provider or standing.provider
    whose = subject(standing.name, provider, claims.client_id, claims.user_id)
    if not names_user(whose):
        whose = standing.subject or whose
    elif names_user(standing.subject) and whose != standing.subject:
        standing = standing._replace(quota=(), observed_at=None, history=(), lag=0.0)
    return standing._replace(
        provider=provider,
        subject=whose,
        masked=report.credential.secret.masked if report.credential else standing.masked,
        expires_at=claims.expires_at.timestamp() if claims.expires_at else standing.expires_at,
        scopes=standing.scopes if claims.scopes is None else len(report.scopes),
    )


def _concluded(
    standing: Standing, verdict: Verdict, summary: str, advice: tuple[str, ...] = ()
) -> Standing:
    had = standing.verdicts if verdict in standing.verdicts else (*standing.verdicts, verdict)
    return standing._replace(verdict=verdict, summary=summary, advice=advice, verdicts=had)


def _expired(standing: Standing, ends: float, now: float) -> Standing:
    provider = REGISTRY.get(standing.provider or "")
    conclusion = verdicts.expired(
        Claims(expires_at=datetime.fromtimestamp(ends, UTC)),
        datetime.fromtimestamp(now, UTC),
        provider.title if provider else "access",
        provider.remedies.get(Verdict.EXPIRED, ()) if provider else (),
    )
    after = _concluded(standing, conclusion.verdict, conclusion.summary, conclusion.advice)
    return after._replace(usable=conclusion.usable)


def _set_back(standing: Standing, now: float) -> Standing:
    """Bring moments that now lie in the future back by as much as the clock went back."""
    recorded = [moment for moment in (standing.probed_at, standing.observed_at) if moment]
    shift = max(recorded, default=now) - now
    if shift <= _SKEW_SECONDS:
        return standing

    def back(moment: float | None) -> float | None:
        return None if moment is None else moment - shift

    return standing._replace(
        probed_at=back(standing.probed_at),
        succeeded_at=back(standing.succeeded_at),
        observed_at=back(standing.observed_at),
        next_probe_at=None,
        history=tuple(point._replace(at=point.at - shift) for point in standing.history),
        quota=tuple(_within_reach(quota, shift, now) for quota in standing.quota),
    )


def _within_reach(quota: Quota, shift: float, now: float) -> Quota:
    """Set back a reset that cannot be meant: one that lies further ahead than a window's length.

    Counted from the server's own date, it is right whatever this clock said.
    """
    reset = quota.reset_at
    if reset is None or reset.timestamp() - now <= SECONDS[quota.window]:
        return quota
    return quota._replace(reset_at=reset - timedelta(seconds=shift))


def _tells_devices(report: Report) -> bool:
    unread = any(sentence.startswith(_DEVICES_UNREAD) for sentence in report.advice)
    return report.verdict is Verdict.VALID and not unread


def _result(report: Report) -> Result:
    if report.verdict is Verdict.UNDETERMINED:
        return Result.UNDETERMINED
    if report.verdict is Verdict.RATE_LIMITED:
        return Result.RATE_LIMITED
    return Result.REFUSED if report.usable is False else Result.SUCCESS


def _counted(counts: Mapping[_Key, int], key: _Key, more: int) -> Mapping[_Key, int]:
    return MappingProxyType({**counts, key: counts.get(key, 0) + more})


def _timed(standing: Standing, account: Account) -> Standing:
    if standing.timezone == account.timezone:
        return standing
    return standing._replace(timezone=account.timezone)


def _granted(standing: Standing, watched: Watched) -> Standing:
    """Take in what the store says; the same object if nothing changed."""
    grant = watched.grant
    if grant is None:
        after = standing._replace(refreshes=_NO_COUNTS, refresh_expires_at=None, broken=None)
    else:
        # All from the start: a rate needs the zero before the first one.
        counts = standing.refreshes or MappingProxyType(dict.fromkeys(Refresh, 0))
        after = standing._replace(
            # Google's tokens do not tell when they end, and a probe may be long in coming.
            expires_at=grant.expires_at if standing.expires_at is None else standing.expires_at,
            refreshes=counts if grant.renewable else _NO_COUNTS,
            refresh_expires_at=grant.refresh_expires_at,
            broken=grant.broken,
        )
    return standing if after == standing else after


def _terms(account: Account) -> str:
    """Write down what the account asks of its token: another demand is another question."""
    return " ".join((account.provider or "", *account.require_scopes))
