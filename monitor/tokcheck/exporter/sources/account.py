"""The accounts that the exporter watches: name, source of the paste, and budget policy."""

from pathlib import Path
from typing import NamedTuple, TypeAlias

from tokcheck.accounts.grant import Broken, RefreshLimit
from tokcheck.core.expiry import known_expiry
from tokcheck.core.secret import Secret


class FileSource(NamedTuple):
    """A file that holds any paste; read again whenever it changes."""

    path: Path


class VariableSource(NamedTuple):
    """An environment variable of the exporter's own process."""

    name: str


class CommandSource(NamedTuple):
    """A command that prints any paste on standard output; run without a shell at intervals.

    ``every`` and ``timeout`` are in seconds.
    """

    words: tuple[str, ...]
    every: float = 300.0
    timeout: float = 30.0


class StoreSource(NamedTuple):
    """The store of accounts that were logged in; the exporter refreshes accounts from there.

    ``folder`` is the data folder that holds the store.
    """

    folder: Path


Source: TypeAlias = FileSource | VariableSource | CommandSource | StoreSource


class Policy(NamedTuple):
    """The budget of an account's probes, and how often they are sent."""

    share: float = 0.04
    """The part of each window's requests that is the budget; one probe is always allowed."""
    reserve: int = 5
    """With this many requests left or fewer, no probe is sent."""
    window: float | None = None
    """The length of the provider's window in seconds, if not the documented one."""
    every: float | None = None
    """The usual interval between two probes in seconds, if not the provider's."""


class Account(NamedTuple):
    """A named credential to watch."""

    name: str
    source: Source
    provider: str | None = None
    """The provider's name, if the token itself does not show it."""
    require_scopes: tuple[str, ...] = ()
    """The verdict reports any of these scopes that is not granted."""
    timezone: str | None = None
    """The IANA name of the account's time zone, for times that the provider writes without one."""
    policy: Policy = Policy()


class StoredGrant(NamedTuple):
    """The store's record of a grant beside its tokens; moments are Unix seconds."""

    obtained_at: float
    expires_at: float | None
    renewable: bool
    """Whether there is a refresh token."""
    refresh_expires_at: float | None = None
    """When the refresh token expires, or was found to have expired."""
    begun_at: float | None = None
    """When a refresh began that has not ended."""
    broken: Broken | None = None
    """Why the grant can no longer be refreshed; ``None`` if it can."""
    clock_skew: float | None = None
    """That of :class:`~tokcheck.accounts.grant.Grant`."""
    limit: RefreshLimit | None = None
    """The moment before which no refresh is sent, since the token endpoint is rate-limited."""

    def known_expiry(self, now: float) -> float | None:
        """Return when the access token expires; ``None`` if that is not known at ``now``."""
        return known_expiry(self.expires_at, self.obtained_at, now, self.clock_skew)

    def known_refresh_expiry(self, now: float) -> float | None:
        """Return when the refresh token expires or broke; ``None`` if that is not known."""
        if self.broken is not None:
            return self.refresh_expires_at
        return known_expiry(self.refresh_expires_at, self.obtained_at, now, self.clock_skew)


class WatchedAccount(NamedTuple):
    """An account with the last reading of its source."""

    account: Account
    paste: Secret | None
    """``None`` if the source could not be read."""
    version: str
    """Changes whenever the text does, without revealing it; empty without a paste."""
    problem: str = ""
    """Why the source could not be read, in one sentence without any secret. If that worked before,
    the last paste stays in use beside this."""
    unread: bool = False
    """Whether the source could not be read, which says nothing about the token."""
    grant: StoredGrant | None = None
    """The grant of an account from the store."""
