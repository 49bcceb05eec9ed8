"""Explain accounts that cannot be refreshed: the cause, and the command that repairs it.

The store holds a reason and its facts (:class:`~tokcheck.accounts.grant.Broken`); the sentences
are rendered here, whenever they are shown.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Intent,
    Refused,
)
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.token_errors import (
    explain_gone_service,
    explain_refused_application,
    explain_refused_refresh,
)
from tokcheck.core.humanize import format_duration, format_moment
from tokcheck.core.redact import redact
from tokcheck.core.report import Verdict
from tokcheck.providers.base import Provider
from tokcheck.providers.ready_made_providers import find_packaged
from tokcheck.storage.shell_words import quote


class BrokenExplanation(NamedTuple):
    """Why an account cannot be refreshed, and the next step."""

    sentence: str
    """What happened."""

    advice: str
    """The advice; ends with a colon where a command follows."""

    command: str
    """The command that does it; empty if none is known."""

    retry: str = ""
    """The command that tries the refresh token once more, if it may still work."""

    note: str = ""
    """The usual reason."""

    @property
    def hint(self) -> str:
        """The advice and the commands; that of the advice ends it, so that it can be copied."""
        once_more = f"`{self.retry}` tries the refresh token once more." if self.retry else ""
        return " ".join(filter(None, (self.note, once_more, self.advice, self.command)))


NEEDS_NEW_LOGIN = "needs a new login"


# For a declaration that is not at hand.
_DECLARED_LOGIN = "With its declaration in TOKCHECK_PROVIDERS, log in again:"
_DECLARED_RETRY = "Then, with the declaration of the provider in TOKCHECK_PROVIDERS, run:"
_NO_LOGIN_HELPS = {BrokenReason.DUPLICATE, BrokenReason.APPLICATION, BrokenReason.SERVICE_GONE}
_VERDICTS = {
    BrokenReason.APPLICATION: Verdict.NOT_PERMITTED,
    BrokenReason.SERVICE_GONE: Verdict.SERVICE_GONE,
}
_SHORT_WORDS = {
    BrokenReason.APPLICATION: "application refused",
    BrokenReason.SERVICE_GONE: "service gone",
}


def broken_words(broken: Broken | None) -> str:
    """Return the state of an account that cannot be refreshed any more, for people.

    Every message and page uses these words. A copy needs no login: the other account works. Nor
    does one of a refused application: its grant is fine.
    """
    is_fixed_elsewhere = broken is not None and broken.reason in _NO_LOGIN_HELPS
    return "cannot be refreshed" if is_fixed_elsewhere else NEEDS_NEW_LOGIN


def short_broken_words(broken: Broken | None) -> str:
    """Return the state for a table, where the words are all that is shown of the cause."""
    return _SHORT_WORDS.get(broken.reason, broken_words(broken)) if broken else NEEDS_NEW_LOGIN


def broken_verdict(broken: Broken | None) -> Verdict:
    """Return the verdict on an account that cannot be refreshed, once its token has expired."""
    return (
        Verdict.GRANT_BROKEN
        if broken is None
        else _VERDICTS.get(broken.reason, Verdict.GRANT_BROKEN)
    )


def explain(
    broken: Broken, name: str, provider_name: str, provider: Provider | None = None
) -> BrokenExplanation:
    """Return why the account ``name`` cannot be refreshed, and what repairs it.

    ``provider`` is that of its name, if it is known; those that come with tokcheck are.
    """
    provider = provider or find_packaged(provider_name)
    if provider is not None and provider.endpoints is None:
        provider = None  # its declaration lost its OAuth endpoints
    title = f"provider {provider_name}" if provider is None else provider.title
    if broken.reason is BrokenReason.DUPLICATE:
        return BrokenExplanation(
            f"The account {broken.detail} has the same refresh token: both come from one consent.",
            "Use that account, and delete this one:",
            f"tokcheck accounts remove {quote(name)} --forget",
        )
    if provider is None:
        login, command = _DECLARED_LOGIN, str(LoginCommand(provider_name, name))
    else:
        login, command = "Log in again:", str(LoginCommand(provider_name, name))
    retry = "" if provider is None else f"tokcheck accounts refresh {quote(name)}"
    if broken.reason is BrokenReason.INTERRUPTED and broken.intent is not None:
        return BrokenExplanation(
            _interruption(broken, broken.intent, title, provider),
            login,
            command,
            retry,
        )
    if broken.reason is BrokenReason.SECRET_LOST:
        sentence, advice = _LOST_SECRETS[broken.detail]
        return BrokenExplanation(sentence, f"{advice} {login}", command)
    if broken.refused is not None:
        return _explain_refused(broken, broken.refused, name, provider, title)
    sign_in = broken.reason is BrokenReason.SIGN_IN_REQUIRED
    refusal = explain_refused_refresh(provider_name, title, broken.detail, sign_in=sign_in)
    if provider is None:
        return BrokenExplanation(refusal.sentence, login, command)
    note = "" if refusal.names_reason else usual_reason(provider)
    if refusal.is_final:
        retry = ""
    return BrokenExplanation(refusal.sentence, refusal.advice, command, retry, note)


def _explain_refused(
    broken: Broken, refused: Refused, name: str, provider: Provider | None, title: str
) -> BrokenExplanation:
    if provider is None:
        return BrokenExplanation(
            f"The {title} refused the application or was switched off ({refused.code}).",
            f"Check the application's registration. {_DECLARED_RETRY}",
            f"tokcheck accounts refresh {quote(name)}",
        )
    login = LoginCommand(provider.name, name)
    if broken.reason is BrokenReason.SERVICE_GONE:
        refusal = explain_gone_service(provider, login)
    else:
        refusal = explain_refused_application(
            provider, login, refused.code, broken.detail, secret_sent=any(refused.secrets)
        )
    retry = f"tokcheck accounts refresh {quote(name)}"
    explanation = BrokenExplanation(*refusal, retry="" if refusal.command == retry else retry)
    if refused.address == provider.services[provider.oauth.service].address:
        return explanation
    # The address in use may be another one by now.
    where = f"The address was {redact(refused.address)}; the next refresh uses the present one."
    return explanation._replace(sentence=f"{explanation.sentence} {where}")


# By the vault.
_LOST_SECRETS = {
    "file": (
        "The store names a secret that it does not contain: the file was damaged, or another "
        "program has changed it.",
        "If there is a backup of the store, restore it.",
    ),
    "keyring": (
        "The store names a secret that the keyring does not contain.",
        "If the secret is in another keyring, use that one.",
    ),
}


def _interruption(broken: Broken, intent: Intent, title: str, provider: Provider | None) -> str:
    sent_at = format_moment(datetime.fromtimestamp(intent.began_at, UTC))
    repeats = ""
    if provider is not None and provider.oauth.grace:
        repeats = (
            f"The {title} repeats a response for {format_duration(provider.oauth.grace)}; "
            f"{format_duration(broken.at - intent.began_at)} later, it refused. "
        )
    return (
        f"The refresh token {intent.fingerprint} was sent at {sent_at} by {intent.holder}, and no "
        f"response was stored. {repeats}The next refresh token is lost, and with it the consent."
    )


def usual_reason(provider: Provider) -> str:
    """Return why a provider most often refuses a refresh token; empty if that is not known."""
    if provider.oauth.single_use:
        return (
            "Each refresh token works once: no other program may use the same one, and a restored "
            "copy of the store contains used ones."
        )
    if not provider.oauth.testing_days:
        return ""
    return (
        f"While an application is in testing, a consent lasts {provider.oauth.testing_days} days. "
        "It also ends after 6 months without use."
    )
