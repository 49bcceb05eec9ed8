"""The errors of accounts that are not refreshed, or not yet."""

from datetime import UTC, datetime

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant import (
    Broken,
    BrokenReason,
    Grant,
    LimitCode,
    RefreshLimit,
    Refused,
    StoredAccount,
)
from tokcheck.accounts.grant_errors.broken_grant import NEEDS_NEW_LOGIN, broken_words, explain
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.core.humanize import format_duration, format_moment
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote


def broken_error(
    grant: Grant, broken: Broken, unused_secret: str = "", *, provider: Provider | None = None
) -> GrantError:
    """Return the error of a grant that was found broken before.

    ``unused_secret`` is a sentence about a secret in the environment that was not used.
    ``provider`` is as for :func:`explain`.
    """
    since = format_moment(datetime.fromtimestamp(broken.at, UTC))
    explanation = explain(broken, grant.name, grant.client.provider, provider)
    message = (
        f"The account {grant.name} {broken_words(broken)} (since {since}). {explanation.sentence}"
    )
    return GrantError(
        f"{message} {unused_secret}".strip(),
        explanation.hint,
        broken=broken,
        is_known=True,
    )


def newly_broken_error(
    grant: Grant,
    broken: Broken,
    unused_secret: str = "",
    *,
    provider: Provider | None = None,
    was_forced: bool = False,
) -> GrantError:
    """Return the error of a grant that has just been found broken.

    ``unused_secret`` and ``provider`` are as for :func:`broken_error`; ``was_forced`` is whether
    the command that tries the refresh token once more has done so.
    """
    refused = broken.refused
    if refused is not None and provider is not None:  # the address is the one in use
        usual = provider.services[provider.oauth.service].address
        here = broken._replace(refused=refused._replace(address=usual))
        explanation = explain(here, grant.name, grant.client.provider, provider)
    else:
        explanation = explain(broken, grant.name, grant.client.provider, provider)
    if was_forced:
        explanation = explanation._replace(retry="")
    message = f"The account {grant.name} {broken_words(broken)}. {explanation.sentence}"
    return GrantError(
        f"{message} {unused_secret}".strip(),
        explanation.hint,
        broken=broken,
    )


def limit_error(grant: Grant, limit: RefreshLimit, provider: Provider, now: float) -> OAuthError:
    """Return the error of an account at a token endpoint that wants no refresh before a moment."""
    since, until = (format_moment(datetime.fromtimestamp(at, UTC)) for at in limit[:2])
    seconds = limit.until - now
    return OAuthError(
        limit.code.value,
        f"The {provider.title} {limit_words(limit)} ({since}), so tokcheck "
        f"sends no refresh before {until}.",
        f"Wait {format_duration(seconds)}, then run: tokcheck accounts refresh {quote(grant.name)}",
        refused=False,
        retry_after=seconds,
        retry_at=limit.until,
        is_known=True,
    )


def limit_words(limit: RefreshLimit) -> str:
    """Return the report of a token endpoint that wants no refresh for a while."""
    if limit.code is LimitCode.SERVER_ERROR:
        return "was unavailable"
    return "has received too many requests"


def no_refresh_token_error(grant: Grant) -> GrantError:
    """Return the error of a grant without a refresh token."""
    return GrantError(
        f"The account {grant.name} {NEEDS_NEW_LOGIN}: it has no refresh token.",
        f"Log in again: {LoginCommand(grant.client.provider, grant.name)}",
    )


def unknown_expiry_error(grant: Grant) -> GrantError:
    """Return the error of a grant without a refresh token that has to be valid for some time."""
    return GrantError(
        f"It is unknown how long the token of the account {grant.name} is valid: the provider sent "
        "no expiry and no refresh token.",
        f"To print it all the same, require no lifetime: tokcheck token {quote(grant.name)}",
    )


def waiting_error(account: StoredAccount, provider: Provider | None) -> StoreError:
    """Return the error of an account that another process keeps locked."""
    grant, intent = account.grant, account.intent
    title = grant.client.provider if provider is None else f"the {provider.title}"
    if intent is None:
        return StoreError(
            f"The account {grant.name} is in use by another process that does not finish.",
            f"Try again. If that does not help, end the other tokcheck that uses {grant.name}.",
        )
    since = format_moment(datetime.fromtimestamp(intent.began_at, UTC))
    return StoreError(
        f"The account {grant.name} is being refreshed by another process ({intent.holder}, since "
        f"{since}), which waits for a response of {title}.",
        "It stops by itself and reports what became of the refresh token. Then run: "
        f"tokcheck accounts refresh {quote(grant.name)}",
    )


def broken_from_error(
    error: OAuthError, now: float, address: str, secrets: tuple[str, ...]
) -> Broken | None:
    """Return the state of an account after the provider refused its refresh.

    ``address`` is the base address of the token endpoint, ``secrets`` are the fingerprints of the
    application's secrets that were tried. Return ``None`` for a failure that may pass by itself.
    """
    if not error.refused:
        return None
    if error.code == "invalid_grant":
        reason = BrokenReason.SIGN_IN_REQUIRED if error.sign_in else BrokenReason.REFUSED
        return Broken(now, reason, error.detail)
    refused = Refused(error.code, address, secrets)
    if error.code == "service_gone":
        return Broken(now, BrokenReason.SERVICE_GONE, refused=refused)
    return Broken(now, BrokenReason.APPLICATION, error.detail, refused=refused)
