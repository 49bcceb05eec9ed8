"""Automatic refresh of stored accounts: each shortly before its token expires, a few at once.

This module decides when to refresh and how to retry;
:mod:`tokcheck.accounts.refresh.refresh_flow` keeps the refresh itself crash-safe. A refresh is not
an API request and costs nothing of the budget. All moments are Unix seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random

from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant_errors import broken_words, explain
from tokcheck.core.errors import TokcheckError, UsageError, source_lines
from tokcheck.core.expiry import is_in_future
from tokcheck.exporter.scheduling.clock import SetBackDetector
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.sources.account import StoredGrant, WatchedAccount
from tokcheck.exporter.sources.stored_accounts import grant_version, stored_grant
from tokcheck.exporter.state.account_state import RefreshResult
from tokcheck.exporter.store_refresher import FreshGrant

_LONGEST_MARGIN = 900.0
_SHORTEST_MARGIN = 300.0
_SHARE_OF_LIFE = 1 / 6
# If the token's lifetime is unknown: Google's tokens live an hour, Fitbit's longer.
_UNKNOWN_LIFE = 1800.0
# A live process finishes its refresh within this, and the providers' grace period is longer.
_ABANDONED_SECONDS = 30.0
_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0


def refresh_time(grant: StoredGrant, random: Random, now: float = inf) -> float:
    """Return when to refresh a grant; infinity if it cannot be refreshed.

    A refused application or a service that is gone is no such case: the address or the secret may
    be others now, and the refresh itself knows.

    The margin before the expiry is random: 5 to 15 minutes, and at most a sixth of the token's
    lifetime. A refresh that another process abandoned is finished soon. A token that was obtained
    in the future, before the clock was set back, is refreshed within a minute.
    """
    if not grant.renewable or (grant.broken and grant.broken.reason.is_of_grant):
        return inf
    left = inf if grant.begun_at is None else min(grant.begun_at, now) + _ABANDONED_SECONDS
    if is_in_future(grant.obtained_at, now):
        return min(left, now + random.uniform(0, _FIRST_PAUSE))
    if grant.expires_at is None:
        return min(left, grant.obtained_at + _UNKNOWN_LIFE)
    life = max(0.0, grant.expires_at - grant.obtained_at)
    longest = min(_LONGEST_MARGIN, life * _SHARE_OF_LIFE)
    margin = random.uniform(min(_SHORTEST_MARGIN, longest / 2), longest)
    return min(left, grant.expires_at - margin)


def _is_dead_on_arrival(grant: StoredGrant, now: float) -> bool:
    """Return whether a token had expired when it came: this clock is ahead, and it works."""
    ends, obtained = grant.known_expiry(now), grant.obtained_at
    return ends is not None and is_in_future(obtained, ends)


def retry_delay(failures: int, random: Random, requested: float = 0.0) -> float:
    """Return how many seconds to wait after this many failures in a row, at most an hour.

    ``requested`` is the provider's Retry-After. It counts from the second failure on: the first
    may have used up a refresh token, and the provider repeats its response for two minutes only.
    A grant that waits for more than an hour may expire.
    """
    # The exponent is bounded: a float is not.
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(failures - 1, 0), 10))
    heeded = min(requested, _LONGEST_PAUSE) if failures > 1 else 0.0
    return max(random.uniform(0.5, 1) * longest, heeded)


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
    retry_after: float = 0.0
    """The provider's Retry-After in seconds."""
    is_refused: bool = False
    """Whether the last refresh ended with a stored cause, so that nothing was sent."""
    in_progress: bool = False
    fetched_version: str = ""
    """The version that the last refresh of this process brought."""
    previous_version: str = ""
    """The version before that one, which a poll that began earlier may still report."""
    last_message: str = ""
    """The last logged message, so that none is logged twice in a row."""


class AutoRefresh:
    """Refreshes the accounts passed to :meth:`watch`, at most ``at_once`` at a time.

    ``refresh_grant`` takes a name and the ``min_ttl`` of the token in seconds. ``now`` returns
    Unix seconds; ``log`` takes one line at a time, for people. Everything runs in one loop.
    """

    def __init__(
        self,
        refresh_grant: RefreshGrant,
        *,
        now: Callable[[], float],
        random: Random,
        log: Callable[[str], None],
        at_once: int = _AT_ONCE,
    ) -> None:
        self._refresh_grant = refresh_grant
        self._now = now
        self._random = random
        self._log = log
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
        state.grant = grant
        if grant.broken:
            words = explain(grant.broken, name, watched.account.provider or "")
            message = f"{broken_words(grant.broken)}. {words.sentence} {words.hint}"
            self._log_once(name, state, _BROKEN, message)
        if grant.broken and grant.broken.reason.is_of_grant:
            self._timers.remove(name)
        elif not (same or state.in_progress or state.failures):
            self._timers.put(name, refresh_time(grant, self._random, self._now()))

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
        """Start what is due; ``on_end`` gets each name, and the result if there was one.

        If the clock was set back since the last call, all refreshes are planned anew.
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
        at = refresh_time(state.grant, self._random, now)
        if at < inf:
            again = now + retry_delay(state.failures, self._random, state.retry_after)
            # A token that expires at once would be refreshed in an endless loop.
            if _is_dead_on_arrival(state.grant, now):
                again = max(again, now + _UNKNOWN_LIFE)
            at = again if state.failures else max(at, again)
        self._timers.put(name, at)

    async def _refresh_once(self, name: str, state: _RefreshState) -> RefreshResult | None:
        """Refresh once and record the result."""
        min_ttl, before, state.retry_after = self._min_ttl(state.grant), state.version, 0.0
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
                self._log_once(name, state, _BROKEN, f"{error.message} {error.hint}")
                return None if error.is_known else RefreshResult.REFUSED
            message = f"not refreshed: {error.message} {error.hint}"
            self._log_once(name, state, message, message)
            if not isinstance(error, OAuthError):
                return RefreshResult.FAILED
            state.retry_after = error.retry_after or 0.0
            return RefreshResult.REFUSED if error.refused else RefreshResult.FAILED
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            state.failures += 1
            message = (
                f"this is a bug: {type(error).__name__} at {source_lines(error)}; please report it"
            )
            self._log_once(name, state, message, message)
            return RefreshResult.FAILED
        version = grant_version(grant)
        if version == before:  # another process refreshes it, or there was no response
            state.failures += 1
            return None
        state.version = state.fetched_version = version
        state.previous_version, state.grant = before, stored_grant(grant)
        state.failures, state.last_message = 0, ""
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

    def _log_once(self, name: str, state: _RefreshState, key: str, what: str) -> None:
        if key != state.last_message:
            state.last_message = key
            self._log(f"{name}: {what}")
