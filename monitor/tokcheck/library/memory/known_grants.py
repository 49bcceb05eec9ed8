"""The tokens that this process has read: they are used while the database of the accounts is away.

Each request may have its own :func:`tokcheck.auth`, so they are remembered for the account.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant
from tokcheck.library.memory.replaced_tokens import AccountKey

# A connection that is not answered takes 5 seconds: not each request waits for it.
RETRY_SECONDS = 10.0


class _Outage(NamedTuple):
    error: StoreError
    until: float


class KnownGrants:
    """The latest grant of each account, without what refreshes it. ``timer`` is for tests."""

    def __init__(self, timer: Callable[[], float] = monotonic) -> None:
        self._timer = timer
        self._latest: dict[AccountKey, Grant] = {}
        self._outages: dict[AccountKey, _Outage] = {}

    def record(self, account: AccountKey, grant: Grant) -> None:
        """Record what the database has now; it is not away."""
        self._outages.pop(account, None)
        client = grant.client._replace(secret=None)
        self._latest[account] = grant._replace(refresh=None, client=client)

    def forget(self, account: AccountKey) -> None:
        """Forget the token of an account that was removed, or that the API has refused."""
        self._latest.pop(account, None)

    def valid_grant(self, account: AccountKey, now: float) -> Grant | None:
        """Return the grant of an account if its token is valid at ``now``."""
        grant = self._latest.get(account)
        return grant if grant is not None and grant.is_valid_for(0, now) else None

    def begin_outage(self, account: AccountKey, error: StoreError) -> None:
        """Record that the database is away; it is tried again after a while."""
        self._outages[account] = _Outage(error, self._timer() + RETRY_SECONDS)

    def outage(self, account: AccountKey) -> StoreError | None:
        """Return the error of a moment ago; ``None`` if the database is to be tried."""
        outage = self._outages.get(account)
        return outage.error if outage is not None and self._timer() < outage.until else None


KNOWN_GRANTS = KnownGrants()
"""Those of this process."""
