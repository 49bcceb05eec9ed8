"""How urgently an account needs attention: one decision for page, terminal, JSON and alert rules.

The rules cannot call it, so a test compares both over a table of states. Every limit here is also
one of ``grafana/prometheus/rules/alerts.yml``.
"""

from collections.abc import Mapping
from enum import IntEnum
from math import inf
from types import MappingProxyType
from typing import Literal, NamedTuple

from tokcheck.accounts.grant_errors import broken_verdict
from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.forecast import first_exhaustion
from tokcheck.exporter.state.remediation import consent_ends_soon, is_grant_lost

LOW_SHARE = 0.1
"""A quota is low when less than this share of its requests is left."""
_EXPIRES_SOON_SECONDS = 600.0  # programs renew tokens that live for an hour before this
_REFRESHED_EXPIRES_SOON_SECONDS = 240.0  # those refreshed here are refreshed before this
# Hours of age, seconds left: the longer a token has been the same, the earlier it is reported.
_SOON_BY_AGE = ((12, 3_600.0), (72, 86_400.0), (168, 3 * 86_400.0))
_RENEWAL_SECONDS = 9 * 3_600.0  # a token that was renewed within this is renewed again
_RESULT_OVERDUE_SECONDS = 3_600.0  # without a result for so long, an account cannot be probed


class Severity(IntEnum):
    """How urgently an account needs attention, the worst first."""

    BROKEN = 0  # refused, expired, or no token that could be read
    LOGIN_NEEDED = 1  # works until its token expires, which cannot be refreshed
    RATE_LIMITED = 2  # no requests left
    UNCLEAR = 3  # it cannot be probed
    RUNNING_OUT = 4  # its requests will not last until the reset
    EXPIRES_SOON = 5  # its token or its consent ends, and nothing has renewed it
    NOT_PROBED = 6  # no result yet
    FINE = 7

    @property
    def alert(self) -> Literal["critical", "warning"] | None:
        """The severity of the alerts that fire for such an account; ``None`` if none does.

        *Critical*: something does not work now and does not recover by itself.
        """
        if self <= Severity.LOGIN_NEEDED:
            return "critical"
        return "warning" if self <= Severity.EXPIRES_SOON else None

    @property
    def word(self) -> str:
        """The severity in addresses, JSON and CSS classes: ``running-out``."""
        return self.name.lower().replace("_", "-")


class Notice(NamedTuple):
    """A fact about the exporter itself, rather than about one account."""

    brief: str
    """The fact in a few words, for a headline."""
    sentence: str
    """The fact, its cause and the next step."""


# A sign, so that colour alone carries no meaning, and the words beside it.
SIGNS: Mapping[Severity, tuple[str, str]] = MappingProxyType(
    {
        Severity.BROKEN: ("✕", "broken"),
        Severity.LOGIN_NEEDED: ("↻", "cannot be refreshed"),
        Severity.RATE_LIMITED: ("‖", "rate-limited"),
        Severity.UNCLEAR: ("?", "unclear"),
        Severity.RUNNING_OUT: ("!", "running out"),
        Severity.EXPIRES_SOON: ("◷", "expires soon"),
        Severity.NOT_PROBED: ("…", "no result yet"),
        Severity.FINE: ("✓", "fine"),
    }
)


def assess_severity(state: AccountState, now: float) -> Severity:
    """Return how urgently an account needs attention at ``now``, in Unix seconds."""
    unread = state.verdict is None and bool(state.source_error)
    if unread or state.usable is False or is_expired(state.expires_at, now):
        severity = Severity.BROKEN
    elif is_grant_lost(state, now):
        severity = Severity.LOGIN_NEEDED
    elif state.verdict is Verdict.RATE_LIMITED or _is_limit_of_earlier_token(state, now):
        severity = Severity.RATE_LIMITED
    elif cannot_be_probed(state, now):
        severity = Severity.UNCLEAR
    elif lowest_share(state, now) < LOW_SHARE or first_exhaustion(state, now) is not None:
        severity = Severity.RUNNING_OUT
    elif token_expires_soon(state, now) or consent_ends_soon(state, now):
        severity = Severity.EXPIRES_SOON
    elif state.usable is None:
        severity = Severity.NOT_PROBED
    else:
        severity = Severity.FINE
    return severity


def _is_limit_of_earlier_token(state: AccountState, now: float) -> bool:
    """Return whether a token that is still to be verified is of a user without requests left."""
    return state.is_unverified and state.usable is None and lowest_share(state, now) == 0


def cannot_be_probed(state: AccountState, now: float) -> bool:
    """Return whether probes have had no result for an hour, or whether none can be sent."""
    if state.waiting in {SkipReason.LEDGER, SkipReason.COUNTS_LOST}:
        return True
    due, last = state.next_probe_at, state.succeeded_at
    if due is not None and now - due > _RESULT_OVERDUE_SECONDS:
        return True
    return state.success is False and (last is None or now - last >= _RESULT_OVERDUE_SECONDS)


def token_expires_soon(state: AccountState, now: float) -> bool:
    """Return whether a token expires so soon that it should have been replaced by now."""
    if state.expires_at is None:
        return False
    left, age = state.expires_at - now, state.expiry_age
    known = 0.0 if age is None else now - age.since
    if any(known >= hours * 3_600 and left < soon for hours, soon in _SOON_BY_AGE):
        return True
    if state.refreshes:
        return left < _REFRESHED_EXPIRES_SOON_SECONDS
    is_renewed = age is not None and age.was_renewed and known < _RENEWAL_SECONDS
    return left < _EXPIRES_SOON_SECONDS and not is_renewed


def severity_sort_key(state: AccountState, now: float) -> tuple[Severity, float, float, str]:
    """Return a sort key that puts the worst account first."""
    severity = assess_severity(state, now)
    # If an expiry is the problem, it decides and not the requests that are left.
    by_expiry = severity in {Severity.LOGIN_NEEDED, Severity.EXPIRES_SOON}
    least = 0.0 if by_expiry else lowest_share(state, now)
    expires = inf if state.expires_at is None else state.expires_at
    return severity, least, expires, state.name


def shown_verdict(state: AccountState) -> Verdict | None:
    """Return the verdict on an account as it is shown.

    That of an expired token which cannot be refreshed is the cause's, as ``validate --account``
    reports it.
    """
    if state.verdict is Verdict.EXPIRED and state.broken is not None:
        return broken_verdict(state.broken)
    return state.verdict


def quota_share_left(quota: Quota, state: AccountState, now: float) -> float | None:
    """Return the share of a window's requests that is left; ``None`` if unknown or reset since."""
    if quota.remaining is None or not quota.limit or is_past_reset(quota, state, now):
        return None
    return min(1.0, max(0.0, quota.remaining / quota.limit))


def leading_quota(state: AccountState, now: float) -> Quota | None:
    """Return the window that runs out first, or the one with the smallest share left.

    If no share is known either, it is the first one.
    """
    exhausted = first_exhaustion(state, now)
    if exhausted is not None:
        return exhausted.quota
    known = [
        (share, number)
        for number, quota in enumerate(state.quota)
        if (share := quota_share_left(quota, state, now)) is not None
    ]
    if known:
        return state.quota[min(known)[1]]
    return next(iter(state.quota), None)


def is_past_reset(quota: Quota, state: AccountState, now: float) -> bool:
    """Return whether the window was reset since, so that its numbers are outdated."""
    until = known_until(quota, state)
    return until is not None and until <= now


def known_until(quota: Quota, state: AccountState) -> float | None:
    """Return when the known facts of a window end; ``None`` if nothing is known.

    Without a reset time, it ends after the length of a window.
    """
    if quota.reset_at is not None:
        return quota.reset_at.timestamp()
    observed_at = state.observed_at_of(quota)
    if quota.remaining is None or observed_at is None:
        return None
    return observed_at + quota.window_seconds


def lowest_share(state: AccountState, now: float) -> float:
    """Return the smallest share of requests that is left in a window; 1 if nothing is known."""
    shares = [quota_share_left(quota, state, now) for quota in state.quota]
    return min((known for known in shares if known is not None), default=1.0)
