"""Revocation of a leaked token, and removal of an account after revoking its grant.

A refresh at the same moment would bring tokens that are not revoked, so the account's lock is held
meanwhile.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from tokcheck.accounts.errors import OAuthError, StoreError
from tokcheck.accounts.grant import Client, Grant, StoredAccount
from tokcheck.accounts.grant_errors import waiting_error
from tokcheck.accounts.names import is_same_grant
from tokcheck.accounts.oauth.secret_sources import (
    describe_unused_secret,
    refusal_to_report,
    secrets_to_try,
)
from tokcheck.accounts.oauth.token_endpoint import revoke_token
from tokcheck.accounts.refresh.refresher import Refresher
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.credential import Kind
from tokcheck.core.errors import NetError, TokcheckError, UsageError
from tokcheck.core.expiry import is_expired
from tokcheck.core.flow import drive
from tokcheck.core.humanize import list_names
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Request, Response, Send
from tokcheck.providers.ready_made_providers import find_packaged

_LOCK_PAUSE = 0.1
_FINISH_SECONDS = 5.0
_ACCESS_ALONE = {Kind.ACCESS_TOKEN}


def revoke_leaked(
    provider: Provider,
    client: Client,
    token: Secret,
    send: Send,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Revoke the grant of a leaked token; return ``False`` if the provider calls it invalid.

    The secret of the application comes from the ``environment``, or from ``client``.

    :raises OAuthError: if the provider refuses for another reason.
    :raises NetError: if there is no response.
    """
    *first, last = secrets_to_try(client, provider, environment)

    def revoke(secret: Secret | None) -> bool:
        return drive(
            revoke_token(provider, client._replace(secret=secret), token),
            lambda request: send(provider, request),
        )

    refusal: OAuthError | None = None
    for secret in first:
        try:
            return revoke(secret)
        except OAuthError as error:
            if not error.refused:
                raise
            refusal = error
    try:
        return revoke(last)
    except OAuthError as error:
        raise refusal_to_report(refusal, error, last) from None


class SharedGrantError(UsageError):
    """A grant was not revoked, because other stored accounts depend on it."""


class AccountRemover:
    """Removes accounts.

    ``pause`` sleeps for a number of seconds; ``patience`` is how many seconds to wait for another
    process's refresh. ``now`` returns Unix seconds. The ``environment`` may hold the secrets of
    applications.
    """

    def __init__(
        self,
        store: GrantStore,
        send: Send,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        patience: float = 30.0,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._store = store
        self._send = send
        self._now = now
        self._pause = pause
        self._patience = patience
        self._environment = environment

    def remove(self, name: str, provider: Provider | None, *, forget: bool) -> TokcheckError | None:
        """Revoke an account's grant and delete the account.

        Return why the grant could not be revoked, or ``None``. The account is then kept, unless
        ``forget`` is set. A ``provider`` of ``None`` is unknown, and nothing is revoked there.

        :raises UsageError: if there is no account of that name.
        :raises StoreError: if it could not be deleted, or another process holds it.
        """
        # Before the lock is taken: one for an account that does not exist would be left over.
        silence: NetError | None = None
        account = self._store.account(name)
        if provider is not None and self._needs_refresh(account, provider):
            silence = self._finish_refresh(name, provider)
        with self._lock(name):
            account = self._store.account(name)
            failure: TokcheckError | None = self._sharing_error(account.grant) or silence
            failure = failure or self._revoke(account, provider)
            if failure is None or forget:
                self._store.remove(name)
        return failure

    def _finish_refresh(self, name: str, provider: Provider) -> NetError | None:
        """Finish an interrupted refresh: the tokens before it may no longer end the grant.

        Return the error of a provider that does not respond: it would not revoke a token either,
        so nothing more is sent to it.
        """

        def send(provider: Provider, request: Request) -> Response:
            try:
                return self._send(provider, request)
            except NetError as error:
                if error.kind != "timeout":
                    raise
                raise _SilentProviderError(error) from None

        refresher = Refresher(
            self._store,
            {provider.name: provider},
            send,
            self._now,
            pause=self._pause,
            patience=_FINISH_SECONDS,
            environment=self._environment,
        )
        try:
            refresher.fresh_grant(name, 0)
        except _SilentProviderError as silent:
            error = silent.error
            return NetError(
                error.kind,
                f"an interrupted refresh of it has to be finished first, and {error.message}",
                error.hint,
                reached=error.reached,
            )
        except TokcheckError:
            pass  # the previous tokens are revoked
        return None

    def _needs_refresh(self, account: StoredAccount, provider: Provider) -> bool:
        """Return whether a refresh was interrupted, or the token to revoke has expired."""
        now = self._now()
        is_stale = is_expired(account.grant.known_expiry(now), now)
        return account.intent is not None or (is_stale and provider.revocable == _ACCESS_ALONE)

    def _sharing_error(self, grant: Grant) -> SharedGrantError | None:
        """Return an error if other accounts share the grant: revoking it ends all of its tokens.

        https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token/
        """
        others = [
            one.grant.name
            for one in self._store.accounts()
            if one.grant.name != grant.name
            and (one.broken is None or not one.broken.reason.is_of_grant)
            and is_same_grant(one.grant, grant)
        ]
        if not others:
            return None
        subject = "account" if len(others) == 1 else "accounts"
        has = "has" if len(others) == 1 else "have"
        return SharedGrantError(
            f"it would end the {subject} {list_names(others)} as well, which {has} the same user "
            "and application."
        )

    def _revoke(self, account: StoredAccount, provider: Provider | None) -> TokcheckError | None:
        if provider is None:
            return StoreError("this version of tokcheck does not know its provider.")
        is_deauthorized = provider.revocable == _ACCESS_ALONE
        tokens = [account.grant.access] if is_deauthorized else list(_tokens_to_revoke(account))
        if not tokens:
            return StoreError("the store has no token of it.")
        client = account.grant.client
        secrets = secrets_to_try(client, provider, self._environment)
        failure: OAuthError | None = None
        for secret in secrets:
            try:
                for token in tokens:
                    is_revoked = drive(
                        revoke_token(
                            provider,
                            client._replace(secret=secret),
                            token,
                            name=account.grant.name,
                        ),
                        lambda request: self._send(provider, request),
                    )
                    if is_deauthorized and not is_revoked and account.broken is None:
                        # The refresh token may still work.
                        return StoreError("its access token no longer works, so it ends nothing.")
            except OAuthError as error:
                if not error.refused:
                    return error
                failure = refusal_to_report(failure, error, secret)
            except TokcheckError as error:
                return error
            else:
                return None
        return failure and self._with_unused_secret(failure, client, provider)

    def _with_unused_secret(
        self, failure: OAuthError, client: Client, provider: Provider
    ) -> OAuthError:
        """Return a refusal that also says which secret in the environment was not used."""
        unused = describe_unused_secret(failure.code, client, provider, self._environment)
        failure.message = f"{failure.message} {unused}".strip()
        return failure

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        lock = self._store.lock(name)
        waited = 0.0
        while not lock.take():
            if waited >= self._patience:
                account = self._store.account(name)
                raise waiting_error(account, find_packaged(account.grant.client.provider))
            self._pause(_LOCK_PAUSE)
            waited += _LOCK_PAUSE
        try:
            yield
        finally:
            lock.release()


class _SilentProviderError(Exception):
    """The provider does not respond: it passes through the refresh, so that nothing is repeated."""

    def __init__(self, error: NetError) -> None:
        super().__init__(error.message)
        self.error = error


def _tokens_to_revoke(account: StoredAccount) -> Iterator[Secret]:
    """Yield the tokens to revoke: either one ends the grant, but a dead one ends nothing."""
    grant = account.grant
    if grant.refresh is not None:
        yield grant.refresh
    broken = account.broken
    is_broken = broken is not None and broken.reason.is_of_grant
    may_be_dead = account.intent is not None or is_broken
    if len(grant.access) and (may_be_dead or grant.refresh is None):
        yield grant.access
