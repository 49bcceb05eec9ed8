"""Grants that cannot be refreshed, in words: what happened, and which command repairs it.

The store holds a reason and its facts (:class:`~tokcheck.accounts.grant.Broken`); the words are
rendered here, whenever they are shown.
"""

from datetime import UTC, datetime
from shlex import quote
from typing import NamedTuple

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Grant, Intent
from tokcheck.accounts.oauth.token_errors import refused_refresh
from tokcheck.core.humanize import format_duration, format_moment
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


class Explanation(NamedTuple):
    """Why a grant cannot be refreshed and what to do, in words."""

    sentence: str
    """What happened."""

    advice: str
    """What to do; ends with a colon where a command follows."""

    command: str
    """The command that does it; empty if none is known."""

    @property
    def hint(self) -> str:
        """The advice and the command."""
        return f"{self.advice} {self.command}".strip()


def explain(broken: Broken, name: str, provider_name: str) -> Explanation:
    """Return in words why the grant of the account ``name`` is broken, and what repairs it."""
    provider = REGISTRY.get(provider_name)
    title = provider_name if provider is None else provider.title
    if broken.reason is BrokenReason.DUPLICATE:
        return Explanation(
            f"The account {broken.detail} has the same refresh token: both come from one consent.",
            "Use that account, and delete this one:",
            f"tokcheck accounts remove {quote(name)} --forget",
        )
    if provider is None:
        login, command = "Log in again with a version of tokcheck that knows the provider.", ""
    else:
        login, command = "Log in again:", login_command(provider_name, name)
    if broken.reason is BrokenReason.INTERRUPTED and broken.intent is not None:
        return Explanation(_interruption(broken, broken.intent, title, provider), login, command)
    if broken.reason is BrokenReason.SECRET_LOST:
        sentence, advice = _LOST_SECRETS[broken.detail]
        return Explanation(sentence, f"{advice} {login}", command)
    sign_in = broken.reason is BrokenReason.SIGN_IN_REQUIRED
    reason = "" if provider is None else f"{_usual_reason(provider)} "
    return Explanation(
        refused_refresh(title, broken.detail, sign_in=sign_in), f"{reason}{login}", command
    )


# By the vault.
_LOST_SECRETS = {
    "file": (
        "The store names a secret that it does not hold.",
        "Another program changed it: restore a backup.",
    ),
    "keyring": (
        "The store names a secret that the keyring does not hold.",
        "If it was written to another keyring, use that one.",
    ),
}


def _interruption(broken: Broken, intent: Intent, title: str, provider: Provider | None) -> str:
    sent_at = format_moment(datetime.fromtimestamp(intent.began_at, UTC))
    repeats = ""
    if provider is not None:
        repeats = (
            f"{title} repeats a response for {format_duration(provider.oauth.grace)}; "
            f"{format_duration(broken.at - intent.began_at)} later, it refused. "
        )
    return (
        f"The refresh token {intent.fingerprint} was sent at {sent_at} by {intent.holder}, and no "
        f"response was stored. {repeats}The next refresh token is lost, and with it the consent."
    )


def broken_error(grant: Grant, broken: Broken) -> GrantError:
    """Return the error of a grant that was found broken before."""
    since = format_moment(datetime.fromtimestamp(broken.at, UTC))
    words = explain(broken, grant.name, grant.client.provider)
    return GrantError(
        f"The account {grant.name} cannot be refreshed since {since}. {words.sentence}", words.hint
    )


def newly_broken_error(grant: Grant, broken: Broken) -> GrantError:
    """Return the error of a grant that was found broken right now."""
    words = explain(broken, grant.name, grant.client.provider)
    return GrantError(f"The account {grant.name} cannot be refreshed. {words.sentence}", words.hint)


def no_refresh_token_error(grant: Grant) -> GrantError:
    """Return the error of a grant without a refresh token."""
    return GrantError(
        f"The account {grant.name} has no refresh token, so it cannot be refreshed.",
        f"Log in again: {login_command(grant.client.provider, grant.name)}",
    )


def broken_by(error: OAuthError, now: float) -> Broken:
    """Return the state of a grant of which the provider refused the refresh token."""
    reason = BrokenReason.SIGN_IN_REQUIRED if error.sign_in else BrokenReason.REFUSED
    return Broken(now, reason, error.detail)


def advice_on_unfinished_refresh(
    grant: Grant, provider: Provider, intent: Intent, now: float
) -> str:
    """Say what to do about a refresh of which nobody knows whether it was carried out."""
    again = f"tokcheck accounts refresh {quote(grant.name)}"
    if not provider.oauth.single_use:
        return f"The refresh token stays good, so nothing is lost. Then: {again}"
    until = intent.began_at + provider.oauth.grace
    told = format_moment(datetime.fromtimestamp(until, UTC))
    if now < until:
        return (
            "The refresh token may be used up, and the new one has not arrived. "
            f"{provider.title} repeats its answer until {told}. Before that: {again}"
        )
    return (
        "The refresh token may be used up, and the new one has not arrived. "
        f"{provider.title} repeated its answer until {told}; whether it is lost tells: {again}"
    )


def unsaved_tokens_error(
    grant: Grant, provider: Provider, intent: Intent, error: StoreError, *, in_recovery_file: bool
) -> StoreError:
    """Return the error of new tokens that could not be written to the store."""
    if in_recovery_file:
        kept = "They lie in a file of the account beside it, and the next refresh takes them up."
    elif provider.oauth.single_use:
        until = format_moment(datetime.fromtimestamp(intent.began_at + provider.oauth.grace, UTC))
        kept = f"{provider.title} repeats its answer until {until}, and not after."
    else:
        kept = "The refresh token stays good, so nothing is lost."
    return StoreError(
        f"The new tokens of the account {grant.name} could not be written down. {error.message} "
        f"{kept}",
        f"{error.hint} Then: tokcheck accounts refresh {quote(grant.name)}",
    )


def login_command(provider: str, name: str) -> str:
    """Return the command by which the person of an account consents again."""
    return f"tokcheck login {provider} --name {quote(name)}"


def _usual_reason(provider: Provider) -> str:
    if provider.oauth.single_use:
        return (
            "Each refresh token works once: no other program may use the same ones, and a copy of "
            "the store that was put back holds used ones."
        )
    return (
        "While an application is in testing, a consent lasts 7 days; it also ends after 6 months "
        "without use."
    )
