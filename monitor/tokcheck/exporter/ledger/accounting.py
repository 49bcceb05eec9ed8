"""Budget accounting: the cost of a probe is written to the ledger before it is sent.

A ledger that cannot be used prevents every probe and stops nothing else; it is logged once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Report
from tokcheck.exporter.ledger.database import LedgerError, LedgerLockedError, LedgerSlowError
from tokcheck.exporter.ledger.observation_table import StoredTraffic
from tokcheck.exporter.ledger.request_ledger import RequestLedger, Ticket
from tokcheck.exporter.ledger.spend_table import RequestedPause
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.backoff import allowance, further_allowances
from tokcheck.exporter.scheduling.budget import RecentSpend, effective_pace, window_seconds
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.budget_subject import application_subject
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.probe_origin import probe_origin
from tokcheck.providers.base import Pace, Provider
from tokcheck.transport.endpoints import Endpoints

_NO_ENDPOINTS = Endpoints(MappingProxyType({}))
# For a paste that belongs to no provider: nothing is sent, so nothing is paced.
_NO_PACE = Pace("hour", 3600.0, 0, requests=0, every=3600.0, reports_remaining=False)


_AGAIN_SECONDS = 60.0


class KeptState(NamedTuple):
    """The ledger's record of an account from earlier runs."""

    state: AccountState | None
    is_read: bool
    """Whether the ledger could be read; without that, the state is unknown."""


class Accounting:
    """The spend and the stored state of accounts; no method raises a :class:`LedgerError`.

    All but :meth:`pace` and :meth:`origin` use the disk; an event loop calls them in a thread.
    Moments are Unix seconds.
    """

    def __init__(
        self,
        ledger: RequestLedger,
        providers: Mapping[str, Provider],
        log: EventLog,
        *,
        endpoints: Endpoints = _NO_ENDPOINTS,
        timer: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._providers = providers
        self._log = log
        self._endpoints = endpoints
        self._timer = timer
        self._last_error: LedgerError | None = None
        self._logged_at = 0.0

    @property
    def problem(self) -> LedgerError | None:
        """Why the ledger cannot be used; ``None`` while it can."""
        return self._last_error

    def pace(self, state: AccountState, policy: Policy) -> Pace:
        """Return the pace at which an account's provider is probed, by the account's window."""
        provider = self._providers.get(state.provider or "")
        return effective_pace(provider.pace, policy) if provider else _NO_PACE

    def origin(self, provider_name: str | None, policy: Policy) -> str:
        """Return the origin of a probe's report; empty without a known provider."""
        provider = self._providers.get(provider_name or "")
        if provider is None:
            return ""
        return probe_origin(self._addresses(provider), window_seconds(provider.pace, policy))

    def subject(self, state: AccountState) -> str:
        """Return the key by which an account's requests are counted.

        It is the application's where the provider counts those of all its users together.
        """
        provider = self._providers.get(state.provider or "")
        if provider is not None and provider.pace.owner == "project":
            return application_subject(provider.name)
        return state.subject

    def recent_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        """Return the recent spend; nothing if that cannot be read."""
        try:
            return self._read_spend(state, policy, now)
        except LedgerError as error:
            self._log_once(error)
            return RecentSpend()

    def take(self, state: AccountState, policy: Policy, now: float) -> Ticket | SkipReason:
        """Record a probe's worst case as spent, or return why the probe must not be sent."""
        pace = self.pace(state, policy)
        try:
            spent = self._read_spend(state, policy, now)
            skip = planner.find_skip_reason(state, pace, policy, spent, now)
            if skip is not None:
                return skip
            ticket = self._ledger.take(
                self.subject(state),
                pace.requests,
                allowance(state, pace, policy),
                window_seconds(pace, policy),
                now,
                further_allowances(state, pace, policy),
            )
        except LedgerError as error:
            self._log_once(error)
            return SkipReason.LEDGER
        self._log_recovery(LedgerError)
        return SkipReason.BUDGET if ticket is None else ticket

    @property
    def is_on_server(self) -> bool:
        """Whether the ledger is on a server, which may be away."""
        return self._ledger.is_on_server

    def check(self) -> None:
        """Find out whether the server of the ledger answers; that is logged if it changes."""
        with self._reporting_errors():
            self._ledger.check()

    def report_slowness(self, seconds: float) -> None:
        """Log that the disk, or the server, has not answered for so long."""
        ledger = self._ledger
        ledger.errors += 1
        self._log_once(LedgerSlowError(ledger.path, seconds, is_on_server=ledger.is_on_server))

    def give_back(self, ticket: Ticket | SkipReason) -> None:
        """Delete a recorded spend without which nothing was sent."""
        if not isinstance(ticket, SkipReason):
            with self._reporting_errors():
                self._ledger.settle(ticket, 0)

    def settle(self, ticket: Ticket, report: Report, after: AccountState, now: float) -> None:
        """Replace the worst case by the requests that were sent.

        A pause that the response requests is recorded for all programs that send the same user's
        requests.
        """
        used = report.probe.requests if report.probe else 0
        until = after.pause_until
        is_paused = until is not None and until > now
        pause = (
            RequestedPause(self._server(after), until - now)
            if until is not None and is_paused
            else None
        )
        with self._reporting_errors():
            self._ledger.settle(ticket, used, now=now, subject=self.subject(after), pause=pause)

    def recall(self, name: str, version: str | None, now: float = inf) -> KeptState:
        """Return the record of an account with this version of its text; ``None`` for any.

        Moments in the future are shifted back. That is stored, or each of many short runs would
        shift them to its own start, and wait from there.
        """
        try:
            recorded = self._ledger.recall(name, version)
        except LedgerError as error:
            self._log_once(error)
            return KeptState(None, is_read=False)
        # A reader has waited for no lock and no disk; a full disk shows at the next write.
        self._log_recovery((LedgerLockedError, LedgerSlowError))
        if recorded is None:
            return KeptState(None, is_read=True)
        known = undo_clock_jump(recorded, now)
        if known is not recorded:
            self.remember(known)
        return KeptState(known, is_read=True)

    def adopt_newer_state(self, own: AccountState, now: float = inf) -> AccountState:
        """Return the newer state that another process wrote to the same ledger, or ``own``.

        One of the future was written before the clock was set back, and one of another origin says
        nothing about this one.
        """
        other = self.recall(own.name, own.version).state
        if other is None or (other.probed_at or 0) <= (own.probed_at or 0):
            return own
        if is_in_future(other.probed_at, now) or other.origin != own.origin:
            return own
        return other._replace(
            probes=own.probes,
            skipped=own.skipped,
            source_error=own.source_error,
            source_unread=own.source_unread,
            refreshes=own.refreshes,
            refresh_expires_at=own.refresh_expires_at,
            broken=own.broken,
        )

    def observations(self, since: int, now: float) -> Sequence[StoredTraffic]:
        """Return the observations of accounts after the serial ``since``; nothing on an error."""
        try:
            return self._ledger.observations(since, now)
        except LedgerError as error:
            self._log_once(error)
            return ()

    def remember(self, state: AccountState) -> None:
        """Store the state of an account."""
        with self._reporting_errors():
            self._ledger.remember(state)

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._reporting_errors():
            self._ledger.forget(name)

    def _read_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        pace = self.pace(state, policy)
        further = [window.seconds for window in pace.further]
        return self._ledger.recent_spend(
            self.subject(state), window_seconds(pace, policy), now, self._server(state), further
        )

    def _server(self, state: AccountState) -> str:
        """Return a hash of the servers that an account is probed at."""
        provider = self._providers.get(state.provider or "")
        return "" if provider is None else probe_origin(self._addresses(provider), None)

    def _addresses(self, provider: Provider) -> list[str]:
        return [self._endpoints.find(provider, service) for service in provider.services]

    @contextmanager
    def _reporting_errors(self) -> Iterator[None]:
        """Log a write that failed and continue: the spend itself was written before its probe."""
        try:
            yield
        except LedgerError as error:
            self._log_once(error)
        else:
            self._log_recovery(LedgerError)

    def _log_recovery(self, kinds: type[LedgerError] | tuple[type[LedgerError], ...]) -> None:
        """Log that the ledger works again, where an error of these kinds was logged."""
        if isinstance(self._last_error, kinds):
            self._last_error = None
            path = self._ledger.path
            self._log(Event.LEDGER_RECOVERED, f"The ledger {path} works again.", file=str(path))

    def _log_once(self, error: LedgerError) -> None:
        is_known = self._last_error is not None and error.message == self._last_error.message
        if error.is_away and self._last_error is not None and self._last_error.is_away:
            is_known = abs(self._timer() - self._logged_at) < _AGAIN_SECONDS  # for any reason
        self._last_error = error
        if not is_known:  # once, not at every probe; and once a minute while a server is away
            self._logged_at = self._timer()
            self._log(Event.LEDGER_FAILED, f"{error.message} {error.hint}", file=str(error.path))
