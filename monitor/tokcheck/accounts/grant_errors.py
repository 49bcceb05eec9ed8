"""The sentences for a grant that cannot be refreshed: what was lost, and what repairs it."""

from datetime import UTC, datetime
from shlex import quote

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, Grant, Intent
from tokcheck.accounts.oauth.token_errors import OAuthError
from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.core.humanize import duration, moment
from tokcheck.providers.base import Provider


class GrantError(TokcheckError):
    """An account's grant cannot be refreshed any more; only a new consent mends it."""

    exit_code = ExitCode.NOT_USABLE


def broken_error(grant: Grant, broken: Broken) -> GrantError:
    """Return the error of a grant that was found broken before."""
    since = moment(datetime.fromtimestamp(broken.at, UTC))
    return GrantError(
        f"The account {grant.name} cannot be refreshed since {since}. {broken.sentence}",
        broken.hint,
    )


def unrefreshable(grant: Grant) -> GrantError:
    """Return the error of a grant without a refresh token."""
    return GrantError(
        f"The account {grant.name} has no refresh token, so it cannot be refreshed.",
        _repair(grant),
    )


def refused(grant: Grant, provider: Provider, error: OAuthError, now: float) -> Broken:
    """Say that a refresh token was refused although no request before can have used it."""
    return Broken(now, error.code, error.message, f"{_reason(provider)} {_repair(grant)}")


def cut_off(grant: Grant, provider: Provider, intent: Intent, now: float) -> Broken:
    """Say that a refresh token was used and that its successor never arrived."""
    fingerprint = intent.fingerprint
    began = moment(datetime.fromtimestamp(intent.began_at, UTC))
    return Broken(
        now,
        "invalid_grant",
        f"The refresh token {fingerprint} was sent at {began} by {intent.holder}, and no answer "
        f"was written down. {provider.title} repeats an answer for "
        f"{duration(provider.oauth.grace)}; asked again after "
        f"{duration(now - intent.began_at)}, it refused. The refresh token that followed is lost, "
        "and with it the consent.",
        _repair(grant),
    )


def vanished(grant: Grant, error: StoreError) -> Broken:
    """Say that a secret which was stored with a grant is there no more."""
    return Broken(grant.obtained_at, "secret_lost", error.message, f"{error.hint} {_repair(grant)}")


def unsure(grant: Grant, provider: Provider, intent: Intent, now: float) -> str:
    """Say what to do about a refresh of which nobody knows whether it was carried out."""
    again = f"tokcheck accounts refresh {quote(grant.name)}"
    if not provider.oauth.single_use:
        return f"The refresh token stays good, so nothing is lost. Then: {again}"
    until = intent.began_at + provider.oauth.grace
    told = moment(datetime.fromtimestamp(until, UTC))
    if now < until:
        return (
            "The refresh token may be used up, and the new one has not arrived. "
            f"{provider.title} repeats its answer until {told}. Before that: {again}"
        )
    return (
        "The refresh token may be used up, and the new one has not arrived. "
        f"{provider.title} repeated its answer until {told}; whether it is lost tells: {again}"
    )


def doubled(grant: Grant, twin: str) -> Broken:
    """Say that a refresh brought the tokens that the account ``twin`` has already."""
    return Broken(
        grant.obtained_at,
        "duplicate",
        f"The account {twin} has the same refresh token: both come from one consent.",
        "Use that account, and forget this one: "
        f"tokcheck accounts remove {quote(grant.name)} --forget",
    )


def unwritten(
    grant: Grant, provider: Provider, intent: Intent, error: StoreError, *, rescued: bool
) -> StoreError:
    """Return the error of new tokens that could not be written to the store."""
    if rescued:
        kept = "They lie in a file of the account beside it, and the next refresh takes them up."
    elif provider.oauth.single_use:
        until = moment(datetime.fromtimestamp(intent.began_at + provider.oauth.grace, UTC))
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


def command_in(hint: str) -> str:
    """Return the command that stands at the end of a broken grant's hint; empty if none does."""
    _, found, rest = hint.rpartition(": tokcheck ")
    return f"tokcheck {rest}" if found else ""


def _repair(grant: Grant) -> str:
    command = login_command(grant.client.provider, grant.name)
    return f"Have the person consent again: {command}"


def _reason(provider: Provider) -> str:
    if provider.oauth.single_use:
        return (
            "Each refresh token works once: no other program may use the same ones, and a copy of "
            "the store that was put back holds used ones."
        )
    return (
        "While an application is in testing, a consent lasts 7 days; it also ends after 6 months "
        "without use."
    )
