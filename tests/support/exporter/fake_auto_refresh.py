"""A keeper over a store in memory: a clock that is told, seeded chance, and what comes by hand."""

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
from tokcheck.exporter.auto_refresh import AutoRefresh
from tokcheck.exporter.sources.account import Account, StoredGrant, StoreSource, WatchedAccount
from tokcheck.exporter.sources.store import grant_version, stored_grant
from tokcheck.exporter.store_refresher import FreshGrant

if TYPE_CHECKING:
    from tokcheck.exporter.state.account_state import RefreshResult

AT = 1_780_000_000.0
LIFE = 28_800.0
_MOST = 5_000

Outcome = Exception | Callable[[Grant], Grant] | asyncio.Event


class RefreshRequest(NamedTuple):
    """One call of ``fresh``: of whom, with which lead, when, and of a token that ended when."""

    name: str
    min_ttl: float
    at: float
    ends: float | None


class AutoRefreshHarness:
    """A keeper with all that it works with; what it does is written down.

    Each call of ``fresh`` hands out a new token, unless ``outcomes`` holds something for that
    name: an error, what becomes of the grant instead, or an event to wait for beforehand. What is
    refreshed for the names in ``elsewhere``, another process has done.
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
            self._fresh,
            now=lambda: self.now,
            random=Random(seed),
            log=self.log.append,
            at_once=at_once,
        )

    @property
    def under_way(self) -> list[str]:
        """Whose refreshes are under way, one name for each."""
        return sorted(self._under_way)

    def pauses(self) -> list[float]:
        """Return the seconds between one call and the next."""
        moments = [asked.at for asked in self.requests]
        return [after - before for before, after in itertools.pairwise(moments)]

    def login(self, name: str, **fields: object) -> Grant:
        """Put a new grant into the store."""
        ends = None if self.life is None else self.now + self.life
        access, refresh = (Secret(f"{what}-{name}-{self.now}") for what in ("access", "refresh"))
        client = Client("fitbit", "23TEST", None)
        grant = Grant(name, client, access, refresh, ends, None, (), "7TESTS", self.now)
        self.grants[name] = grant._replace(**fields)  # type: ignore[arg-type]
        return self.grants[name]

    def look(self, name: str = "anna", grant: Grant | None = None, **fields: object) -> None:
        """Tell the keeper what a look at the store shows of an account; ``fields`` of its own."""
        shown = grant or self.grants[name]
        self.auto_refresh.watch(watched_account(shown, stored_grant(shown)._replace(**fields)))  # type: ignore[arg-type]

    def begin(self) -> None:
        self.auto_refresh.start_due(lambda name, result: self.ended.append((name, result)))

    async def due(self) -> None:
        """Let the time come for the next refresh, begin it, and wait until it waits itself."""
        if self.auto_refresh.next_at < inf:
            self.now = max(self.now, self.auto_refresh.next_at)
        self.begin()
        await yield_to_tasks()

    async def on(self, seconds: float, *, looking: bool = True) -> None:
        """Let time pass: do all that falls due, and look at the store after it if ``looking``."""
        until = self.now + seconds
        while self.auto_refresh.next_at <= until:
            self.now = max(self.now, self.auto_refresh.next_at)
            self.begin()
            await self.auto_refresh.wait_idle()
            for name in self.grants if looking else ():
                self.look(name)
            assert len(self.requests) < _MOST, "it asks without a pause"
        self.now = until

    async def _fresh(self, name: str, min_ttl: float) -> FreshGrant:
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
    """Return a keeper with one account that has just been logged in."""
    made = AutoRefreshHarness()
    made.login("anna")
    made.look()
    return made


def watched_account(grant: Grant, stored: StoredGrant | None) -> WatchedAccount:
    """Return what a roster tells of a stored account."""
    account = Account(grant.name, StoreSource(Path("home")), grant.client.provider)
    return WatchedAccount(account, grant.access, grant_version(grant), grant=stored)


def unchanged(grant: Grant) -> Grant:
    """Leave a grant as it is: somebody else is at it, and its token is good meanwhile."""
    return grant


def unreachable_error() -> NetError:
    return NetError("refused", "Fitbit could not be reached.", "Try again.", reached=False)


async def yield_to_tasks() -> None:
    """Let everything run on until it waits for something that is not there yet."""
    for _ in range(5):
        await asyncio.sleep(0)
