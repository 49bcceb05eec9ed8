"""Budget accounting: the cost of a probe is written to the ledger before it is sent.

A ledger that cannot be used prevents every probe and stops nothing else; it is logged once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import NamedTuple

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Report
from tokcheck.exporter.ledger.ledger_errors import (
    LedgerError,
    LedgerFullError,
    LedgerLockedError,
    LedgerSlowError,
)
from tokcheck.exporter.ledger.pacing import NO_ENDPOINTS, Pacing
from tokcheck.exporter.ledger.request_ledger import RequestLedger, Ticket
from tokcheck.exporter.ledger.tables.observation_table import StoredTraffic
from tokcheck.exporter.ledger.tables.spend_table import (
    RequestedPause,
)
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.backoff import allowance, further_allowances
from tokcheck.exporter.scheduling.budget import (
    RecentSpend,
    window_seconds,
)
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.providers.base import Provider
from tokcheck.providers.observed.traffic import Traffic
from tokcheck.transport.endpoints import Endpoints

_AGAIN_SECONDS = 60.0
# A reader has waited for no lock and no disk; a full disk shows at the next write.
_ENDED_BY_READING = (LedgerLockedError, LedgerSlowError)
_ENDED_BY_WRITING = (*_ENDED_BY_READING, LedgerFullError)


class KeptState(NamedTuple):
    """The ledger's record of an account from earlier runs."""

    state: AccountState | None
    is_read: bool
    """Whether the ledger could be read; without that, the state is unknown."""


class Accounting:
    """The spend and the stored state of accounts; no method raises a :class:`LedgerError`.

    All use the disk; an event loop calls them in a thread.
    Moments are Unix seconds.
    """

    def __init__(
        self,
        ledger: RequestLedger,
        providers: Mapping[str, Provider],
        log: EventLog,
        *,
        endpoints: Endpoints = NO_ENDPOINTS,
        timer: Callable[[], float] = time.time,
    ) -> None:
        self.pacing = Pacing(providers, endpoints)
        self._ledger = ledger
        self._log = log
        self._timer = timer
        self._last_error: LedgerError | None = None
        self._logged_at = 0.0

    @property
    def problem(self) -> LedgerError | None:
        """Why the ledger cannot be used; ``None`` while it can."""
        return self._last_error

    def recent_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        """Return the recent spend; nothing if that cannot be read."""
        try:
            return self._read_spend(state, policy, now)
        except LedgerError as error:
            self._log_once(error)
            return RecentSpend()

    def take(self, state: AccountState, policy: Policy, now: float) -> Ticket | SkipReason:
        """Record a probe's worst case as spent, or return why the probe must not be sent."""
        try:
            spent = self._read_spend(state, policy, now)
            pace = self.pacing.pace(state, policy, spent)
            skip = planner.find_skip(state, pace, policy, spent, now)
            if skip is not None:
                return skip.reason
            ticket = self._ledger.take(
                self.pacing.subject(state),
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
        """Find out whether a ledger that failed works again, and whether its server answers.

        That is logged if it changes.
        """
        try:
            if self._last_error is None:
                self._ledger.ping()
            else:
                self._ledger.check()
        except LedgerError as error:
            self._log_once(error)
        else:
            self._log_recovery(LedgerError)

    def report_slowness(self, seconds: float) -> None:
        """Log that the disk, or the server, has not answered for so long."""
        self._ledger.errors += 1
        self._log_once(self.slowness(seconds))

    def slowness(self, seconds: float) -> LedgerError:
        """Return the error of a disk, or a server, that has not answered for so long."""
        ledger = self._ledger
        return LedgerSlowError(ledger.path, seconds, is_on_server=ledger.is_on_server)

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
        with self._reporting_errors():
            self._ledger.settle(
                ticket,
                used,
                now=now,
                subject=self.pacing.subject(after),
                user=after.subject,
                pause=self._requested_pause(after, now),
                limits=self.pacing.reported_limits(after),
            )

    def pause(self, state: AccountState, now: float) -> None:
        """Record the pause that a response to a request of the user's own requests.

        It holds for all accounts of the same user, or of the application where that is limited.
        """
        pause = self._requested_pause(state, now)
        if pause is not None:
            with self._reporting_errors():
                self._ledger.pause(self.pacing.subject(state), pause, now)

    def _requested_pause(self, state: AccountState, now: float) -> RequestedPause | None:
        until = state.pause_until
        if until is None or until <= now:
            return None
        return RequestedPause(self.pacing.server(state), until - now)

    def read_state(self, name: str, version: str | None, now: float = inf) -> KeptState:
        """Return the record of an account with this version of its text; ``None`` for any.

        Moments in the future are shifted back. That is stored, or each of many short runs would
        shift them to its own start, and wait from there.
        """
        try:
            recorded = self._ledger.read_state(name, version)
        except LedgerError as error:
            self._log_once(error)
            return KeptState(None, is_read=False)
        self._log_recovery(_ENDED_BY_READING)
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
        other = self.read_state(own.name, own.version).state
        if other is None or (other.probed_at or 0) <= (own.probed_at or 0):
            return own
        is_of_other = (other.origin, other.counting_window) != (own.origin, own.counting_window)
        if is_in_future(other.probed_at, now) or is_of_other:
            return own
        return other._replace(
            probes=own.probes,
            skipped=own.skipped,
            source_error=own.source_error,
            source_unread=own.source_unread,
            refreshes=own.refreshes,
            refresh_expires_at=own.refresh_expires_at,
            broken=own.broken,
            observed_requests=own.observed_requests,  # read from the ledger, as the other's are
        )

    def observations(self, since: int, now: float) -> Sequence[StoredTraffic]:
        """Return the observations of accounts after the serial ``since``; nothing on an error."""
        try:
            return self._ledger.observations(since, now)
        except LedgerError as error:
            self._log_once(error)
            return ()

    def observe(self, account: str, traffic: Traffic, now: float) -> bool | LedgerError:
        """Add observed traffic of an account's own requests.

        Return whether what it says about rate limits is the latest, or why it was not added.
        """
        try:
            is_latest = self._ledger.observe(account, traffic, now)
        except LedgerError as error:
            self._log_once(error)
            return error
        self._log_recovery(_ENDED_BY_WRITING)
        return is_latest

    def remember(self, state: AccountState) -> None:
        """Store the state of an account."""
        with self._reporting_errors():
            self._ledger.remember(state, self.pacing.reported_limits(state), self._timer())

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._reporting_errors():
            self._ledger.forget(name)

    def _read_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        pacing = self.pacing
        return self._ledger.recent_spend(
            pacing.subject(state),
            window_seconds(pacing.pace(state, policy), policy),
            now,
            pacing.server(state),
            pacing.further_windows(state, policy),
        )

    @contextmanager
    def _reporting_errors(self) -> Iterator[None]:
        """Log a write that failed and continue: the spend itself was written before its probe."""
        try:
            yield
        except LedgerError as error:
            self._log_once(error)
        else:
            # Any other error may be one of the spends alone, which this was none of.
            self._log_recovery(_ENDED_BY_WRITING)

    def _log_recovery(self, kinds: type[LedgerError] | tuple[type[LedgerError], ...]) -> None:
        """Log that the ledger works again, where an error of these kinds was logged."""
        error = self._last_error
        if error is not None and (error.is_away or isinstance(error, kinds)):
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
