"""Explain refreshes that were sent and not finished: without a response, or with unsaved tokens."""

from datetime import UTC, datetime

from tokcheck.accounts.errors import OAuthError, StoreError
from tokcheck.accounts.grant import Grant, Intent
from tokcheck.core.errors import TokcheckError
from tokcheck.core.humanize import format_moment, join_sentences
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote


def advice_on_unfinished_refresh(
    grant: Grant,
    provider: Provider,
    intent: Intent,
    now: float,
    error: TokcheckError,
    *,
    is_unanswered: bool,
) -> str:
    """Return advice on a refresh that the provider may or may not have carried out.

    ``error`` is the last response. If it says when to come back, no other moment is named.
    ``is_unanswered`` is whether an earlier request of this refresh got no response.
    """
    again = f"tokcheck accounts refresh {quote(grant.name)}"
    if not provider.oauth.single_use:
        return f"The refresh token stays valid, so nothing is lost. Then run: {again}"
    if isinstance(error, OAuthError) and error.was_turned_away and not is_unanswered:
        return f"The next refresh sends the same request again. Then run: {again}"
    if isinstance(error, OAuthError) and (error.code == "rate_limited" or error.retry_at):
        return (
            "The refresh token may be used up, and the new one has not arrived. To see whether "
            f"the grant is lost, then run: {again}"
        )
    if not provider.oauth.grace:
        return (
            "The refresh token may be used up, and the new one has not arrived. The "
            f"{provider.title} is not known to repeat a response. To see whether the grant is "
            f"lost, run: {again}"
        )
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
    elif provider.oauth.single_use and not provider.oauth.grace:
        rescue = f"The {provider.title} is not known to repeat a response."
    elif provider.oauth.single_use:
        until = format_moment(datetime.fromtimestamp(intent.began_at + provider.oauth.grace, UTC))
        rescue = f"The {provider.title} repeats its response until {until}, and not after that."
    else:
        rescue = "The refresh token stays valid, so nothing is lost."
    return StoreError(
        f"The new tokens of the account {grant.name} could not be stored. {error.message} {rescue}",
        join_sentences(error.hint, f"Then run: tokcheck accounts refresh {quote(grant.name)}"),
    )
