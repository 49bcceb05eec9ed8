"""The synchronous driver of :mod:`tokcheck.accounts.refresh.refresh_flow`.

An account with a token that is valid for long enough costs one read of the store; the modules that
a refresh needs are imported only for a refresh.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing the providers takes longer than reading a token
    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.store.grant_store import GrantStore
    from tokcheck.providers.base import Provider, Request, Response

PATIENCE_SECONDS = 30.0


class Refresher:
    """Refreshes accounts, and blocks until that is done.

    ``send`` sends a request to a provider and returns the response, or raises a
    :class:`~tokcheck.core.errors.NetError`; ``now`` returns Unix seconds, ``timer`` the seconds
    of a monotonic clock. A refresh takes at most ``patience`` seconds plus its last request.
    If nothing is lost by giving up, it repeats no request after ``safe_patience`` seconds; if the
    grant may be lost, ``report`` is called with a sentence that says so.
    The variables of the ``environment`` may set addresses and the secrets of applications.
    """

    def __init__(  # noqa: PLR0913 - each is replaced by a test
        self,
        store: "GrantStore",
        providers: "Mapping[str, Provider]",
        send: "Callable[[Provider, Request], Response]",
        now: Callable[[], float] = time.time,
        *,
        timer: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE_SECONDS,
        environment: Mapping[str, str] = MappingProxyType({}),
        safe_patience: float = PATIENCE_SECONDS,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._providers = providers
        self._send = send
        self._now = now
        self._timer = timer
        self._pause = pause
        self._patience = patience
        self._environment = environment
        self._safe_patience = safe_patience
        self._report = report

    def fresh_grant(self, name: str, min_ttl: float, *, refused: str | None = None) -> "Grant":
        """Return a grant with an access token that is valid for more than ``min_ttl`` seconds.

        It is refreshed first if necessary: exactly once, however many processes request it. With
        ``math.inf`` it is always refreshed, even if it was found broken before, unless its token
        is lasting, which nothing refreshes. ``refused`` is the
        fingerprint of an access token that the API has refused: one of another is returned.

        :raises UsageError: if there is no account of that name.
        :raises GrantError: if the grant cannot be refreshed any more.
        :raises OAuthError: if the provider refused, or its response was not a valid one.
        :raises NetError: if there was no response.
        :raises StoreError: if the store could not be read or written.
        """
        account = self._store.account(name)
        if account.grant.access.fingerprint != refused and account.needs_no_refresh(
            min_ttl, self._now()
        ):
            return account.grant
        from tokcheck.accounts.refresh.refresh_context import RefreshContext
        from tokcheck.accounts.refresh.refresh_flow import refresh_flow
        from tokcheck.accounts.refresh.steps import Pause, SendRequest, Step
        from tokcheck.core.flow import drive

        def perform(step: Step) -> object:
            if isinstance(step, SendRequest):
                return self._send(step.provider, step.request)
            if isinstance(step, Pause):
                if step.note:
                    self._report(step.note)
                return self._pause(step.seconds)
            return step.work()

        context = RefreshContext(
            self._store,
            self._providers,
            self._now,
            self._timer,
            self._patience,
            holder_name(shared=self._store.is_shared),
            self._environment,
            self._safe_patience,
        )
        # Closing the flow releases the account's lock.
        with closing(refresh_flow(context, account, min_ttl, refused)) as flow:
            return drive(flow, perform)


def holder_name(*, shared: bool = False) -> str:
    """Return the name of this process as the holder of a refresh, for the store and messages.

    In a store that is ``shared`` by several machines, it names this one as well.
    """
    process = f"process {os.getpid()}"
    if not shared:
        return process
    from socket import gethostname

    return f"{process} on {gethostname()}"
