"""Automatic refresh of stored accounts: each shortly before its token expires, a few at once.

This module decides when to refresh and how to retry;
:mod:`tokcheck.accounts.refresh.refresh_flow` keeps the refresh itself crash-safe. A refresh is not
an API request and costs nothing of the budget. All moments are Unix seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random
from types import MappingProxyType

from tokcheck.accounts.errors import GrantError, OAuthError, StoreError
from tokcheck.accounts.grant_errors import broken_words, explain
from tokcheck.core.errors import TokcheckError, UsageError, source_lines
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.refreshing.store_refresher import FreshGrant
from tokcheck.exporter.scheduling.clock import SetBackDetector
from tokcheck.exporter.scheduling.refresh_times import (
    UNKNOWN_LIFE,
    is_expired_on_arrival,
    refresh_time,
    retry_delay,
)
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.sources.account import StoredGrant, WatchedAccount
from tokcheck.exporter.sources.stored_accounts import grant_version, stored_grant
from tokcheck.exporter.state.account_state import RefreshResult
from tokcheck.providers.base import Provider

_AT_ONCE = 4
_SLACK_SECONDS = 1.0
_BROKEN = "broken"

RefreshGrant = Callable[[str, float], Awaitable[FreshGrant]]
OnEnd = Callable[[str, RefreshResult | None], None]


@dataclass(slots=True)
class _RefreshState:
    """One stored account: its token's version, its grant, and how recent refreshes went."""

    version: str
    grant: StoredGrant
    failures: int = 0
    """Failures in a row."""
    retry_at: float = 0.0
    """The moment before which no refresh is sent."""
    is_refused: bool = False
    """Whether the last refresh ended with a stored cause, so that nothing was sent."""
    in_progress: bool = False
    fetched_version: str = ""
    """The version that the last refresh of this process brought."""
    previous_version: str = ""
    """The version before that one, which a poll that began earlier may still report."""
    last_message: str = ""
    """The last logged message, so that none is logged twice in a row."""
    found_expiry: float | None = None
    """When this token expires, as a probe has found; for a grant that does not say so itself."""

    def refresh_time(self, random: Random, now: float) -> float:
        """Return when to refresh the grant, as :func:`.refresh_times.refresh_time` does."""
        grant = self.grant
        if grant.expires_at is None and self.found_expiry is not None:
            grant = grant._replace(expires_at=self.found_expiry)
        return refresh_time(grant, random, now)


class AutoRefresh:
    """Refreshes the accounts passed to :meth:`watch`, at most ``at_once`` at a time.

    ``refresh_grant`` takes a name and the ``min_ttl`` of the token in seconds. ``now`` returns
    Unix seconds, and ``providers`` are those that are known, by name. Everything runs in one loop.
    """

    def __init__(
        self,
        refresh_grant: RefreshGrant,
        *,
        now: Callable[[], float],
        random: Random,
        log: EventLog,
        providers: Mapping[str, Provider] = MappingProxyType({}),
        at_once: int = _AT_ONCE,
    ) -> None:
        self._refresh_grant = refresh_grant
        self._now = now
        self._random = random
        self._log = log
        self._providers = providers
        self._at_once = at_once
        self._states: dict[str, _RefreshState] = {}
        self._timers = TimerQueue()
        self._set_back = SetBackDetector()
        self._tasks: set[asyncio.Task[RefreshResult | None]] = set()

    @property
    def busy(self) -> bool:
        """Whether a refresh is under way."""
        return bool(self._tasks)

    @property
    def next_at(self) -> float:
        """When the next refresh is due; infinity while no more may run."""
        return inf if self._full else self._timers.next_at

    @property
    def _full(self) -> bool:
        return len(self._tasks) >= self._at_once

    def watch(self, watched: WatchedAccount) -> None:
        """Schedule the refreshes of an account, or update its grant."""
        name, grant = watched.account.name, watched.grant
        if grant is None:
            self.forget(name)
            return
        state = self._states.get(name)
        if state is None:
            state = self._states[name] = _RefreshState("", grant)
        if watched.version == state.previous_version:
            return
        same = (state.version, state.grant) == (watched.version, grant)
        if state.version != watched.version:
            state.version, state.failures, state.last_message = watched.version, 0, ""
            state.found_expiry = None
        state.grant = grant
        if grant.broken:
            provider = watched.account.provider or ""
            words = explain(grant.broken, name, provider, self._providers.get(provider))
            message = f"{broken_words(grant.broken)}. {words.sentence} {words.hint}"
            self._log_once(Event.GRANT_BROKEN, name, state, message, _BROKEN)
        if grant.broken and grant.broken.reason.is_of_grant:
            self._timers.remove(name)
        elif not (same or state.in_progress or state.failures):
            self._timers.put(name, state.refresh_time(self._random, self._now()))

    def learn_expiry(self, watched: WatchedAccount, ends: float | None) -> None:
        """Plan the refresh by the expiry of the present token that a probe has found.

        An imported token may be of any age, and the file without its expiry.
        """
        name = watched.account.name
        state = self._states.get(name)
        if state is None or state.version != watched.version or state.found_expiry == ends:
            return
        state.found_expiry = ends
        if state.grant.expires_at is None and not (state.in_progress or state.failures):
            self._plan(name, state)

    def has_fetched(self, watched: WatchedAccount) -> bool:
        """Return whether a refresh of this process fetched an account's present token."""
        state = self._states.get(watched.account.name)
        return (
            state is not None
            and state.fetched_version != ""
            and state.fetched_version == watched.version
        )

    def forget(self, name: str) -> None:
        """Stop refreshing an account; a refresh that is under way still ends."""
        self._states.pop(name, None)
        self._timers.remove(name)

    def start_due(self, on_end: OnEnd) -> None:
        """Start due refreshes; ``on_end`` gets each name, and the result if there was one.

        If the clock was set back since the last call, all refreshes are planned again.
        """
        now = self._now()
        if self._set_back.observe(now):
            for known, state in self._states.items():
                if not state.in_progress:
                    self._plan(known, state)
        while not self._full and (name := next(self._timers.pop_due(now), None)) is not None:
            state = self._states[name]
            state.in_progress = True
            task = asyncio.create_task(self._refresh(name, state))
            self._tasks.add(task)
            task.add_done_callback(partial(self._finish, name, on_end))

    async def wait_idle(self) -> None:
        """Wait until no refresh is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self, seconds: float) -> None:
        """Wait at most this many seconds for the refreshes under way, then cancel them.

        A cancelled refresh has its intent in the store; the next start finishes it.
        """
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _finish(self, name: str, on_end: OnEnd, task: asyncio.Task[RefreshResult | None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            on_end(name, task.result())

    async def _refresh(self, name: str, state: _RefreshState) -> RefreshResult | None:
        try:
            return await self._refresh_once(name, state)
        finally:
            state.in_progress = False
            if self._states.get(name) is state:
                self._plan(name, state)

    def _plan(self, name: str, state: _RefreshState) -> None:
        if state.is_refused:  # until the stored account changes
            self._timers.remove(name)
            return
        now = self._now()
        at = state.refresh_time(self._random, now)
        if at < inf:
            requested = max(0.0, state.retry_at - now)
            again = now + retry_delay(state.failures, self._random, requested)
            # A token that expires at once would be refreshed in an endless loop.
            if is_expired_on_arrival(state.grant, now):
                again = max(again, now + UNKNOWN_LIFE)
            at = again if state.failures else max(at, again)
        self._timers.put(name, at)

    async def _refresh_once(self, name: str, state: _RefreshState) -> RefreshResult | None:
        """Refresh once and record the result."""
        min_ttl, before, state.retry_at = self._min_ttl(state.grant), state.version, 0.0
        state.is_refused = False
        try:
            grant, requested = await self._refresh_grant(name, min_ttl)
        except UsageError:  # it was removed meanwhile, as the next poll shows
            state.failures += 1
            return None
        except TokcheckError as error:
            state.failures += 1
            if isinstance(error, GrantError):
                state.is_refused = error.is_known
                self._log_once(
                    Event.GRANT_BROKEN, name, state, f"{error.message} {error.hint}", _BROKEN
                )
                return None if error.is_known else RefreshResult.REFUSED
            if isinstance(error, StoreError) and error.is_away:
                return None  # nothing was sent, and the ledger says so once for all accounts
            # The hint says how long to wait, which differs each time.
            message = f"not refreshed: {error.message}"
            self._log_once(Event.REFRESH_FAILED, name, state, f"{message} {error.hint}", message)
            if not isinstance(error, OAuthError):
                return RefreshResult.FAILED
            state.retry_at = error.retry_at or 0.0
            if error.is_known:  # nothing was sent
                return None
            return RefreshResult.REFUSED if error.refused else RefreshResult.FAILED
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            state.failures += 1
            place = f"{type(error).__name__} at {source_lines(error)}"
            message = f"this is a bug: {place}; please report it"
            self._log_once(Event.BUG, name, state, message, message, place=place)
            return RefreshResult.FAILED
        version = grant_version(grant)
        if version == before:  # another process refreshes it, or there was no response
            state.failures += 1
            return None
        state.version, state.fetched_version, state.found_expiry = version, version, None
        state.previous_version, state.grant = before, stored_grant(grant)
        state.failures, state.last_message = 0, ""
        self._log(Event.TOKEN_REFRESHED, f"{name}: its token was refreshed", account=name)
        return (
            RefreshResult.SUCCESS if requested else None
        )  # the process that sent the request counts it

    def _min_ttl(self, grant: StoredGrant) -> float:
        """Return the ``min_ttl`` that makes this token be refreshed now.

        It is 0 to finish an abandoned refresh: its token may be valid for long.
        """
        now = self._now()
        ends = grant.known_expiry(now)
        if ends is None or grant.begun_at is not None:
            return 0.0
        return max(0.0, ends - now) + _SLACK_SECONDS

    def _log_once(
        self, event: Event, name: str, state: _RefreshState, what: str, key: str, **fields: str
    ) -> None:
        """Log an event unless the last one of this account had the same ``key``."""
        if key != state.last_message:
            state.last_message = key
            self._log(event, f"{name}: {what}", account=name, **fields)
