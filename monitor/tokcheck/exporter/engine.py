"""The engine: reads pastes again when they change, probes when the schedule says so.

It owns every account's standing and tells it to whoever shows them. A scrape never comes here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, Protocol

from tokcheck.exporter.auto_refresh import AutoRefresh
from tokcheck.exporter.ledger.accounting import Accounting
from tokcheck.exporter.ledger.ledger import Ledger
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.sources.account import Watched
from tokcheck.exporter.sources.registry import AccountRegistry
from tokcheck.exporter.state import transitions
from tokcheck.exporter.state.account_state import Refresh, Skip, Standing
from tokcheck.providers.base import Provider

_LAST_SECONDS = 4.0
_WATCHED_AT_ONCE = 50
_AFTER_A_BUG_SECONDS = 3600.0


class Clock(NamedTuple):
    """The time, as Unix seconds, and how to wait: until a moment, or until the event is set."""

    now: Callable[[], float]
    wait: Callable[[float, asyncio.Event], Awaitable[None]]


class StateSink(Protocol):
    """Whatever shows standings."""

    def put(self, state: Standing) -> None:
        """Show this standing in place of the account's last one."""

    def remove(self, name: str) -> None:
        """Show nothing more of an account."""


class Parts(NamedTuple):
    """What the engine works with."""

    registry: AccountRegistry
    prober: Prober
    ledger: Ledger
    sink: StateSink
    providers: Mapping[str, Provider]
    auto_refresh: AutoRefresh


@dataclass(slots=True)
class _Entry:
    """One account; ``queued`` tells that it waits for a worker or is with one."""

    watched: Watched
    state: Standing
    queued: bool = False


class Engine:
    """Keeps every account's standing true. Everything but the constructor runs in one loop.

    ``workers`` probes are under way at most; the sources are looked at every ``refresh`` seconds.
    ``log`` takes one line at a time, for people.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        clock: Clock,
        random: Random,
        log: Callable[[str], None],
        workers: int,
        refresh: float,
    ) -> None:
        self.parts = parts
        self._clock = clock
        self._random = random
        self._log = log
        self._workers = workers
        self._poll_interval = refresh
        self._accounting = Accounting(parts.ledger, parts.providers, log)
        self._entries: dict[str, _Entry] = {}
        self._timers = TimerQueue()
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._poll_at = 0.0
        self._first_round: set[str] | None = None
        self._logged_notes: tuple[str, ...] = ()

    def ready(self) -> bool:
        """Whether every account of the first round was looked at."""
        return self._first_round is not None and not self._first_round

    @property
    def busy(self) -> bool:
        """Whether a probe is under way or waits for its turn, or a refresh is under way."""
        return self.parts.auto_refresh.busy or any(entry.queued for entry in self._entries.values())

    def standings(self) -> Sequence[Standing]:
        """Return what is known about every account."""
        return [entry.state for entry in self._entries.values()]

    async def reload(self) -> None:
        """Read the configuration again; when it is done, what is no longer in it has vanished.

        :raises UsageError: if it cannot be used; then everything stays as it was.
        """
        await asyncio.to_thread(self.parts.registry.load)  # very many accounts take a second
        await self.poll_sources()
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what is under way then has a moment left to end."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        watcher = asyncio.create_task(self._notify_stop(stop))
        try:
            while not stop.is_set():
                await self.turn()
                self._changed.clear()
                if not stop.is_set():
                    await self._clock.wait(self._next_moment(), self._changed)
        finally:
            while not self._queue.empty():  # what was not begun is not begun any more
                self._queue.get_nowait()
                self._queue.task_done()
            last = asyncio.create_task(self._queue.join())
            closing = asyncio.create_task(self.parts.auto_refresh.aclose(_LAST_SECONDS))
            await asyncio.wait([last], timeout=_LAST_SECONDS)
            await closing
            await _cancel(*workers, last, watcher)

    async def once(self) -> None:
        """Look at every account one time, as the budget allows, and return when all are done."""
        await self.poll_sources()
        await (
            self.parts.registry.wait_for_commands()
        )  # commands are told by a refresh after their end
        while self.parts.auto_refresh.next_at <= self._clock.now():
            self.parts.auto_refresh.start_due(self._finish_refresh)
            await self.parts.auto_refresh.wait_idle()
        await self.poll_sources()
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        now = self._clock.now()
        for name, entry in self._entries.items():
            at = entry.state.next_probe_at
            if at is not None and entry.state.probed_verdict is None:
                at = now  # a first look need not be spread
                entry.state = entry.state._replace(next_probe_at=at)
            if at is None or at <= now:
                self._enqueue(name)
        await self._queue.join()
        await _cancel(*workers)

    async def turn(self) -> None:
        """Do what is due now: read what changed, and hand accounts to the workers."""
        now = self._clock.now()
        if not now < self._poll_at <= now + self._poll_interval:
            await self.poll_sources()
            self._poll_at = now + self._poll_interval
        self.parts.auto_refresh.start_due(self._finish_refresh)
        for name in self._timers.pop_due(now):
            self._enqueue(name)

    async def poll_sources(self) -> None:
        """Look at every account's source, and take in what changed."""
        changes = await self.parts.registry.poll()
        for name in changes.removed:
            self._remove(name)
        for number, watched in enumerate(changes.changed):
            self._watch(watched)
            if number % _WATCHED_AT_ONCE == 0:
                await asyncio.sleep(0)  # scrapes are answered meanwhile
        notes = self.parts.registry.notes
        for note in notes:
            if note not in self._logged_notes:
                self._log(note)
        self._logged_notes = notes
        if self._first_round is None:
            self._first_round = {
                name
                for name, entry in self._entries.items()
                if entry.state.probed_verdict is None and entry.state.next_probe_at is not None
            }
            self._log(f"{len(self._entries)} accounts are watched")

    def _next_moment(self) -> float:
        return min(self._poll_at, self._timers.next_at, self.parts.auto_refresh.next_at)

    async def _notify_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._changed.set()

    def _remove(self, name: str) -> None:
        if self._entries.pop(name, None) is not None:
            self._timers.remove(name)
            self.parts.auto_refresh.forget(name)
            self.parts.sink.remove(name)
            self._log(f"{name}: no longer watched")
            self._accounting.forget(name)
        if self._first_round is not None:
            self._first_round.discard(name)

    def _watch(self, watched: Watched) -> None:
        name = watched.account.name
        entry = self._entries.get(name)
        known = entry.state if entry else self._accounting.recall(name, watched.version)
        state = transitions.apply_source(known, watched)
        if known is not None and self.parts.auto_refresh.has_fetched(watched):
            state = transitions.inherit_verdict(known, state)
        if watched.paste is not None:
            state = transitions.apply_report(
                state, self.parts.prober.check_offline(watched), self._clock.now()
            )
        if entry is None:
            told = None if self._first_round is None else "watched from now on"
            entry = self._entries[name] = _Entry(watched, state)
        else:
            told = "its paste changed" if entry.watched.version != watched.version else None
        for line in filter(None, (told, watched.fault)):
            self._log(f"{name}: {line}")
        entry.watched = watched
        self.parts.auto_refresh.watch(watched)
        self._plan(entry, transitions.advance_time(state, self._clock.now()))

    def _finish_refresh(self, name: str, result: Refresh | None) -> None:
        """Count a refresh that ended, and look at once what it left in the store."""
        entry = self._entries.get(name)
        if entry is not None and result is not None:
            entry.state = transitions.count_refresh(entry.state, result)
            self.parts.sink.put(entry.state)
        self._poll_at = 0.0
        self._changed.set()

    def _enqueue(self, name: str) -> None:
        entry = self._entries[name]
        if not entry.queued:
            entry.queued = True
            self._queue.put_nowait(name)

    async def _work(self) -> None:
        while True:
            name = await self._queue.get()
            entry = self._entries.get(name)
            try:
                if entry is not None:
                    await self._probe(entry)
            except Exception as error:  # noqa: BLE001 - one account must not stop the others
                self._log(f"{name}: this is a bug: {type(error).__name__}; please report it")
                if entry is not None:
                    self._set_timer(entry, self._clock.now() + _AFTER_A_BUG_SECONDS)
            finally:
                if entry is not None:
                    entry.queued = False
                self._queue.task_done()
                self._changed.set()

    async def _probe(self, entry: _Entry) -> None:
        """Probe one account if it is due and nothing holds it back, and plan its next look."""
        now = self._clock.now()
        watched = entry.watched
        entry.state = state = transitions.advance_time(
            self._accounting.adopt_newer_state(entry.state), now
        )
        if state.next_probe_at is None or state.next_probe_at <= now:
            ticket = self._accounting.take(state, watched.account.policy, now)
            if isinstance(ticket, Skip):
                state = transitions.count_skip(state, ticket)
            else:
                report = await self.parts.prober.probe(watched)
                # Its text or its definition may have changed meanwhile.
                state = transitions.apply_report(entry.state, report, self._clock.now())
                self._accounting.settle(ticket, report, state.subject, self._clock.now())
                if self._entries.get(state.name) is not entry:
                    return  # it was removed meanwhile
                if entry.watched.version == watched.version:
                    self._log_verdict(entry.state, state)
                else:
                    state = entry.state._replace(probes=state.probes)
        self._plan(entry, state)
        self._accounting.remember(entry.state)
        if self._first_round is not None:
            self._first_round.discard(state.name)

    def _plan(self, entry: _Entry, state: Standing) -> None:
        """Keep and show a standing with the time of its next look."""
        now = self._clock.now()
        policy, pace = entry.watched.account.policy, self._accounting.pace(state)
        spent = self._accounting.recent_spend(state, policy, now)
        plan = planner.plan_next_probe(
            state, pace, policy, spent, now, self._random, among=len(self._entries)
        )
        entry.state = transitions.apply_plan(state, plan)
        self._set_timer(entry, plan.at)
        self.parts.sink.put(entry.state)

    def _set_timer(self, entry: _Entry, at: float) -> None:
        if self._entries.get(entry.state.name) is entry:  # or it was forgotten meanwhile
            self._timers.put(entry.state.name, at)

    def _log_verdict(self, before: Standing, after: Standing) -> None:
        if before.verdict != after.verdict or before.probed_verdict is None:
            self._log(f"{after.name}: {after.verdict}: {after.summary}")


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
