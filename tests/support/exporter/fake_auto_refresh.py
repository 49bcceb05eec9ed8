"""A harness for automatic refresh: a store in memory, a fake clock and seeded randomness."""

import asyncio
import itertools
from collections.abc import Callable
from math import inf
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.accounts.grant import Client, Grant
from tokcheck.core.errors import NetError
from tokcheck.core.secret import Secret
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.refreshing.auto_refresh import AutoRefresh
from tokcheck.exporter.refreshing.store_refresher import FreshGrant
from tokcheck.exporter.sources import (
    Account,
    StoredGrant,
    StoreSource,
    WatchedAccount,
    stored_grant,
)
from tokcheck.exporter.sources.stored_accounts import grant_version

if TYPE_CHECKING:
    from tokcheck.exporter.state import RefreshResult

AT = 1_780_000_000.0
LIFE = 28_800.0
_MOST = 5_000

Outcome = Exception | Callable[[Grant], Grant] | asyncio.Event


class RefreshRequest(NamedTuple):
    """One call of ``refresh_grant``; ``at`` is when, ``ends`` when the token expired."""

    name: str
    min_ttl: float
    at: float
    ends: float | None


class AutoRefreshHarness:
    """Runs an :class:`AutoRefresh` and records what it does.

    Each refresh returns a new token, unless ``outcomes`` holds something for that name: an error,
    a function that returns the grant instead, or an event to wait for. The names in ``elsewhere``
    are refreshed by another process.
    """

    def __init__(self, *, at_once: int = 4, seed: int = 1, life: float | None = LIFE) -> None:
        self.now = AT
        self.life = life
        self.log: list[str] = []
        self.requests: list[RefreshRequest] = []
        self.ended: list[tuple[str, RefreshResult | None]] = []
        self.cut: list[str] = []
        self.most = 0
        self.outcomes: dict[str, list[Outcome]] = {}
        self.grants: dict[str, Grant] = {}
        self.elsewhere: set[str] = set()
        self._under_way: list[str] = []
        self.auto_refresh = AutoRefresh(
            self._refresh,
            now=lambda: self.now,
            random=Random(seed),
            log=log_messages(self.log.append),
            at_once=at_once,
        )

    @property
    def under_way(self) -> list[str]:
        """The names of the accounts with a refresh under way."""
        return sorted(self._under_way)

    def pauses(self) -> list[float]:
        """Return the seconds between one call and the next."""
        moments = [request.at for request in self.requests]
        return [after - before for before, after in itertools.pairwise(moments)]

    def login(self, name: str, **fields: object) -> Grant:
        """Put a new grant into the store."""
        ends = None if self.life is None else self.now + self.life
        access, refresh = (Secret(f"{what}-{name}-{self.now}") for what in ("access", "refresh"))
        client = Client("fitbit", "23TEST", None)
        grant = Grant(name, client, access, refresh, ends, None, (), "7TESTS", self.now)
        self.grants[name] = grant._replace(**fields)  # type: ignore[arg-type]
        return self.grants[name]

    def poll(self, name: str = "anna", grant: Grant | None = None, **fields: object) -> None:
        """Pass on a poll of the store; ``fields`` replace facts of the grant."""
        shown = grant or self.grants[name]
        self.auto_refresh.watch(watched_account(shown, stored_grant(shown)._replace(**fields)))  # type: ignore[arg-type]

    def begin(self) -> None:
        self.auto_refresh.start_due(lambda name, result: self.ended.append((name, result)))

    async def run_due(self) -> None:
        """Advance to the next refresh, start it, and run it until it waits."""
        if self.auto_refresh.next_at < inf:
            self.now = max(self.now, self.auto_refresh.next_at)
        self.begin()
        await yield_to_tasks()

    async def advance(self, seconds: float, *, polling: bool = True) -> None:
        """Advance the time: run all due refreshes, and poll the store after each if ``polling``."""
        until = self.now + seconds
        while self.auto_refresh.next_at <= until:
            self.now = max(self.now, self.auto_refresh.next_at)
            self.begin()
            await self.auto_refresh.wait_idle()
            for name in self.grants if polling else ():
                self.poll(name)
            assert len(self.requests) < _MOST, "it sends requests in a loop"
        self.now = until

    async def _refresh(self, name: str, min_ttl: float) -> FreshGrant:
        grant = self.grants[name]
        self.requests.append(RefreshRequest(name, min_ttl, self.now, grant.expires_at))
        self._under_way.append(name)
        self.most = max(self.most, len(self._under_way))
        try:
            outcome = self.outcomes[name].pop(0) if self.outcomes.get(name) else self.renew
            if isinstance(outcome, asyncio.Event):
                await outcome.wait()
                outcome = self.renew
            await asyncio.sleep(0)
            if isinstance(outcome, Exception):
                raise outcome.with_traceback(None)  # each time as if for the first
            after = outcome(grant)
            if name in self.grants:
                self.grants[name] = after
        except asyncio.CancelledError:
            self.cut.append(name)
            raise
        else:
            return FreshGrant(after, request_sent=name not in self.elsewhere)
        finally:
            self._under_way.remove(name)

    def renew(self, grant: Grant) -> Grant:
        """Return the grant with a new token."""
        return grant._replace(
            access=Secret(f"access-{grant.name}-{len(self.requests)}"),
            expires_at=None if self.life is None else self.now + self.life,
            obtained_at=self.now,
        )


def harness_with_anna() -> AutoRefreshHarness:
    """Return a harness with one account that has just been logged in."""
    made = AutoRefreshHarness()
    made.login("anna")
    made.poll()
    return made


def watched_account(grant: Grant, stored: StoredGrant | None) -> WatchedAccount:
    """Return the registry's reading of a stored account."""
    account = Account(grant.name, StoreSource(Path("home")), grant.client.provider)
    return WatchedAccount(account, grant.access, grant_version(grant), grant=stored)


def keep_unchanged(grant: Grant) -> Grant:
    """Return the grant unchanged, as while another process refreshes it."""
    return grant


def unreachable_error() -> NetError:
    return NetError("refused", "Fitbit could not be reached.", "Try again.", reached=False)


async def yield_to_tasks() -> None:
    """Let all tasks run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)
