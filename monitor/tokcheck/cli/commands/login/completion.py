"""What ``login`` does with a code: exchanges it, finds out who it was, and keeps the account."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from shlex import quote
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Client, Grant, Tokens, granted
from tokcheck.accounts.names import checked_name, named
from tokcheck.accounts.oauth.authorization import Attempt
from tokcheck.accounts.oauth.scopes import compared, own
from tokcheck.accounts.oauth.token_endpoint import exchanging
from tokcheck.accounts.store.locks import held
from tokcheck.accounts.store.store import Store
from tokcheck.check import verdict as verdicts
from tokcheck.cli.commands.login.summary import notes, print_notes, print_stored
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.errors import NetError, UsageError
from tokcheck.core.flow import drive
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Request, Response

_PATIENCE_SECONDS = 10.0

Send = Callable[[Provider, Request], Response]


class Former(NamedTuple):
    """What is known from earlier logins: the application, and the scopes of the very account."""

    client: Client | None
    scopes: tuple[str, ...] = ()


def former(store: Store, provider: Provider, name: str | None) -> Former:
    """Return what is known of the account of that name, or else a provider's only application.

    :raises UsageError: if the name cannot be one, or is that of another provider's account.
    """
    grants = store.grants()
    if name is not None:
        checked_name(name)
        for one in grants:
            if one.name == name and one.client.provider == provider.name:
                return Former(one.client, own(provider, one.scopes))
            if one.name == name:
                raise UsageError(
                    f"The account {name} is one of another provider.",
                    "Give another name, or remove that account first: "
                    f"tokcheck accounts remove {quote(name)}",
                )
    clients = {one.client.client_id: one.client for one in grants}
    known = [client for client in clients.values() if client.provider == provider.name]
    return Former(known[0] if len(known) == 1 else None)


def exchanged(attempt: Attempt, client: Client, code: Secret, send: Send) -> Tokens:
    """Exchange a code for tokens, and find out whose they are where the answer does not say.

    :raises OAuthError: if the provider refused.
    :raises NetError: if it did not answer.
    """
    provider = attempt.provider
    flow = exchanging(provider, client, code, attempt.redirect_uri, attempt.verifier)
    try:
        tokens = drive(flow, lambda request: send(provider, request))
    except NetError as error:
        again = f"A code works once: begin again with: tokcheck login {provider.name}."
        raise NetError(
            error.kind, error.message, f"{error.hint} {again}", reached=error.reached
        ) from None
    if tokens.user_id is None:
        tokens = tokens._replace(user_id=_who(provider, tokens.access, send))
    # Nothing said means: just as asked (RFC 6749, section 5.1).
    return tokens if tokens.scopes is not None else tokens._replace(scopes=attempt.scopes)


def keep(
    store: Store,
    attempt: Attempt,
    client: Client,
    tokens: Tokens,
    *,
    wished: str | None,
    now: float,
) -> None:
    """Store the grant, and say what came of it.

    :raises StoreError: if it cannot be stored.
    """
    grant = granted(wished or attempt.provider.name, client, tokens, now)
    try:
        # No other login may take the name between its choice and its use.
        with held(store.path.with_suffix(".lock"), _PATIENCE_SECONDS):
            known = store.grants()
            name = named(wished, grant, known)
            before = next((one for one in known if one.name == name.name), None)
            grant = _in_place_of(before, grant._replace(name=name.name))
            store.put(grant)
    except StoreError as error:
        raise StoreError(
            f"{error.message} The consent was given, and its tokens are lost.",
            f"{error.hint} Then log in again: tokcheck login {attempt.provider.name}"
            + (f" --name {quote(wished)}" if wished else ""),
        ) from None
    print_stored(grant, attempt.provider)
    sys.stdout.flush()
    scopes = compared(attempt.provider, attempt.scopes, grant.scopes)
    print_notes(notes(grant, attempt.provider, scopes, name, before))


def _in_place_of(before: Grant | None, grant: Grant) -> Grant:
    """Return the grant with the former refresh token if none came: that one is as good as ever."""
    if before is None or grant.refresh is not None:
        return grant
    return grant._replace(refresh=before.refresh, refresh_expires_at=before.refresh_expires_at)


def _who(provider: Provider, access: Secret, send: Send) -> str | None:
    """Ask whose a token is; whatever else that brings to light is said, and is no failure."""
    credential = Credential(Kind.ACCESS_TOKEN, access, provider.name)
    try:
        outcome = drive(provider.probe(credential, None), lambda request: send(provider, request))
    except NetError as error:
        print_notes(iter([f"Whose account it is could not be asked: {error.message}."]))
        return None
    if outcome.verdict is not Verdict.VALID:
        told = verdicts.of_outcome(outcome, datetime.now(UTC), provider.title, provider.remedies)
        print_notes(iter([" ".join((told.summary, *told.advice))]))
    return outcome.claims.user_id if outcome.claims else None
