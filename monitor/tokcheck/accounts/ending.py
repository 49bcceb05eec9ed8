"""The end of an account: its consent is revoked at the provider, then it is forgotten.

A refresh that runs at the same moment would bring tokens that nobody revokes, so the account's
lock is held meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tokcheck.accounts.fault import StoreError, busy
from tokcheck.accounts.lock import AccountLock
from tokcheck.accounts.oauth import revoking
from tokcheck.accounts.standing import Standing
from tokcheck.accounts.store import Store
from tokcheck.check import Send, drive
from tokcheck.errors import TokcheckError
from tokcheck.providers.base import Provider
from tokcheck.secret import Secret

_LOCK_PAUSE = 0.1


class Ending:
    """Ends accounts; ``pause`` waits so many seconds for somebody else's refresh to be over.

    That is waited for ``patience`` seconds at most.
    """

    def __init__(
        self,
        store: Store,
        send: Send,
        *,
        pause: Callable[[float], None] = time.sleep,
        patience: float = 30.0,
    ) -> None:
        self._store = store
        self._send = send
        self._pause = pause
        self._patience = patience

    def end(self, name: str, provider: Provider | None, *, forget: bool) -> TokcheckError | None:
        """Revoke an account's consent and forget the account.

        Return why revoking failed, if it did: then the account is kept, unless ``forget`` says
        otherwise. A provider that is not known cannot be asked.

        :raises UsageError: if there is no account of that name.
        :raises StoreError: if it could not be forgotten, or another process holds it.
        """
        self._store.standing(name)  # a lock of an account that is not there would be left over
        with self._held(name):
            failure = self._revoked(self._store.standing(name), provider)
            if failure is None or forget:
                self._store.remove(name)
        return failure

    def _revoked(self, standing: Standing, provider: Provider | None) -> TokcheckError | None:
        if provider is None:
            return StoreError("Its provider is not known to this version of tokcheck.")
        try:
            for token in _tokens(standing):
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


def _tokens(standing: Standing) -> Iterator[Secret]:
    """Return what has to be revoked: either token ends the consent, but a dead one ends nothing."""
    grant = standing.grant
    if grant.refresh is not None:
        yield grant.refresh
    unsure = standing.intent is not None or standing.broken is not None
    if len(grant.access) and (unsure or grant.refresh is None):
        yield grant.access
