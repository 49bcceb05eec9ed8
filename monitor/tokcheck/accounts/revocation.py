"""The end of an account: its consent is revoked at the provider, then it is forgotten.

A refresh that runs at the same moment would bring tokens that nobody revokes, so the account's
lock is held meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tokcheck.accounts.errors import StoreError, busy
from tokcheck.accounts.grant import Grant, Standing
from tokcheck.accounts.names import same_consent
from tokcheck.accounts.oauth.token_endpoint import revoking
from tokcheck.accounts.refresh.refresher import Refresher
from tokcheck.accounts.store.locks import AccountLock
from tokcheck.accounts.store.store import Store
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Send

_LOCK_PAUSE = 0.1
_FINISH_SECONDS = 5.0


class SharedGrantError(UsageError):
    """A consent was not revoked, because other accounts live on it."""


class AccountRemover:
    """Ends accounts; ``pause`` waits so many seconds for somebody else's refresh to be over.

    That is waited for ``patience`` seconds at most. ``now`` returns Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        send: Send,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        patience: float = 30.0,
    ) -> None:
        self._store = store
        self._send = send
        self._now = now
        self._pause = pause
        self._patience = patience

    def end(self, name: str, provider: Provider | None, *, forget: bool) -> TokcheckError | None:
        """Revoke an account's consent and forget the account.

        Return why it was not revoked, if it was not: then the account is kept, unless ``forget``
        says otherwise. A provider that is not known cannot be asked.

        :raises UsageError: if there is no account of that name.
        :raises StoreError: if it could not be forgotten, or another process holds it.
        """
        # Also because a lock of an account that is not there would be left over.
        if self._store.standing(name).intent is not None and provider is not None:
            self._finish(name, provider)
        with self._held(name):
            standing = self._store.standing(name)
            failure = self._shared(standing.grant) or self._revoked(standing, provider)
            if failure is None or forget:
                self._store.remove(name)
        return failure

    def _finish(self, name: str, provider: Provider) -> None:
        """Bring in the tokens of a refresh that was left behind: the older ones may end nothing."""
        refresher = Refresher(
            self._store,
            {provider.name: provider},
            self._send,
            self._now,
            pause=self._pause,
            patience=_FINISH_SECONDS,
        )
        with suppress(TokcheckError):  # then the older ones have to do
            refresher.fresh(name, 0)

    def _shared(self, grant: Grant) -> SharedGrantError | None:
        """Return an error if others live on an account's consent: revoking ends all tokens of it.

        https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token/
        """
        others = [
            one.grant.name
            for one in self._store.standings()
            if one.grant.name != grant.name
            and one.broken is None
            and same_consent(one.grant, grant)
        ]
        if not others:
            return None
        return SharedGrantError(
            f"it would end the account {' and '.join(others)} as well, which is of the same person "
            "and application."
        )

    def _revoked(self, standing: Standing, provider: Provider | None) -> TokcheckError | None:
        if provider is None:
            return StoreError("Its provider is not known to this version of tokcheck.")
        tokens = list(_tokens_to_revoke(standing))
        if not tokens:
            return StoreError("no token of it is left.")
        try:
            for token in tokens:
                drive(
                    revoking(provider, standing.grant.client, token),
                    lambda request: self._send(provider, request),
                )
        except TokcheckError as error:
            return error
        return None

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        lock = AccountLock(self._store.folder, name)
        waited = 0.0
        while not lock.take():
            if waited >= self._patience:
                raise busy(self._store.path)
            self._pause(_LOCK_PAUSE)
            waited += _LOCK_PAUSE
        try:
            yield
        finally:
            lock.release()


def _tokens_to_revoke(standing: Standing) -> Iterator[Secret]:
    """Return what has to be revoked: either token ends the consent, but a dead one ends nothing."""
    grant = standing.grant
    if grant.refresh is not None:
        yield grant.refresh
    unsure = standing.intent is not None or standing.broken is not None
    if len(grant.access) and (unsure or grant.refresh is None):
        yield grant.access
