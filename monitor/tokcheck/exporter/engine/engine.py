"""The engine: polls the sources, gives accounts their turns when they are due, starts refreshes.

It passes the state of every account to a sink, which renders it. Scrapes are answered from there
and never reach the engine.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from tokcheck.core.errors import UsageError, source_lines
from tokcheck.exporter.engine.account_processor import AccountProcessor
from tokcheck.exporter.engine.account_record import AccountRecord
from tokcheck.exporter.engine.parts import Parts
from tokcheck.exporter.engine.turn_queue import TurnQueue, TurnResult
from tokcheck.exporter.ledger.async_accounting import AsyncAccounting
from tokcheck.exporter.log.account_log import AccountLog
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.scheduling.clock import Clock, SetBackDetector
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.scheduling.worker_pool import cancel
from tokcheck.exporter.sources.selection import Term
from tokcheck.exporter.state.account_state import AccountState, RefreshResult, SkipReason
from tokcheck.exporter.state.severity import Notice
from tokcheck.providers.observed.observation_summary import (
    ObservationSummary,
    summarize_observation,
)
from tokcheck.providers.observed.printed_response import PrintedResponse
from tokcheck.providers.observed.traffic import response_from_text

_LAST_SECONDS = 4.0
_AFTER_A_BUG_SECONDS = 3600.0
_TERM_IS_OVER = Notice(
    "its leases are over",
    "The leases of this exporter are over, and it could not renew them. It shows no accounts, "
    "since other exporters of the cluster may serve them.",
)
_IS_READING = Notice("still reading", "The accounts are being read.")


class Engine:
    """Keeps the state of every account current. All but the constructor runs in one loop.

    At most ``workers`` probes run at once; the sources are polled every ``refresh`` seconds.
    ``steady`` returns the seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        clock: Clock,
        steady: Callable[[], float],
        random: Random,
        log: EventLog,
        workers: int,
        refresh: float,
    ) -> None:
        self.parts = parts
        self._clock = clock
        self._log = log
        self._poll_interval = refresh
        self._accounting = AsyncAccounting(
            parts.ledger, parts.providers, log, endpoints=parts.endpoints, timer=clock.now
        )
        self._poll_lock = asyncio.Lock()
        self._timers = TimerQueue()
        self._accounts = AccountProcessor(
            parts, self._accounting, AccountLog(log, steady), self._timers, clock, random
        )
        self._set_back = SetBackDetector()
        self._changed = asyncio.Event()
        self._turns = TurnQueue(self._take_turn, workers, self._changed.set)
        self._poll_at = 0.0
        self._term = Term()
        self._logged_notes = parts.registry.notes
        self._was_failing = False  # the ledger, at the last poll

    def is_ready(self) -> bool:
        """Return whether every account was processed once since the start."""
        return self._accounts.is_ready

    def is_database_away(self) -> bool:
        """Return whether the server of the ledger cannot be reached."""
        problem = self._accounting.problem
        return problem is not None and problem.is_away

    @property
    def busy(self) -> bool:
        """Whether a probe is running or queued, or a refresh is running."""
        return self.parts.auto_refresh.busy or self._turns.busy

    def is_term_over(self) -> bool:
        """Return whether other processes may watch the accounts of this one.

        They are served again after the next poll that finds out which still belong to this one.
        """
        return self._term.is_over()

    def account_states(self) -> Sequence[AccountState]:
        """Return what is known about every account."""
        return [entry.state for entry in self._served_entries.values()]

    @property
    def _served_entries(self) -> Mapping[str, AccountRecord]:
        return {} if self.is_term_over() else self._accounts.entries

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What keeps the exporter itself from working, and what is to be known at its start."""
        problem = self._accounting.problem
        problems: tuple[Notice, ...] = ()
        if problem is not None:
            problems = (Notice("requests cannot be counted", f"{problem.message} {problem.hint}"),)
        if self.is_term_over():
            return *problems, _TERM_IS_OVER
        return problems if self._accounts.are_known else (*problems, _IS_READING)

    async def reload(self) -> None:
        """Reload the configuration and remove the accounts that are no longer in it.

        :raises UsageError: if it cannot be used; then nothing changes.
        :raises StoreError: if the store cannot be read; the same.
        """
        await asyncio.to_thread(self.parts.registry.load)  # takes a second for very many accounts
        await self.poll_sources()
        self._changed.set()

    def probeable_accounts(self) -> frozenset[str]:
        """Return the names of the accounts that may be probed now, by their state and budget."""
        now = self._clock.now()
        moments = {name: self.earliest_requested_probe(name) for name in self._served_entries}
        return frozenset(name for name, at in moments.items() if at is not None and at <= now)

    def earliest_requested_probe(self, name: str) -> float | None:
        """Return when a requested probe of an account may be sent; ``None`` if none may be."""
        return self._accounts.earliest_requested_probe(name)

    async def probe_now(self, name: str) -> tuple[AccountState, TurnResult] | None:
        """Probe an account now, if its budget allows that and nothing else prevents it.

        Return its state after that, and what became of the probe; ``None`` without such an account.
        """
        entry = self._served_entries.get(name)
        if entry is None:
            return None
        result = await self._turns.request_probe(name)
        is_gone = self._accounts.entries.get(name) is not entry
        return None if is_gone else (entry.state, result)

    async def observe(
        self, name: str, status: int, headers: Mapping[str, str]
    ) -> ObservationSummary | None:
        """Record a response to an account's own request, and apply it.

        It is as old as its ``Date`` says. Return what was recorded of it; ``None`` without such an
        account.

        :raises UsageError: if its provider is not known yet.
        :raises LedgerError: if it cannot be recorded.
        """
        entry = self._served_entries.get(name)
        if entry is None:
            return None
        provider = self.parts.providers.get(entry.state.provider or "")
        if provider is None:
            raise UsageError(f"The provider of the account {name} is not known yet.")
        now = self._clock.now()
        printed = PrintedResponse(status, headers)
        response = response_from_text(printed, datetime.fromtimestamp(now, UTC))
        summary = summarize_observation(provider, [response])
        if not summary.nothing_to_record:
            is_latest = await self._accounting.observe(name, summary.traffic, now)
            summary = summary._replace(is_latest=is_latest)
            await self._accounts.apply_observations()
        return summary

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set, then let running probes and refreshes end within seconds."""
        self._turns.start()
        watcher = asyncio.create_task(self._notify_stop(stop))
        try:
            while not stop.is_set():
                await self.turn()
                self._changed.clear()
                if not stop.is_set():
                    await self._clock.wait(self._next_moment(), self._changed)
        finally:
            closing = asyncio.create_task(self.parts.auto_refresh.aclose(_LAST_SECONDS))
            await self._turns.stop(_LAST_SECONDS)
            await closing
            self._accounting.close()
            await cancel(watcher)

    async def run_once(self) -> None:
        """Probe every account once, as the budget allows, and return when all are done."""
        await self.poll_sources()
        # A poll after the end of the commands returns their output.
        await self.parts.registry.wait_for_commands()
        while self.parts.auto_refresh.next_at <= self._clock.now():
            self.parts.auto_refresh.start_due(self._finish_refresh)
            await self.parts.auto_refresh.wait_idle()
        await self.poll_sources()
        self._turns.start()
        now = self._clock.now()
        self._accounts.hasten_first_probes(now)
        for name, entry in self._accounts.entries.items():
            at = entry.state.next_probe_at
            if at is None or at <= now:
                self._turns.put(name)
        await self._turns.wait_idle()
        await self._turns.stop(0)
        self._accounting.close()

    async def turn(self) -> None:
        """Run all due work: poll sources, start refreshes, and queue accounts for probes."""
        now = self._clock.now()
        if self._set_back.observe(now):
            self._log(
                Event.CLOCK_SET_BACK,
                "The clock was set back: all probes and refreshes are planned again",
            )
            await self._accounts.replan()
        if not now < self._poll_at <= now + self._poll_interval:
            await self.poll_sources()
            self._poll_at = now + self._poll_interval
        self.parts.auto_refresh.start_due(self._finish_refresh)
        for name in self._timers.pop_due(now):
            self._turns.put(name)

    async def poll_sources(self) -> None:
        """Poll every source and apply what changed."""
        await self._check_ledger()
        async with self._poll_lock:  # a reload polls, too
            changes = await self.parts.registry.poll()
            for name in changes.removed:
                await self._accounts.remove(name)
                self._turns.forget(name)
            for name in changes.handed_over:
                self._accounts.hand_over(name)
                self._turns.forget(name)
            for watched in changes.changed:
                await self._accounts.watch(watched)
            await self._accounts.apply_observations()
            self._term = changes.term
        self._log_notes()
        self._accounts.begin()

    async def _check_ledger(self) -> None:
        """Find out whether a ledger that failed works again, and end what waits for it."""
        await self._accounting.check()
        is_failing = self._accounting.problem is not None
        if self._was_failing and not is_failing:
            await self._accounts.retry_withheld()
        self._was_failing = is_failing

    def _log_notes(self) -> None:
        """Log new problems of the sources, and those that are over."""
        notes = self.parts.registry.notes
        for note in notes:
            if note not in self._logged_notes:
                self._log(Event.SOURCE_FAILED, note.sentence)
        for note in self._logged_notes:
            if note not in notes:
                self._log(Event.SOURCE_RECOVERED, note.ended)
        self._logged_notes = notes

    def _next_moment(self) -> float:
        return min(self._poll_at, self._timers.next_at, self.parts.auto_refresh.next_at)

    async def _notify_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._changed.set()

    def _finish_refresh(self, name: str, result: RefreshResult | None) -> None:
        """Count a refresh that ended, and poll the store at once."""
        if result is not None:
            self._accounts.count_refresh(name, result)
        self._poll_at = 0.0
        self._changed.set()

    async def _take_turn(self, name: str, *, is_requested: bool) -> TurnResult:
        """Give an account its turn; an error must not stop the others."""
        try:
            return await self._accounts.take_turn(name, is_requested=is_requested)
        except Exception as error:  # noqa: BLE001 - one account must not stop the others
            place = f"{type(error).__name__} at {source_lines(error)}"
            words = f"{name}: this is a bug: {place}; please report it"
            self._log(Event.BUG, words, account=name, place=place)
            self._accounts.postpone(name, _AFTER_A_BUG_SECONDS)
            return TurnResult(skip=SkipReason.BACKOFF)
