"""State transitions of an account at a reading of its source: a new text, a problem, a grant."""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Report, Verdict
from tokcheck.exporter.sources.account import Account, WatchedAccount
from tokcheck.exporter.state.account_state import AccountState, RefreshResult
from tokcheck.exporter.state.budget_subject import budget_subject
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.probe_origin import apply_origin
from tokcheck.exporter.state.transitions import apply_report, set_verdict

_NO_COUNTS: Mapping[RefreshResult, int] = MappingProxyType({})


def apply_reading(
    known: AccountState | None,
    watched: WatchedAccount,
    report: Report | None,
    origin: str,
    now: float,
    *,
    is_fetched: bool,
) -> AccountState:
    """Return the state of an account after a reading of its source.

    ``known`` is the state before, from memory or the ledger, ``report`` the offline check of the
    text, and ``origin`` that of probes now. ``is_fetched`` is whether a refresh of this process
    brought the token.
    """
    if known is not None:
        known = apply_origin(undo_clock_jump(known, now), origin)
    state = apply_origin(apply_source(known, watched, now), origin)
    if known is not None and is_fetched:
        state = inherit_verdict(known, state)
    return state if report is None else apply_report(state, report, now)


def apply_source(
    state: AccountState | None, watched: WatchedAccount, now: float = inf
) -> AccountState:
    """Return the state of an account after its source was read; ``state`` is the previous one.

    A new text resets the facts of the old one. The counters stay. So does the quota: a new token
    usually belongs to the same user, and so does a limit that was reached. A source that could not
    be read says nothing about the token: there is no verdict, or the one on the last text stays.
    Another process may have refreshed a stored token and used it before the store was read: the
    accepted request shows that the new one works.
    """
    account = watched.account
    before = state or AccountState(account.name)
    same = (watched.version, _requirements(account)) == (before.version, before.requirements)
    if not watched.version:  # without a text, the problem decides
        same = same and (watched.problem, watched.unread) == (
            before.source_error,
            before.source_unread,
        )
    if state is not None and same:
        if (watched.problem, watched.unread) != (state.source_error, state.source_unread):
            state = state._replace(source_error=watched.problem, source_unread=watched.unread)
        return _apply_grant(_set_timezone(state, account), watched, now)
    is_shown = watched.grant is not None and _requirements(account) == before.requirements
    # Traffic does not show the scopes of a new token.
    is_shown = is_shown and not account.require_scopes
    fresh = AccountState(
        account.name,
        provider=account.provider or before.provider,
        version=watched.version,
        quota=before.quota,
        observed_at=before.observed_at,
        # Programs send the stored token itself; those that send another one show nothing of this.
        traffic_at=before.traffic_at if is_shown else None,
        observed_requests=before.observed_requests,
        history=before.history,
        timezone=account.timezone,
        success=before.success,
        duration=before.duration,
        probed_at=before.probed_at,
        succeeded_at=before.succeeded_at,
        probes=before.probes,
        skipped=before.skipped,
        verdicts=before.verdicts,
        source_error=watched.problem,
        source_unread=watched.unread,
        reset_lag=before.reset_lag,
        reported_reset=before.reported_reset,
        other_window=before.other_window,
        # The server's pause ends no sooner for another token.
        pause_until=before.pause_until,
        subject=before.subject or budget_subject(account.name, None, None, None),
        requirements=_requirements(account),
        refreshes=before.refreshes,
        origin=before.origin,
        expiry_age=before.expiry_age,
        trail=before.trail,
        further_histories=before.further_histories,
        last_refusal=before.last_refusal,
        former_limit=before.former_limit,
    )
    fresh = _apply_grant(fresh, watched, now)
    if watched.paste is not None and _was_accepted_since(fresh, watched):
        return _set_accepted(before, fresh)
    if watched.paste is not None or watched.unread:
        return fresh
    return set_verdict(fresh, Verdict.NO_TOKEN, watched.problem)._replace(usable=False)


def inherit_verdict(before: AccountState, after: AccountState) -> AccountState:
    """Keep the verdict of the previous token for one that a refresh has just fetched.

    The provider issued it for the same user and consent. Only a usable verdict is kept, since the
    new token may fix the problem; the next probe checks it either way.
    """
    if before.version == after.version or before.requirements != after.requirements:
        return after
    if before.verdict is None or before.usable is not True:
        return after
    after = set_verdict(after, before.verdict, before.finding, before.advice)
    return after._replace(usable=True, devices=before.devices)


def _was_accepted_since(state: AccountState, watched: WatchedAccount) -> bool:
    """Return whether a request was accepted after the store had got the present token."""
    grant = watched.grant
    return (
        grant is not None and state.traffic_at is not None and grant.obtained_at < state.traffic_at
    )


def _set_accepted(before: AccountState, after: AccountState) -> AccountState:
    """Return the state with a usable verdict: the previous one, since a limit lasts, or *valid*."""
    after = inherit_verdict(before, after)
    return after if after.usable else set_verdict(after, Verdict.VALID)._replace(usable=True)


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
    """Return the account's requirements of its token; a change needs a new probe."""
    return " ".join((account.provider or "", *account.require_scopes))
