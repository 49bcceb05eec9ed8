"""How urgently an account needs attention, and how to fix the grant of a stored one.

The page and the terminal sort and mark accounts by it.
"""

from collections.abc import Mapping
from enum import IntEnum
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.grant_errors import BrokenExplanation, broken_verdict, broken_words, explain
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.expiry import is_expired
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state.account_state import AccountState

_CONSENT_ENDS_SOON_SECONDS = 2 * 86_400.0


class Remediation(NamedTuple):
    """What a grant needs, why, by when (Unix seconds), and the command that does it.

    ``by`` is ``None`` if it is too late or unknown.
    """

    needs: str
    why: str
    by: float | None
    command: str


def is_grant_lost(state: AccountState, now: float) -> bool:
    """Return whether the grant of a stored account can no longer be refreshed."""
    return state.broken is not None or is_expired(state.refresh_expires_at, now)


def consent_ends_soon(state: AccountState, now: float) -> bool:
    """Return whether an account's consent ends within two days; no refresh prolongs it."""
    ends = state.refresh_expires_at
    return (
        not is_grant_lost(state, now)
        and ends is not None
        and ends - now < _CONSENT_ENDS_SOON_SECONDS
    )


def refresh_not_before(state: AccountState, now: float) -> float | None:
    """Return the moment before which no refresh is sent, as the token endpoint requested.

    ``None`` if there is no such moment, or if the token does not expire before it.
    """
    limit = state.refresh_limit
    if limit is None or not limit.is_in_force(now) or is_grant_lost(state, now):
        return None
    ends = state.expires_at
    return None if ends is not None and ends > limit.until else limit.until


def shown_verdict(state: AccountState) -> Verdict | None:
    """Return the verdict on an account as it is shown.

    That of an expired token which cannot be refreshed is the cause's, as ``validate --account``
    reports it.
    """
    if state.verdict is Verdict.EXPIRED and state.broken is not None:
        return broken_verdict(state.broken)
    return state.verdict


def explain_broken_grant(state: AccountState) -> BrokenExplanation | None:
    """Return why an account cannot be refreshed and how to fix it; ``None`` if it can."""
    if state.broken is None:
        return None
    return explain(state.broken, state.name, state.provider or "")


def find_remediation(state: AccountState, now: float) -> Remediation | None:
    """Return what the user has to do for an account's grant; ``None`` if nothing."""
    soon = consent_ends_soon(state, now)
    if state.provider is None or not (soon or is_grant_lost(state, now)):
        return None
    words = explain_broken_grant(state)
    login = str(LoginCommand(state.provider, state.name))
    command = login if words is None else words.command or login
    needs = broken_words(state.broken)
    expires = state.expires_at
    if soon:
        return Remediation(needs, "its consent ends", state.refresh_expires_at, command)
    if state.usable is False or is_expired(expires, now):
        return Remediation(needs, "access has ended", None, command)
    why = "access ends" if expires is not None else "nothing renews its access"
    return Remediation(needs, why, expires, command)


_LOW_SHARE = 0.2
_EXPIRES_SOON_SECONDS = 900.0  # tokens that live for an hour are replaced before this
_REFRESHED_EXPIRES_SOON_SECONDS = 240.0  # those refreshed here are refreshed before this


class Severity(IntEnum):
    """How urgently an account needs attention, the worst first."""

    BROKEN = 0  # refused, expired, or no token at all
    LOGIN_NEEDED = 1  # works until its token expires, which cannot be refreshed
    RATE_LIMITED = 2  # no requests left
    UNCLEAR = 3  # the last probe had no result
    RUNNING_OUT = 4  # works, but not for long
    NOT_PROBED = 5  # not probed yet
    FINE = 6

    @property
    def problem(self) -> bool:
        """Whether something does not work now."""
        return self <= Severity.UNCLEAR

    @property
    def css_class(self) -> str:
        """The class of an account on the page."""
        return self.name.lower().replace("_", "-")


# A sign, so that colour alone carries no meaning, and the words beside it.
SIGNS: Mapping[Severity, tuple[str, str]] = MappingProxyType(
    {
        Severity.BROKEN: ("✕", "broken"),
        Severity.LOGIN_NEEDED: ("↻", "cannot be refreshed"),
        Severity.RATE_LIMITED: ("‖", "rate-limited"),
        Severity.UNCLEAR: ("?", "unclear"),
        Severity.RUNNING_OUT: ("!", "running out"),
        Severity.NOT_PROBED: ("…", "not probed yet"),
        Severity.FINE: ("✓", "fine"),
    }
)


def assess_severity(state: AccountState, now: float) -> Severity:
    """Return how urgently an account needs attention."""
    if state.source_error or state.usable is False:
        return Severity.BROKEN
    if is_grant_lost(state, now):
        return Severity.LOGIN_NEEDED
    if state.verdict is None:
        return Severity.NOT_PROBED
    if state.verdict is Verdict.RATE_LIMITED:
        return Severity.RATE_LIMITED
    if state.usable is None:
        return Severity.UNCLEAR
    low = _lowest_share(state, now) <= _LOW_SHARE
    soon = low or token_expires_soon(state, now) or consent_ends_soon(state, now)
    return Severity.RUNNING_OUT if soon else Severity.FINE


def token_expires_soon(state: AccountState, now: float) -> bool:
    """Return whether a token expires so soon that it should have been replaced by now."""
    left = inf if state.expires_at is None else state.expires_at - now
    return left < (_REFRESHED_EXPIRES_SOON_SECONDS if state.refreshes else _EXPIRES_SOON_SECONDS)


def severity_sort_key(state: AccountState, now: float) -> tuple[Severity, float, float, str]:
    """Return a sort key that puts the worst account first."""
    severity = assess_severity(state, now)
    # If a login is needed, the expiry decides and not the requests that are left.
    least = 0.0 if severity is Severity.LOGIN_NEEDED else _lowest_share(state, now)
    expires = inf if state.expires_at is None else state.expires_at
    return severity, least, expires, state.name


def quota_share_left(quota: Quota, now: float) -> float | None:
    """Return the share of a window's requests that is left; ``None`` if unknown or reset since."""
    if quota.remaining is None or not quota.limit or is_past_reset(quota, now):
        return None
    return min(1.0, max(0.0, quota.remaining / quota.limit))


def is_past_reset(quota: Quota, now: float) -> bool:
    """Return whether the window was reset since, so that its numbers are outdated."""
    return quota.reset_at is not None and quota.reset_at.timestamp() <= now


def _lowest_share(state: AccountState, now: float) -> float:
    shares = [quota_share_left(quota, now) for quota in state.quota]
    return min((known for known in shares if known is not None), default=1.0)
