"""The status of an account, its cause, and the next step."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from tokcheck.accounts.grant import RefreshLimit, StoredAccount
from tokcheck.accounts.grant_errors import explain, limit_words, short_broken_words
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import format_moment
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote


class AccountStatus(StrEnum):
    """The status of an account; the values are part of the public interface."""

    FINE = "fine"
    RATE_LIMITED = "rate_limited"
    """The token endpoint wants no refresh before a moment."""
    NEEDS_LOGIN = "needs_login"
    REFRESHING = "refreshing"
    REFUSED = "refused"
    """The provider refuses the application, or is gone; the grant is not the cause."""


def account_status(account: StoredAccount, now: float) -> AccountStatus:
    """Return the status of an account at ``now`` (Unix seconds)."""
    grant = account.grant
    if account.broken is not None and not account.broken.reason.is_of_grant:
        return AccountStatus.REFUSED
    if account.intent is not None:
        return AccountStatus.REFRESHING
    is_over = grant.refresh is None and not grant.is_valid_for(0, now)
    if account.broken is not None or is_over or is_expired(grant.known_refresh_expiry(now), now):
        return AccountStatus.NEEDS_LOGIN
    return AccountStatus.FINE if known_limit(account, now) is None else AccountStatus.RATE_LIMITED


def status_words(account: StoredAccount, now: float) -> str:
    """Return the status of an account for people."""
    status = account_status(account, now)
    if status in {AccountStatus.NEEDS_LOGIN, AccountStatus.REFUSED}:
        return short_broken_words(account.broken)
    if status is AccountStatus.REFRESHING:
        return "refreshing" if account.is_refreshing else "refresh not finished"
    if status is AccountStatus.RATE_LIMITED:
        return "rate-limited"
    return "refresh due" if is_expired(account.grant.known_expiry(now), now) else "fine"


def known_limit(account: StoredAccount, now: float) -> RefreshLimit | None:
    """Return the rate limit of the token endpoint that forbids a refresh now, if it is known."""
    limit = account.limit
    return limit if limit is not None and limit.is_in_force(now) else None


def state_since(account: StoredAccount, now: float) -> str:
    """Return the status of an account for people, and since when it has it."""
    intent, broken = account.intent, account.broken
    limit = known_limit(account, now)
    word = status_words(account, now)
    if intent is not None:
        word += f" since {moment_text(intent.began_at)}, by {intent.holder}"
    if broken is not None:
        word += f" since {moment_text(broken.at)}"
    elif intent is None and limit is not None:
        word += f" since {moment_text(limit.since)}"
    return word


def causes(account: StoredAccount, provider: Provider | None, now: float) -> Iterator[str]:
    """Yield a sentence about each cause why an account is not fine."""
    grant, broken, limit = account.grant, account.broken, known_limit(account, now)
    if broken is not None:
        yield explain(broken, grant.name, grant.client.provider, provider).sentence
    elif account_status(account, now) is AccountStatus.NEEDS_LOGIN:
        has_none = grant.refresh is None
        yield "It has no refresh token." if has_none else "Its refresh token has expired."
    if limit is not None:
        yield (
            f"The token endpoint {limit_words(limit)}: no refresh is sent "
            f"before {moment_text(limit.until)}."
        )


def next_steps(
    account: StoredAccount, provider: Provider | None, now: float
) -> Iterator[tuple[str, list[str]]]:
    """Yield the next steps, each with a label."""
    grant, broken = account.grant, account.broken
    if account.intent is not None and not account.is_refreshing:
        yield "Next", [f"Finish it: tokcheck accounts refresh {quote(grant.name)}"]
    if broken is not None or account_status(account, now) is AccountStatus.NEEDS_LOGIN:
        yield "Next", _next_step(account, provider)
    if broken is None:
        return
    retry = explain(broken, grant.name, grant.client.provider, provider).retry
    if retry:
        yield "Or", ["Try the refresh token once more:", retry]


def _next_step(account: StoredAccount, provider: Provider | None) -> list[str]:
    """Return how to repair a grant; the command has a line of its own, to be copied whole."""
    if account.broken is None:
        again = "Log in again"
        if provider is None:
            return [f"{again}."]
        return [f"{again}:", str(LoginCommand(provider.name, account.grant.name))]
    grant = account.grant
    words = explain(account.broken, grant.name, grant.client.provider, provider)
    advice = f"{words.note} {words.advice}".strip()
    return [text for text in (advice, words.command) if text]


def moment_text(when: float) -> str:
    """Write a moment of Unix seconds."""
    return format_moment(datetime.fromtimestamp(when, UTC))
