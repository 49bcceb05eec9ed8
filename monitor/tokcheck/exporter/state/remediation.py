"""The needs of a stored account's grant, and the command for them."""

from typing import NamedTuple

from tokcheck.accounts.grant_errors import BrokenExplanation, broken_words, explain
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.expiry import is_expired
from tokcheck.exporter.state.account_state import AccountState

_CONSENT_ENDS_SOON_SECONDS = 2 * 86_400.0


class Remediation(NamedTuple):
    """The need of a grant, the reason, by when (Unix seconds), and the command for it.

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


def explain_broken_grant(state: AccountState) -> BrokenExplanation | None:
    """Return why an account cannot be refreshed and how to fix it; ``None`` if it can."""
    if state.broken is None or state.provider is None:
        return None
    return explain(state.broken, state.name, state.provider, state.declared)


def find_remediation(state: AccountState, now: float) -> Remediation | None:
    """Return the next step of the user for an account's grant; ``None`` if there is none."""
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
