"""Fresh tokens for accounts: the drivers of :mod:`tokcheck.accounts.refresh.flow`.

An account whose token lives long enough costs one look into the store; what a refresh needs is
loaded only for one.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the providers take longer to load than a fresh token to be found
    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.store.store import Store
    from tokcheck.providers.base import Provider, Request, Response

PATIENCE_SECONDS = 30.0


class Refresher:
    """Refreshes accounts for a caller that waits.

    ``send`` brings a request to its provider and returns the answer or raises a
    :class:`~tokcheck.errors.NetError`; ``now`` returns Unix seconds, ``timer`` the seconds of a
    clock that never goes back. One refresh takes ``patience`` seconds at most, its last request
    apart.
    """

    def __init__(
        self,
        store: "Store",
        providers: "Mapping[str, Provider]",
        send: "Callable[[Provider, Request], Response]",
        now: Callable[[], float] = time.time,
        *,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._providers = providers
        self._send = send
        self._now = now
        self._timer = timer
        self._pause = pause
        self._patience = patience

    def fresh(self, name: str, lead: float) -> "Grant":
        """Return an account's grant with an access token that lives for over ``lead`` seconds.

        It is refreshed if it does not: exactly once, however many processes ask. With
        ``math.inf`` it is refreshed in any case, also if it was found broken before.

        :raises UsageError: if there is no account of that name.
        :raises GrantError: if the grant cannot be refreshed any more.
        :raises OAuthError: if the provider refused, or did not answer as it should.
        :raises NetError: if it did not answer at all.
        :raises StoreError: if what has to be on the disk could not be read or written.
        """
        seen = self._store.account(name)
        if seen.needs_no_refresh(lead, self._now()):
            return seen.grant
        from tokcheck.accounts.refresh.flow import (
            Pause,
            RefreshContext,
            SendRequest,
            Step,
            refresh_flow,
        )
        from tokcheck.core.flow import drive

        def perform(step: Step) -> object:
            if isinstance(step, SendRequest):
                return self._send(step.provider, step.request)
            if isinstance(step, Pause):
                return self._pause(step.seconds)
            return step.work()

        means = RefreshContext(
            self._store, self._providers, self._now, self._timer, self._patience, holder()
        )
        with closing(refresh_flow(means, seen, lead)) as flow:  # and with it the account's lock
            return drive(flow, perform)


def holder() -> str:
    """Return who refreshes, for the store and for messages."""
    return f"process {os.getpid()}"
