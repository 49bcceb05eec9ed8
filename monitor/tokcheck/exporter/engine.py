"""The engine: polls the sources, probes accounts when they are due, and starts refreshes.

It owns the state of every account and passes it to a sink, which renders it. Scrapes are answered
from there and never reach the engine.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tokcheck.exporter.ledger.accounting import Accounting
from tokcheck.exporter.parts import Parts
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.clock import Clock, SetBackDetector
from tokcheck.exporter.scheduling.first_round import FirstRound
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.scheduling.worker_pool import WorkerPool, cancel
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state import transitions
from tokcheck.exporter.state.account_state import AccountState, RefreshResult, SkipReason
from tokcheck.exporter.state.account_summary import summarize
from tokcheck.exporter.state.source_change import apply_reading

_LAST_SECONDS = 4.0
_WATCHED_AT_ONCE = 50
_AFTER_A_BUG_SECONDS = 3600.0


@dataclass(slots=True)
class _Entry:
    """One account."""

    watched: WatchedAccount
    state: AccountState
    queued: bool = False
    """Whether it waits for a worker or is being processed by one."""


class Engine:
    """Keeps the state of every account current. All but the constructor runs in one loop.

    At most ``workers`` probes run at once; the sources are polled every ``refresh`` seconds.
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
        self._poll_interval = refresh
        self._accounting = Accounting(parts.ledger, parts.providers, log, endpoints=parts.endpoints)
        self._entries: dict[str, _Entry] = {}
        self._timers = TimerQueue()
        self._set_back = SetBackDetector()
        self._workers = WorkerPool(self._handle, workers)
        self._changed = asyncio.Event()
        self._poll_at = 0.0
        self._first_round = FirstRound()
        self._logged_notes: tuple[str, ...] = ()

    def is_ready(self) -> bool:
        """Return whether every account was processed once since the start."""
        return self._first_round.is_over

    @property
    def busy(self) -> bool:
        """Whether a probe is running or queued, or a refresh is running."""
        return self.parts.auto_refresh.busy or any(entry.queued for entry in self._entries.values())

    def account_states(self) -> Sequence[AccountState]:
        """Return what is known about every account."""
        return [entry.state for entry in self._entries.values()]

    async def reload(self) -> None:
        """Reload the configuration and remove the accounts that are no longer in it.

        :raises UsageError: if it cannot be used; then nothing changes.
        :raises StoreError: if the store cannot be read; the same.
        """
        await asyncio.to_thread(self.parts.registry.load)  # takes a second for very many accounts
        await self.poll_sources()
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set, then let running probes and refreshes end within seconds."""
        self._workers.start()
        watcher = asyncio.create_task(self._notify_stop(stop))
        try:
            while not stop.is_set():
                await self.turn()
                self._changed.clear()
                if not stop.is_set():
                    await self._clock.wait(self._next_moment(), self._changed)
        finally:
            self._workers.discard_queued()
            closing = asyncio.create_task(self.parts.auto_refresh.aclose(_LAST_SECONDS))
            await self._workers.wait_idle(_LAST_SECONDS)
            await closing
            await self._workers.stop()
            await cancel(watcher)

    async def run_once(self) -> None:
        """Probe every account once, as the budget allows, and return when all are done."""
        await self.poll_sources()
        # A poll after the end of the commands returns what they printed.
        await self.parts.registry.wait_for_commands()
        while self.parts.auto_refresh.next_at <= self._clock.now():
            self.parts.auto_refresh.start_due(self._finish_refresh)
            await self.parts.auto_refresh.wait_idle()
        await self.poll_sources()
        self._workers.start()
        now = self._clock.now()
        for name, entry in self._entries.items():
            at = entry.state.next_probe_at
            if at is not None and entry.state.probed_verdict is None:
                at = now  # first probes are not spread here
                entry.state = entry.state._replace(next_probe_at=at)
            if at is None or at <= now:
                self._enqueue(name)
        await self._workers.wait_idle()
        await self._workers.stop()

    async def turn(self) -> None:
        """Do what is due now: poll sources, start refreshes, and queue accounts for probes."""
        now = self._clock.now()
        if self._set_back.observe(now):
            await self._replan()
        if not now < self._poll_at <= now + self._poll_interval:
            await self.poll_sources()
            self._poll_at = now + self._poll_interval
        self.parts.auto_refresh.start_due(self._finish_refresh)
        for name in self._timers.pop_due(now):
            self._enqueue(name)

    async def poll_sources(self) -> None:
        """Poll every source and apply what changed."""
        changes = await self.parts.registry.poll()
        for name in changes.removed:
            self._remove(name)
        for number, watched in enumerate(changes.changed):
            self._watch(watched)
            if number % _WATCHED_AT_ONCE == 0:
                await asyncio.sleep(0)  # lets scrapes be answered meanwhile
        notes = self.parts.registry.notes
        for note in notes:
            if note not in self._logged_notes:
                self._log(note)
        self._logged_notes = notes
        if not self._first_round.has_begun:
            self._first_round.begin(self.account_states())
            count = len(self._entries)
            self._log(f"Watching {count} account{'' if count == 1 else 's'}")

    async def _replan(self) -> None:
        """Plan every account anew, because the clock was set back."""
        self._log("The clock was set back: all probes and refreshes are planned anew")
        for number, entry in enumerate(tuple(self._entries.values())):
            now = self._clock.now()
            state = transitions.apply_source(entry.state, entry.watched, now)
            self._plan(entry, transitions.advance_time(state, now))
            if number % _WATCHED_AT_ONCE == 0:
                await asyncio.sleep(0)  # lets scrapes be answered meanwhile

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
        self._first_round.finish(name)

    def _watch(self, watched: WatchedAccount) -> None:
        name = watched.account.name
        entry = self._entries.get(name)
        now = self._clock.now()
        known = entry.state if entry else self._accounting.recall(name, watched.version, now)
        report = None if watched.paste is None else self.parts.prober.check_offline(watched)
        provider = (report and report.provider) or watched.account.provider
        origin = self._accounting.origin(provider, watched.account.policy)
        is_fetched = self.parts.auto_refresh.has_fetched(watched)
        state = apply_reading(known, watched, report, origin, now, is_fetched=is_fetched)
        if entry is None:
            message = "now watched" if self._first_round.has_begun else None
            entry = self._entries[name] = _Entry(watched, state)
        else:
            message = "its token changed" if entry.watched.version != watched.version else None
        for line in filter(None, (message, watched.fault)):
            self._log(f"{name}: {line}")
        entry.watched = watched
        self.parts.auto_refresh.watch(watched)
        self._plan(entry, transitions.advance_time(state, now))

    def _finish_refresh(self, name: str, result: RefreshResult | None) -> None:
        """Count a refresh that ended, and poll the store at once."""
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
            self._workers.put(name)

    async def _handle(self, name: str) -> None:
        """Probe a queued account; an error must not stop the others."""
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
            self._changed.set()

    async def _probe(self, entry: _Entry) -> None:
        """Probe one account if it is due and nothing holds it back, and plan its next probe."""
        now = self._clock.now()
        watched = entry.watched
        entry.state = state = transitions.advance_time(
            self._accounting.adopt_newer_state(entry.state, now), now
        )
        if state.next_probe_at is None or state.next_probe_at <= now:
            ticket = self._accounting.take(state, watched.account.policy, now)
            if isinstance(ticket, SkipReason):
                state = transitions.count_skip(state, ticket)
            else:
                report = await self.parts.prober.probe(watched)
                # The token or the definition may have changed meanwhile.
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
        self._first_round.finish(state.name)

    def _plan(self, entry: _Entry, state: AccountState) -> None:
        """Store and publish a state together with its next probe."""
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
        if self._entries.get(entry.state.name) is entry:  # or it was removed meanwhile
            self._timers.put(entry.state.name, at)

    def _log_verdict(self, before: AccountState, after: AccountState) -> None:
        if before.verdict != after.verdict or before.probed_verdict is None:
            words = summarize(after, self._clock.now())
            self._log(f"{after.name}: {after.verdict}: {words.sentence}")
