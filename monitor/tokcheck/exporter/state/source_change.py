"""State transitions of an account at a reading of its source: a new text, a problem, a grant."""

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.core.expiry import is_in_future
from tokcheck.core.humanize import format_duration
from tokcheck.core.report import Report, Verdict
from tokcheck.exporter.sources.account import Account, WatchedAccount
from tokcheck.exporter.state.account_state import AccountState, RefreshResult
from tokcheck.exporter.state.budget_subject import budget_subject
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.probe_origin import ProbeOrigin, apply_origin
from tokcheck.exporter.state.transitions import apply_report, set_verdict

_NO_COUNTS: Mapping[RefreshResult, int] = MappingProxyType({})


def apply_reading(
    known: AccountState | None,
    watched: WatchedAccount,
    report: Report | None,
    provider: str | None,
    origin: ProbeOrigin | None,
    now: float,
    *,
    is_fetched: bool,
) -> AccountState:
    """Return the state of an account after a reading of its source.

    ``known`` is the state before, from memory or the ledger, ``report`` the offline check of the
    text, and ``provider`` and ``origin`` those of probes now. ``is_fetched`` is whether a refresh
    of this process brought the token.
    """
    if known is not None:
        known = apply_origin(undo_clock_jump(known, now), origin, now)
    state = apply_origin(apply_source(known, watched, now, provider=provider), origin, now)
    if known is not None and is_fetched:
        state = inherit_verdict(known, state)
    return state if report is None else apply_report(state, report, now)


def apply_source(
    state: AccountState | None,
    watched: WatchedAccount,
    now: float = inf,
    *,
    provider: str | None = None,
) -> AccountState:
    """Return the state of an account after its source was read; ``state`` is the previous one.

    ``provider`` is that of the text, or the one that the configuration names.

    A new text resets the facts of the old one. The counters stay. So does the quota: a new token
    usually belongs to the same user, and so does a limit that was reached. A source that could not
    be read says nothing about the token: there is no verdict, or the one on the last text stays.
    Another process may have refreshed a stored token and used it before the store was read: the
    accepted request shows that the new one works.
    """
    account = watched.account
    before = state or AccountState(account.name)
    same = watched.version == before.version and _still_fits(before, account, provider)
    if not watched.version:  # without a text, the problem decides
        same = same and (watched.problem, watched.unread) == (
            before.source_error,
            before.source_unread,
        )
    if state is not None and same:
        if (watched.problem, watched.unread) != (state.source_error, state.source_unread):
            state = state._replace(source_error=watched.problem, source_unread=watched.unread)
        return _apply_grant(_set_definition(state, account), watched, now)
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
        counting_window=before.counting_window,
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


def _set_definition(state: AccountState, account: Account) -> AccountState:
    """Set what follows from the account's definition; the same object if nothing changed."""
    timezone, requirements = account.timezone, _requirements(account)
    if (state.timezone, state.requirements) == (timezone, requirements):
        return state
    return state._replace(timezone=timezone, requirements=requirements)


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
    """Return the account's requirements of its token: a provider and scopes."""
    return " ".join((account.provider or "", *account.require_scopes))


def _still_fits(before: AccountState, account: Account, provider: str | None) -> bool:
    """Return whether what is known of a text holds for the account as it is defined now.

    It does for the same provider, whether or not the configuration names it. Other scopes need a
    new probe, unless the token is of no use for another reason.
    """
    if before.requirements == _requirements(account):
        return True
    if _provider_of(before) != (account.provider or provider):
        return False
    _, *scopes = before.requirements.split(" ")
    is_refused = before.usable is False and before.verdict is not Verdict.INSUFFICIENT_SCOPE
    return tuple(scopes) == account.require_scopes or is_refused


def _provider_of(state: AccountState) -> str | None:
    """Return the provider that the account's definition names, or that of its text."""
    return state.requirements.split(" ")[0] or state.provider


class FactsSetAside(NamedTuple):
    """The facts that an account's present definition does not fit."""

    facts: tuple[str, ...]
    """``verdict`` and ``quota``, or one of them."""
    cause: str
    """``provider``, ``servers``, ``window`` or ``scopes``."""
    clause: str
    """The cause in words."""


def find_facts_set_aside(before: AccountState, after: AccountState) -> FactsSetAside | None:
    """Return what a reading of the source set aside, other than for a new token; else ``None``."""
    is_same_text = before.version == after.version
    has_lost_verdict = before.probed_verdict is not None and after.probed_verdict is None
    windows = {quota.window for quota in after.quota}
    facts = (
        *(["verdict"] if is_same_text and has_lost_verdict else []),
        *(["quota"] if any(quota.window not in windows for quota in before.quota) else []),
    )
    if not facts:
        return None
    former, present = _provider_of(before), _provider_of(after)
    if former != present:
        clause = f"its provider is {present}, no longer {former}"
        return FactsSetAside(facts, "provider", clause)
    if before.origin and before.origin != after.origin:
        return FactsSetAside(facts, "servers", "its provider has another address")
    old, new = before.counting_window, after.counting_window
    if None not in {old, new} and old != new:
        words = [format_duration(each) for each in (new, old) if each is not None]
        clause = "its window is {}, no longer {}".format(*words)
        return FactsSetAside(facts, "window", clause)
    return FactsSetAside(facts, "scopes", "it requires other scopes") if is_same_text else None
