"""The turn of one account: its source is read, it is probed, its next probe is planned."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from tokcheck.exporter.engine.account_record import AccountRecord
from tokcheck.exporter.engine.parts import Parts
from tokcheck.exporter.engine.state_reader import StateReader
from tokcheck.exporter.engine.traffic_reader import TrafficReader
from tokcheck.exporter.engine.turn_queue import TurnResult
from tokcheck.exporter.ledger.accounting import KeptState
from tokcheck.exporter.ledger.async_accounting import AsyncAccounting, RecordedState
from tokcheck.exporter.log.account_log import AccountLog
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.backoff import usual_interval
from tokcheck.exporter.scheduling.clock import Clock
from tokcheck.exporter.scheduling.first_round import FirstRound
from tokcheck.exporter.scheduling.timer_queue import TimerQueue
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state import source_change, transitions
from tokcheck.exporter.state.account_state import AccountState, RefreshResult, SkipReason
from tokcheck.exporter.state.expiry_age import record_expiry

_RECORD_SECONDS = 30.0  # between two tries to read the record of earlier runs


class AccountProcessor:
    """The states of all accounts, and their changes. Everything runs in one loop.

    ``timers`` receives when each account has its next turn.
    """

    def __init__(
        self,
        parts: Parts,
        accounting: AsyncAccounting,
        log: AccountLog,
        timers: TimerQueue,
        clock: Clock,
        random: Random,
    ) -> None:
        self._parts = parts
        self._accounting = accounting
        self._log = log
        self._timers = timers
        self._clock = clock
        self._random = random
        self._state_reader = StateReader(parts, accounting, clock)
        self._traffic_reader = TrafficReader(parts, accounting)
        self._entries: dict[str, AccountRecord] = {}
        self._first_round = FirstRound()
        self._observed_serial = 0

    @property
    def entries(self) -> Mapping[str, AccountRecord]:
        """The accounts by name."""
        return MappingProxyType(self._entries)

    @property
    def is_ready(self) -> bool:
        """Whether every account was processed once since the start."""
        return self._first_round.is_over

    @property
    def are_known(self) -> bool:
        """Whether the accounts were read once since the start."""
        return self._first_round.has_begun

    def begin(self) -> None:
        """Begin the first round, once the accounts are known; later calls do nothing."""
        if not self._first_round.has_begun:
            states = [entry.state for entry in self._entries.values()]
            self._first_round.begin(states)
            self._log.summarize_start(states)

    def earliest_requested_probe(self, name: str) -> float | None:
        """Return when a requested probe may be sent, by the account's state and budget."""
        entry = self._entries[name]
        state, policy = entry.state, entry.watched.account.policy
        if state.record_unread or state.waiting is SkipReason.LEDGER:
            return None
        pace = self._accounting.pace(state, policy, entry.spent)
        now = self._clock.now()
        requested = state._replace(next_probe_at=now)
        skip = planner.find_skip(requested, pace, policy, entry.spent, now)
        return now if skip is None else skip.until

    def hasten_first_probes(self, now: float) -> None:
        """Make the first probe of each account due, without spreading them.

        One that the user's own requests make needless stays as planned.
        """
        for entry in self._entries.values():
            state = entry.state
            if state.next_probe_at is not None and state.is_unverified:
                entry.state = state._replace(next_probe_at=now)

    def count_refresh(self, name: str, result: RefreshResult) -> None:
        """Count a refresh that ended."""
        entry = self._entries.get(name)
        if entry is not None:
            entry.state = transitions.count_refresh(entry.state, result)
            self._parts.sink.put(entry.state)

    async def remove(self, name: str) -> None:
        """Forget an account, also in the ledger."""
        if self.hand_over(name):
            await self._accounting.forget(name)

    def hand_over(self, name: str) -> bool:
        """Leave an account to another process, which finds its state in the ledger.

        Return whether there is such an account.
        """
        is_known = self._entries.pop(name, None) is not None
        if is_known:
            self._timers.remove(name)
            self._parts.auto_refresh.forget(name)
            self._parts.sink.remove(name)
            self._log.forget(name)
        self._first_round.finish(name)
        return is_known

    async def watch(self, watched: WatchedAccount) -> None:
        """Apply a new reading of an account's source."""
        name, now = watched.account.name, self._clock.now()
        entry = self._entries.get(name)
        kept = KeptState(None, is_read=True)
        if entry is None or not entry.state.version or entry.state.record_unread:
            kept = await self._accounting.read_state(name, now)
        report = self._state_reader.check_offline(watched)
        before = entry.watched if entry else None
        known = kept.state or (entry.state if entry else None)
        if entry is None:
            state = self._state_reader.read_state(None, kept, watched, report)
            spent = await self._accounting.recent_spend(state, watched.account.policy, now)
            entry = self._entries[name] = AccountRecord(watched, state, spent)
            if kept.state is not None:
                self._log.take_over(kept.state, watched.version)
        else:
            state = self._state_reader.read_state(entry.state, kept, watched, report)
            entry.spent = await self._accounting.recent_spend(state, watched.account.policy, now)
            # A probe may have ended meanwhile.
            state = self._state_reader.read_state(entry.state, kept, watched, report)
        is_started = self._first_round.has_begun
        self._log.log_source(before, watched, kept.state, is_started=is_started)
        if known is not None:
            self._log.log_facts_set_aside(known, state)
        entry.watched = watched
        self._parts.auto_refresh.watch(watched)
        is_logged = self._plan(entry, transitions.advance_time(state, now))
        self._log.log_source_failure(watched, is_logged=is_logged)

    async def apply_observations(self) -> None:
        """Apply reports of programs about the users' own requests since the last call."""
        now = self._clock.now()
        for stored in await self._accounting.observations(self._observed_serial, now):
            self._observed_serial = stored.serial
            entry = self._entries.get(stored.account)
            if entry is None:
                continue
            state = self._traffic_reader.read_traffic(entry, stored.traffic, now)
            if state is not entry.state:
                paused_until = entry.state.pause_until or 0.0
                self._plan(entry, transitions.advance_time(state, now))
                if (state.pause_until or 0.0) > max(paused_until, now):
                    await self._accounting.pause(state, now)
                    self._share_pause(entry)

    async def replan(self) -> None:
        """Plan every account again, because the clock was set back."""
        for entry in tuple(self._entries.values()):
            now, policy = self._clock.now(), entry.watched.account.policy
            entry.spent = await self._accounting.recent_spend(entry.state, policy, now)
            state = source_change.apply_source(entry.state, entry.watched, now)
            self._plan(entry, transitions.advance_time(state, now))

    async def retry_withheld(self) -> None:
        """Plan the accounts again that wait for the ledger, because it works again."""
        for name, entry in tuple(self._entries.items()):
            if entry.state.waiting is not SkipReason.LEDGER and not entry.state.record_unread:
                continue
            now, policy = self._clock.now(), entry.watched.account.policy
            entry.spent = await self._accounting.recent_spend(entry.state, policy, now)
            self._plan(entry, entry.state._replace(next_probe_at=None, waiting=None))
            if entry.state.record_unread and self._entries.get(name) is entry:
                self._timers.put(name, now)

    async def take_turn(self, name: str, *, is_requested: bool) -> TurnResult:
        """Probe an account if it is due and nothing holds it back, and plan its next probe.

        One that a client requests is due.
        """
        entry, result = self._entries.get(name), TurnResult()
        if entry is None:
            return result
        if entry.state.record_unread:
            await self._read_record(entry)
        if entry.state.record_unread and entry.state.next_probe_at is None and not is_requested:
            self._plan(entry, entry.state)
            return result
        now, own, policy = self._clock.now(), entry.state, entry.watched.account.policy
        recorded = await self._accounting.adopt_newer_state(
            RecordedState(own, entry.spent), policy, now
        )
        entry.spent = recorded.spent
        if entry.state is own:  # or its text changed meanwhile
            entry.state = recorded.state
        state = transitions.advance_time(entry.state, now)
        if is_requested:
            state = state._replace(next_probe_at=now)
        entry.state = state
        if planner.is_due(state, now):
            result = await self._probe(entry, state, now)
        if self._entries.get(name) is not entry:
            return result  # it was removed meanwhile
        self._plan(entry, entry.state)
        state = entry.state
        if (state.version or not state.source_unread) and not state.record_unread:
            # Or the ledger still has a record that could not be read this time.
            await self._accounting.remember(state)
        if result.skip is not SkipReason.LEDGER and not state.record_unread:
            # Or neither probes nor kept verdicts are known yet.
            self._first_round.finish(name)
        return result

    def postpone(self, name: str, seconds: float) -> None:
        """Give an account its next turn no sooner than in so many seconds."""
        if name in self._entries:
            self._timers.put(name, self._clock.now() + seconds)

    async def _probe(self, entry: AccountRecord, state: AccountState, now: float) -> TurnResult:
        """Probe an account if the ledger allows it, and apply what that found."""
        watched, policy, before = entry.watched, entry.watched.account.policy, state
        ticket = await self._accounting.take(state, policy, now)
        if isinstance(ticket, SkipReason):
            entry.state = transitions.count_skip(entry.state, ticket)
            self._log.log_skip(entry.state, ticket)
            return TurnResult(skip=ticket)
        report = await self._parts.prober.probe(watched)
        self._log.log_probe(state, report)
        now = self._clock.now()
        after = RecordedState(transitions.apply_report(entry.state, report, now), entry.spent)
        entry.spent = await self._accounting.settle(ticket, report, after, policy, now)
        if self._entries.get(state.name) is entry:
            # The token or the definition may have changed meanwhile.
            state = transitions.apply_report(entry.state, report, now)
            present = entry.state
            is_same = entry.watched.version == watched.version and (
                (present.origin, present.counting_window) == (before.origin, before.counting_window)
            )
            entry.state = state if is_same else entry.state._replace(probes=state.probes)
            self._share_pause(entry)
        return TurnResult(was_probed=True)

    def _share_pause(self, source: AccountRecord) -> None:
        """Apply a pause to the accounts that it holds for, or they learn it at their next turn."""
        until, now = source.state.pause_until, self._clock.now()
        if until is None or until <= now:
            return
        for entry in tuple(self._entries.values()):
            is_later = until > max(entry.state.pause_until or 0.0, entry.spent.paused_until or 0.0)
            if is_later and self._accounting.share_pauses(source.state, entry.state):
                entry.spent = entry.spent._replace(paused_until=until)
                self._plan(entry, transitions.advance_time(entry.state, now))

    def _plan(self, entry: AccountRecord, state: AccountState) -> bool:
        """Store and publish a state together with its next probe; log what changed.

        Return whether a verdict was logged.
        """
        now, policy = self._clock.now(), entry.watched.account.policy
        state = transitions.apply_pause(record_expiry(state, now), entry.spent.paused_until)
        pace = self._accounting.pace(state, policy, entry.spent)
        plan = planner.plan_next_probe(
            state, pace, policy, entry.spent, now, self._random, among=len(self._entries)
        )
        provider = self._parts.providers.get(state.provider or "")
        is_declared = provider is not None and provider.is_declared
        state = state._replace(declared=provider if is_declared else None)
        entry.state = transitions.apply_plan(state, plan)
        if state.version == entry.watched.version:
            self._parts.auto_refresh.learn_expiry(entry.watched, state.expires_at)
        retry = now + _RECORD_SECONDS if state.record_unread else plan.at
        if self._entries.get(state.name) is entry:  # or it was removed meanwhile
            self._timers.put(state.name, min(plan.at, retry))
        self._parts.sink.put(entry.state)
        return self._log.observe(entry.state, now, usual_interval(pace, policy))

    async def _read_record(self, entry: AccountRecord) -> None:
        """Read an account's record of earlier runs, if the ledger can be read by now."""
        kept = await self._accounting.read_state(entry.state.name, self._clock.now())
        if kept.is_read and entry.state.record_unread:  # or the source was read meanwhile
            watched = entry.watched
            report = self._state_reader.check_offline(watched)
            entry.state = self._state_reader.read_state(entry.state, kept, watched, report)
            if kept.state is not None:
                self._log.take_over(kept.state, watched.version)
                self._log.log_facts_set_aside(kept.state, entry.state)
