"""Keeps the stored accounts alive: refreshes each ahead of its token's end, a few at once.

What may be lost is the business of :mod:`tokcheck.accounts.refresh.flow`; here is only when, and
what to do about an answer. A refresh is no call of the API, so it costs nothing of the budget.

When a stored account is refreshed: ahead of its token's end, each token at a moment of its own.

Pure: moments are Unix seconds, chance comes in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from random import Random

from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant_errors import explain
from tokcheck.core.errors import TokcheckError, UsageError, places
from tokcheck.exporter.scheduling.timer_queue import Wakes
from tokcheck.exporter.sources.account import StoredGrant, Watched
from tokcheck.exporter.sources.store import granted, version_of
from tokcheck.exporter.state.account_state import Refresh
from tokcheck.exporter.store_refresher import Fresh

_LONGEST_LEAD = 900.0
_SHORTEST_LEAD = 300.0
_SHARE_OF_LIFE = 1 / 6
# Where nobody said how long the token lives: Google's live an hour, Fitbit's longer.
_UNKNOWN_LIFE = 1800.0
# Whoever began a refresh and is alive ends it within this; and the providers' grace is longer.
_LEFT_BEHIND = 30.0
_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0


def due(grant: StoredGrant, random: Random) -> float:
    """Return when to refresh; infinity if that cannot be done.

    So many seconds ahead of the end as are drawn, 5 to 15 minutes, and a sixth of the token's
    life at most. A refresh that somebody left behind is finished soon.
    """
    if not grant.renewable or grant.broken:
        return inf
    left = inf if grant.begun_at is None else grant.begun_at + _LEFT_BEHIND
    if grant.expires_at is None:
        return min(left, grant.obtained_at + _UNKNOWN_LIFE)
    life = max(0.0, grant.expires_at - grant.obtained_at)
    longest = min(_LONGEST_LEAD, life * _SHARE_OF_LIFE)
    lead = random.uniform(min(_SHORTEST_LEAD, longest / 2), longest)
    return min(left, grant.expires_at - lead)


def pause(failures: int, random: Random, asked: float = 0.0) -> float:
    """Return how many seconds to wait after so many failures in a row.

    ``asked`` is how many the provider asks for, which is heeded from the second failure on: the
    first may have used up a refresh token, and for two minutes alone its answer is repeated. An
    hour is the longest: a grant that waits for longer may die of it.
    """
    # The exponent is bounded: a float is not.
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(failures - 1, 0), 10))
    heeded = min(asked, _LONGEST_PAUSE) if failures > 1 else 0.0
    return max(random.uniform(0.5, 1) * longest, heeded)


_AT_ONCE = 4
_A_MOMENT = 1.0
_BROKEN = "broken"

MakeFresh = Callable[[str, float], Awaitable[Fresh]]
Ended = Callable[[str, Refresh | None], None]


@dataclass(slots=True)
class _Kept:
    """One stored account: its token's version, its grant, and how refreshing went lately.

    ``rest`` is how many seconds the provider asked to be left alone for. ``brought`` is the
    version that the last refresh brought, ``past`` the one before it, which a look that began
    earlier may still tell; ``said`` is what was last told people, so that nothing is told twice.
    """

    version: str
    grant: StoredGrant
    failures: int = 0
    rest: float = 0.0
    at_work: bool = False
    brought: str = ""
    past: str = ""
    said: str = ""


class Keeper:
    """Refreshes accounts that it is told of, by ``fresh``, which takes a name and a lead.

    ``now`` returns Unix seconds; ``log`` takes one line at a time, for people. Everything runs
    in one loop.
    """

    def __init__(
        self,
        fresh: MakeFresh,
        *,
        now: Callable[[], float],
        random: Random,
        log: Callable[[str], None],
        at_once: int = _AT_ONCE,
    ) -> None:
        self._fresh = fresh
        self._now = now
        self._random = random
        self._log = log
        self._at_once = at_once
        self._kept: dict[str, _Kept] = {}
        self._wakes = Wakes()
        self._tasks: set[asyncio.Task[Refresh | None]] = set()

    @property
    def busy(self) -> bool:
        """Whether a refresh is under way."""
        return bool(self._tasks)

    @property
    def next_at(self) -> float:
        """When the next refresh is to begin; infinity while all hands are full."""
        return inf if self._full else self._wakes.next_at

    @property
    def _full(self) -> bool:
        return len(self._tasks) >= self._at_once

    def watch(self, watched: Watched) -> None:
        """Keep an account alive from now on, or see what became of its grant."""
        name, grant = watched.account.name, watched.grant
        if grant is None:
            self.forget(name)
            return
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = _Kept("", grant)
        if watched.version == kept.past:
            return
        same = (kept.version, kept.grant) == (watched.version, grant)
        if kept.version != watched.version:
            kept.version, kept.failures, kept.said = watched.version, 0, ""
        kept.grant = grant
        if grant.broken:
            words = explain(grant.broken, name, watched.account.provider or "")
            self._say(
                name, kept, _BROKEN, f"its grant cannot be refreshed. {words.sentence} {words.hint}"
            )
            self._wakes.drop(name)
        elif not (same or kept.at_work or kept.failures):
            self._wakes.put(name, due(grant, self._random))

    def brought(self, watched: Watched) -> bool:
        """Tell whether an account's present token is one that a refresh of this keeper brought."""
        kept = self._kept.get(watched.account.name)
        return kept is not None and kept.brought != "" and kept.brought == watched.version

    def forget(self, name: str) -> None:
        """Leave an account alone; a refresh of it that is under way ends by itself."""
        self._kept.pop(name, None)
        self._wakes.drop(name)

    def begin(self, ended: Ended) -> None:
        """Begin what is due; ``ended`` is told each name, and the result if there was one."""
        now = self._now()
        while not self._full and (name := next(self._wakes.due(now), None)) is not None:
            kept = self._kept[name]
            kept.at_work = True
            task = asyncio.create_task(self._refresh(name, kept))
            self._tasks.add(task)
            task.add_done_callback(partial(self._end, name, ended))

    async def settle(self) -> None:
        """Wait until what is under way has ended."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self, seconds: float) -> None:
        """Give what is under way so many seconds to end, and cut it off then.

        What is cut off has its intent in the store, and is finished by the next start.
        """
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, name: str, ended: Ended, task: asyncio.Task[Refresh | None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            ended(name, task.result())

    async def _refresh(self, name: str, kept: _Kept) -> Refresh | None:
        try:
            return await self._asked(name, kept)
        finally:
            kept.at_work = False
            if self._kept.get(name) is kept:
                self._plan(name, kept)

    def _plan(self, name: str, kept: _Kept) -> None:
        at = due(kept.grant, self._random)
        if at < inf:
            again = self._now() + pause(kept.failures, self._random, kept.rest)
            # A token that ends as soon as it came would be refreshed without end.
            at = again if kept.failures else max(at, again)
        self._wakes.put(name, at)

    async def _asked(self, name: str, kept: _Kept) -> Refresh | None:
        """Refresh once, and take in what became of it."""
        ahead, before, kept.rest = self._ahead(kept.grant), kept.version, 0.0
        try:
            grant, asked = await self._fresh(name, ahead)
        except UsageError:  # it was removed meanwhile, which the next look tells
            kept.failures += 1
            return None
        except TokcheckError as error:
            kept.failures += 1
            if isinstance(error, GrantError):
                self._say(name, kept, _BROKEN, f"{error.message} {error.hint}")
                return Refresh.REFUSED
            said = f"not refreshed: {error.message} {error.hint}"
            self._say(name, kept, said, said)
            if not isinstance(error, OAuthError):
                return Refresh.FAILED
            kept.rest = error.retry_after or 0.0
            return Refresh.REFUSED if error.refused else Refresh.FAILED
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            kept.failures += 1
            said = f"this is a bug: {type(error).__name__} at {places(error)}; please report it"
            self._say(name, kept, said, said)
            return Refresh.FAILED
        version = version_of(grant)
        if version == before:  # somebody else is at it, or nobody answered
            kept.failures += 1
            return None
        kept.version = kept.brought = version
        kept.past, kept.grant = before, granted(grant)
        kept.failures, kept.said = 0, ""
        return Refresh.SUCCESS if asked else None  # it is counted where it was done

    def _ahead(self, grant: StoredGrant) -> float:
        """Return the lead that makes this token be refreshed now.

        To finish what somebody left behind takes none: its token may be good for long.
        """
        if grant.expires_at is None or grant.begun_at is not None:
            return 0.0
        return max(0.0, grant.expires_at - self._now()) + _A_MOMENT

    def _say(self, name: str, kept: _Kept, key: str, what: str) -> None:
        if key != kept.said:
            kept.said = key
            self._log(f"{name}: {what}")
