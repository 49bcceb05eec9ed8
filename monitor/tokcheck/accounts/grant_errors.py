"""Explain accounts that need a new login: what happened, and which command repairs it.

The store holds a reason and its facts (:class:`~tokcheck.accounts.grant.Broken`); the sentences
are rendered here, whenever they are shown.
"""

from datetime import UTC, datetime
from shlex import quote
from typing import NamedTuple

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Grant, Intent
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.token_errors import refused_refresh
from tokcheck.core.humanize import format_duration, format_moment
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


class Explanation(NamedTuple):
    """Why an account needs a new login, and what to do."""

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


NEEDS_NEW_LOGIN = "needs a new login"


def broken_words(broken: Broken | None) -> str:
    """Return the state of an account that cannot be refreshed any more, for people.

    Every message, table and page uses these words. A copy needs no login: the other account works.
    """
    duplicate = broken is not None and broken.reason is BrokenReason.DUPLICATE
    return "cannot be refreshed" if duplicate else NEEDS_NEW_LOGIN


def explain(broken: Broken, name: str, provider_name: str) -> Explanation:
    """Return why the grant of the account ``name`` is broken, and what repairs it."""
    provider = REGISTRY.get(provider_name)
    title = f"provider {provider_name}" if provider is None else provider.title
    if broken.reason is BrokenReason.DUPLICATE:
        return Explanation(
            f"The account {broken.detail} has the same refresh token: both come from one consent.",
            "Use that account, and delete this one:",
            f"tokcheck accounts remove {quote(name)} --forget",
        )
    if provider is None:
        login, command = "Log in again with a version of tokcheck that knows the provider.", ""
    else:
        login, command = "Log in again:", str(LoginCommand(provider_name, name))
    if broken.reason is BrokenReason.INTERRUPTED and broken.intent is not None:
        return Explanation(_interruption(broken, broken.intent, title, provider), login, command)
    if broken.reason is BrokenReason.SECRET_LOST:
        sentence, advice = _LOST_SECRETS[broken.detail]
        return Explanation(sentence, f"{advice} {login}", command)
    sign_in = broken.reason is BrokenReason.SIGN_IN_REQUIRED
    reason = "" if provider is None else f"{usual_reason(provider)} "
    return Explanation(
        refused_refresh(title, broken.detail, sign_in=sign_in), f"{reason}{login}", command
    )


# By the vault.
_LOST_SECRETS = {
    "file": (
        "The store names a secret that it does not contain.",
        "Another program has changed the store: restore a backup.",
    ),
    "keyring": (
        "The store names a secret that the keyring does not contain.",
        "If the secret is in another keyring, use that one.",
    ),
}


def _interruption(broken: Broken, intent: Intent, title: str, provider: Provider | None) -> str:
    sent_at = format_moment(datetime.fromtimestamp(intent.began_at, UTC))
    repeats = ""
    if provider is not None:
        repeats = (
            f"The {title} repeats a response for {format_duration(provider.oauth.grace)}; "
            f"{format_duration(broken.at - intent.began_at)} later, it refused. "
        )
    return (
        f"The refresh token {intent.fingerprint} was sent at {sent_at} by {intent.holder}, and no "
        f"response was stored. {repeats}The next refresh token is lost, and with it the consent."
    )


def broken_error(grant: Grant, broken: Broken) -> GrantError:
    """Return the error of a grant that was found broken before."""
    since = format_moment(datetime.fromtimestamp(broken.at, UTC))
    explanation = explain(broken, grant.name, grant.client.provider)
    return GrantError(
        f"The account {grant.name} {broken_words(broken)} (since {since}). {explanation.sentence}",
        explanation.hint,
    )


def newly_broken_error(grant: Grant, broken: Broken) -> GrantError:
    """Return the error of a grant that has just been found broken."""
    explanation = explain(broken, grant.name, grant.client.provider)
    return GrantError(
        f"The account {grant.name} {broken_words(broken)}. {explanation.sentence}", explanation.hint
    )


def no_refresh_token_error(grant: Grant) -> GrantError:
    """Return the error of a grant without a refresh token."""
    return GrantError(
        f"The account {grant.name} {NEEDS_NEW_LOGIN}: it has no refresh token.",
        f"Log in again: {LoginCommand(grant.client.provider, grant.name)}",
    )


def broken_by(error: OAuthError, now: float) -> Broken:
    """Return the state of a grant after the provider refused its refresh token."""
    reason = BrokenReason.SIGN_IN_REQUIRED if error.sign_in else BrokenReason.REFUSED
    return Broken(now, reason, error.detail)


def advice_on_unfinished_refresh(
    grant: Grant, provider: Provider, intent: Intent, now: float
) -> str:
    """Return what to do about a refresh that the provider may or may not have carried out."""
    again = f"tokcheck accounts refresh {quote(grant.name)}"
    if not provider.oauth.single_use:
        return f"The refresh token stays valid, so nothing is lost. Then run: {again}"
    until = intent.began_at + provider.oauth.grace
    end = format_moment(datetime.fromtimestamp(until, UTC))
    if now < until:
        return (
            "The refresh token may be used up, and the new one has not arrived. "
            f"The {provider.title} repeats its response until {end}. Before then, run: {again}"
        )
    return (
        "The refresh token may be used up, and the new one has not arrived. "
        f"The {provider.title} repeated its response until {end}. To see whether the grant is "
        f"lost, run: {again}"
    )


def unsaved_tokens_error(
    grant: Grant, provider: Provider, intent: Intent, error: StoreError, *, in_recovery_file: bool
) -> StoreError:
    """Return the error of new tokens that could not be written to the store."""
    if in_recovery_file:
        rescue = "They are in the account's recovery file, and the next refresh stores them."
    elif provider.oauth.single_use:
        until = format_moment(datetime.fromtimestamp(intent.began_at + provider.oauth.grace, UTC))
        rescue = f"The {provider.title} repeats its response until {until}, and not after that."
    else:
        rescue = "The refresh token stays valid, so nothing is lost."
    return StoreError(
        f"The new tokens of the account {grant.name} could not be stored. {error.message} {rescue}",
        f"{error.hint} Then run: tokcheck accounts refresh {quote(grant.name)}",
    )


def usual_reason(provider: Provider) -> str:
    """Return why a provider most often refuses a refresh token."""
    if provider.oauth.single_use:
        return (
            "Each refresh token works once: no other program may use the same one, and a restored "
            "copy of the store contains used ones."
        )
    return (
        "While an application is in testing, a consent lasts 7 days. It also ends after 6 months "
        "without use."
    )
