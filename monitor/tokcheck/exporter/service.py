"""The running exporter: its engine and metrics, as the web application and commands use them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence, Sized
from random import Random, SystemRandom
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import format_wait
from tokcheck.core.report import Verdict
from tokcheck.core.version import __version__
from tokcheck.exporter.display.next_probe import describe_next_probe
from tokcheck.exporter.engine import Engine
from tokcheck.exporter.ledger.ledger import uptime
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.metrics.exposition import Exposition, ScrapeResponse
from tokcheck.exporter.metrics.own_metrics import OwnMetrics, OwnSources
from tokcheck.exporter.scheduling.clock import Clock, system_clock
from tokcheck.exporter.scheduling.coalescer import Coalescer
from tokcheck.exporter.service_manager import notifier, report_to_manager, watchdog_seconds
from tokcheck.exporter.sources.selection import Share
from tokcheck.exporter.state.account_state import (
    SKIP_WORDS,
    AccountState,
    ExporterInfo,
    SkipReason,
)
from tokcheck.exporter.state.account_summary import summarize
from tokcheck.exporter.state.severity import Notice, shown_verdict
from tokcheck.exporter.web.actions import ClientObservation, RequestedProbe
from tokcheck.exporter.web.app import build_app
from tokcheck.exporter.web.options import WebOptions
from tokcheck.exporter.web.server import serve

_NOTICEABLE_SECONDS = 60.0  # a reset or a pause is let pass by as much
_UNCOUNTED = {SkipReason.LEDGER, SkipReason.COUNTS_LOST}
_UNTIL_NEW_TEXT = {SkipReason.EXPIRED, SkipReason.REFUSED, SkipReason.NO_TOKEN}


class Runtime(NamedTuple):
    """The clocks, the randomness and the log of a process."""

    clock: Clock
    random: Random
    log: EventLog
    steady: Callable[[], float]
    """Return the seconds of a steady clock, which nobody sets, for the ledger."""
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Wait this many seconds between two attempts of one refresh."""


def system_runtime(log: EventLog) -> Runtime:
    """Return the runtime that uses the system's clocks and randomness."""
    return Runtime(system_clock(), SystemRandom(), log, uptime)


class Service:
    """An exporter: its engine, its metrics, and the interface of the web application to both."""

    def __init__(
        self,
        engine: Engine,
        exposition: Exposition,
        runtime: Runtime,
        titles: Mapping[str, str],
        environment: Mapping[str, str],
        share: Share | None = None,
    ) -> None:
        self.engine = engine
        self.exposition = exposition
        self.titles = titles
        self._runtime = runtime
        self._environment = environment
        self._share = share
        self._loaded_at = runtime.clock.now()
        self._reload = Coalescer(self._reload_once)
        self._connections: Sized = ()

    def respond_to_scrape(self, accept: str, accept_encoding: str) -> ScrapeResponse:
        """Return the metrics in the format and encoding negotiated by two request headers."""
        return self.exposition.respond(
            accept, accept_encoding, self.now(), has_accounts=not self.engine.is_term_over()
        )

    def account_states(self) -> Sequence[AccountState]:
        """Return what is known about each account."""
        return self.engine.account_states()

    def probeable_accounts(self) -> frozenset[str]:
        """Return the names of the accounts that may be probed now."""
        return self.engine.probeable_accounts()

    def notices(self) -> Sequence[Notice]:
        """Return what keeps the exporter itself from working."""
        return self.engine.notices

    def exit_code(self) -> ExitCode:
        """Return the exit code of a single round, by whether any account could be probed.

        A shard may have no account.
        """
        states = self.engine.account_states()
        if self._share is not None and not states:
            return ExitCode.USABLE
        return ExitCode.COULD_NOT_TELL if has_probed_nothing(states) else ExitCode.USABLE

    def has_read_records(self) -> bool:
        """Return whether the ledger's record of every account was read, if it has one."""
        return not any(state.record_unread for state in self.engine.account_states())

    def is_database_away(self) -> bool:
        """Return whether the server of accounts and ledger cannot be reached."""
        return self.engine.is_database_away()

    def is_ready(self) -> bool:
        """Return whether the first round of probes has ended."""
        return self.engine.is_ready()

    async def probe(self, name: str) -> RequestedProbe | None:
        """Probe an account now, inside its budget; ``None`` without such an account."""
        result = await self.engine.probe_now(name)
        if result is None:
            return None
        (state, turn), now = result, self.now()
        if turn.was_probed:
            sentence = summarize(state, now).sentence
            return RequestedProbe(f"{name}: {shown_verdict(state)}: {sentence}", sent=True)
        reason = _withheld_reason(state, turn.skip, now)
        if reason is None:  # it is stopping
            return RequestedProbe(
                "Not probed: the exporter is stopping.", sent=False, is_failure=True
            )
        state = state._replace(waiting=state.waiting or reason)
        words = describe_next_probe(state, now).words
        is_unread = reason is SkipReason.NO_TOKEN and bool(state.source_error)
        cause = state.source_error if is_unread else f"{SKIP_WORDS[reason].long}."
        sentences = [f"Not probed: {cause} Next probe: {words}."]
        at, is_failure = self.engine.earliest_requested_probe(name), reason is SkipReason.LEDGER
        if at is not None and is_expired(state.expires_at, at):
            at = None
        if is_failure:
            sentences += (each.sentence for each in self.notices())
        elif at is not None and (state.next_probe_at or 0.0) - at > at - now + _NOTICEABLE_SECONDS:
            # After a short pause, a planned probe follows much later than a requested one may.
            sentences.append(f"It can be requested in {format_wait(at - now)}.")
        # A failure of the ledger may end at any moment, not when the probe is due.
        return RequestedProbe(
            " ".join(sentences),
            sent=False,
            retry_after=None if at is None or is_failure else max(0.0, at - now),
            is_failure=is_failure,
        )

    async def observe(self, observed: ClientObservation) -> str | None:
        """Record a response to a client's own request; ``None`` without such an account."""
        account, status, headers = observed
        summary = await self.engine.observe(account, status, headers)
        if summary is None:
            return None
        result = summary.nothing_to_record or "recorded."
        return " ".join((f"{account}: {result}", *summary.notes()))

    def now(self) -> float:
        """Return the present moment in Unix seconds."""
        return self._runtime.clock.now()

    async def run(self, options: WebOptions, stop: asyncio.Event) -> None:
        """Serve and probe until ``stop`` is set.

        :raises UsageError: if an address or the web configuration cannot be used; then nothing
            was logged and no request was sent.
        """
        sources = OwnSources(
            connections=lambda: len(self._connections),
            ledger_errors=lambda: self.engine.parts.ledger.errors,
            cluster=lambda: None if self._share is None else self._share.cluster,
        )
        self.exposition.add_own(OwnMetrics(sources))
        listening = asyncio.Event()
        web = serve(
            build_app(self, metrics_path=options.metrics_path),
            options,
            stop,
            self._runtime.log,
            environment=self._environment,
            listening=listening,
            show_connections=self._show_connections,
        )
        tasks = [asyncio.create_task(web), asyncio.create_task(self._probe(listening, stop))]
        reports = asyncio.create_task(self._report_to_manager(listening, stop))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()  # one is of no use without the other
            listening.set()
            await asyncio.gather(*tasks, reports)

    async def _report_to_manager(self, listening: asyncio.Event, stop: asyncio.Event) -> None:
        await report_to_manager(
            notifier(self._environment),
            watchdog_seconds(self._environment),
            listening=listening,
            stop=stop,
        )

    def _show_connections(self, connections: Sized) -> None:
        self._connections = connections

    async def _probe(self, listening: asyncio.Event, stop: asyncio.Event) -> None:
        """Run the engine from the moment at which the web server listens."""
        await listening.wait()
        await self.engine.run(stop)

    async def reload(self) -> None:
        """Reload the configuration; callers who wait at the same time share one reload.

        :raises UsageError: if it cannot be used; then everything stays as it was.
        :raises StoreError: if the store cannot be read; the same.
        """
        await self._reload()

    async def _reload_once(self) -> None:
        try:
            await self.engine.reload()
        except (UsageError, StoreError) as error:
            self._runtime.log(
                Event.CONFIG_REJECTED,
                f"Configuration not reloaded: {error.message} {error.hint}",
            )
            self.exposition.put_exporter(exporter_info(ok=False, at=self._loaded_at))
            raise
        self._runtime.log(Event.CONFIG_RELOADED, "Configuration reloaded.")
        self._loaded_at = self._runtime.clock.now()
        self.exposition.put_exporter(exporter_info(ok=True, at=self._loaded_at))


def has_probed_nothing(states: Sequence[AccountState]) -> bool:
    """Return whether no account has a result although some, or all, could not be probed.

    An account that needs no probe now counts by its last one. A refused token is a result, and
    so is one that is known to be of no use without a request. No token at all is none.
    """
    failed = [
        state.success is False or state.source_unread or state.waiting in _UNCOUNTED
        for state in states
    ]
    if not any(failed):
        return all(shown_verdict(state) is Verdict.NO_TOKEN for state in states)
    return not any(
        state.success for state, has_failed in zip(states, failed, strict=True) if not has_failed
    )


def exporter_info(*, ok: bool, at: float) -> ExporterInfo:
    """Return the exporter's own facts; ``ok`` is whether the last reload worked."""
    version = ".".join(map(str, sys.version_info[:3]))
    return ExporterInfo(ok, at, __version__, version)


def _withheld_reason(state: AccountState, skip: SkipReason | None, now: float) -> SkipReason | None:
    """Return why a probe on request was not sent, by its turn's ``skip``, or ``None``.

    The plan may wait for more than this probe had to, such as a pause after errors. A text that
    cannot work outlasts every other reason; one that works and expires before the next probe does
    not.
    """
    expires_first = state.waiting is SkipReason.EXPIRED and not (
        state.verdict is Verdict.EXPIRED or is_expired(state.expires_at, now)
    )
    if state.waiting in _UNTIL_NEW_TEXT and not (expires_first and skip is not None):
        return state.waiting
    return skip or state.waiting
