"""The end of a login: the code is exchanged for tokens, and the account is stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Client, Grant, Tokens, grant_from_tokens
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.names import ChosenName, choose_name
from tokcheck.accounts.oauth import token_endpoint
from tokcheck.accounts.oauth.authorization import AuthorizationRequest
from tokcheck.accounts.oauth.scopes import ScopeComparison, compare_scopes
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.checks import verdict as verdicts
from tokcheck.checks.verdict import Conclusion
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import NetError
from tokcheck.core.flow import drive
from tokcheck.core.humanize import join_sentences
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Send

LOCK_SECONDS = 10.0


class StoredLogin(NamedTuple):
    """The account that a login stored."""

    grant: Grant
    scopes: ScopeComparison
    """How the granted scopes compare with the requested ones."""
    name: ChosenName
    """The account's name, and the stored accounts that it takes into account."""
    replaced: Grant | None
    """The grant that the account had before."""
    command: LoginCommand
    """The command that repeats the login, for this account."""


def fetch_tokens(
    attempt: AuthorizationRequest,
    client: Client,
    code: Secret,
    send: Send,
    now: Callable[[], float],
    report_unknown_user: Callable[[NetError | Conclusion], None],
    *,
    redirect_scopes: tuple[str, ...] | None = None,
) -> Tokens:
    """Exchange an authorization code for tokens, and find their user if the response names none.

    ``redirect_scopes`` are the granted scopes that the redirect named, if it did. Not knowing the
    user is no failure: it is reported through ``report_unknown_user``.

    :raises OAuthError: if the token endpoint refused the code.
    :raises NetError: if it did not respond.
    """
    provider = attempt.provider
    flow = token_endpoint.exchange_code(
        provider, client, code, attempt.redirect_uri, attempt.verifier, login=attempt.login
    )
    try:
        tokens = drive(flow, lambda request: send(provider, request))
    except NetError as error:
        again = f"A code works once. Log in again: {attempt.login}"
        raise NetError(
            error.kind, error.message, join_sentences(error.hint, again), reached=error.reached
        ) from None
    if tokens.user_id is None:
        user_id = _find_user(provider, tokens.access, send, now, report_unknown_user)
        tokens = tokens._replace(user_id=user_id)
    if tokens.scopes is not None:
        return tokens
    # A response without scopes grants those that were requested (RFC 6749, section 5.1), unless the
    # redirect has said which the user ticked.
    return tokens._replace(scopes=redirect_scopes or attempt.scopes)


def store_grant(
    store: GrantStore,
    attempt: AuthorizationRequest,
    client: Client,
    tokens: Tokens,
    *,
    wanted_name: str | None,
    obtained_at: float,
) -> StoredLogin:
    """Store the grant of a login under a name that is free, or its own already.

    ``obtained_at`` (Unix seconds) is when the tokens' lifetimes begin.

    :raises StoreError: if it cannot be stored.
    """
    provider = attempt.provider
    grant = grant_from_tokens(wanted_name or provider.name, client, tokens, obtained_at)
    try:
        # No other login may take the name between its choice and its use.
        with store.exclusive(LOCK_SECONDS):
            known = store.grants()
            name = choose_name(wanted_name, grant, known)
            replaced = next((one for one in known if one.name == name.name), None)
            grant = _keep_refresh_token(replaced, grant._replace(name=name.name))
            store.put(grant)
    except StoreError as error:
        raise StoreError(
            f"{error.message} The consent was given, but its tokens are lost.",
            join_sentences(error.hint, f"Then log in again: {attempt.login}"),
        ) from None
    return StoredLogin(
        grant,
        compare_scopes(provider, attempt.scopes, grant.scopes),
        name,
        replaced,
        replace(attempt.login, name=grant.name),
    )


def _keep_refresh_token(replaced: Grant | None, grant: Grant) -> Grant:
    """Return the grant with the previous refresh token if no new one came: it still works."""
    if replaced is None or grant.refresh is not None:
        return grant
    return grant._replace(refresh=replaced.refresh, refresh_expires_at=replaced.refresh_expires_at)


def _find_user(
    provider: Provider,
    access: Secret,
    send: Send,
    now: Callable[[], float],
    report_unknown_user: Callable[[NetError | Conclusion], None],
) -> str | None:
    """Return the id of an access token's user by a probe; what else it finds is reported."""
    credential = Credential(Kind.ACCESS_TOKEN, access, provider.name)
    try:
        outcome = drive(provider.probe(credential, None), lambda request: send(provider, request))
    except NetError as error:
        report_unknown_user(error)
        return None
    if outcome.verdict is not Verdict.VALID:
        moment = datetime.fromtimestamp(now(), UTC)
        report_unknown_user(
            verdicts.conclude_from_outcome(outcome, moment, provider.title, provider.remedies)
        )
    return outcome.claims.user_id if outcome.claims else None
