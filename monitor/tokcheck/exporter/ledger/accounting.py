"""Budget accounting: the cost of a probe is written to the ledger before it is sent.

A ledger that cannot be used prevents every probe and stops nothing else; it is logged once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from types import MappingProxyType

from tokcheck.core.expiry import is_in_future
from tokcheck.core.report import Report
from tokcheck.exporter.ledger.ledger import Ledger, LedgerError, Ticket
from tokcheck.exporter.scheduling import planner
from tokcheck.exporter.scheduling.backoff import allowance
from tokcheck.exporter.scheduling.budget import RecentSpend, window_seconds
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.clock_jump import undo_clock_jump
from tokcheck.exporter.state.probe_origin import probe_origin
from tokcheck.providers.base import Pace, Provider
from tokcheck.transport.endpoints import Endpoints

_NO_ENDPOINTS = Endpoints(MappingProxyType({}))
# For a paste that belongs to no provider: nothing is sent, so nothing is paced.
_NO_PACE = Pace("hour", 3600.0, 0, requests=0, every=3600.0, reports_remaining=False)


class Accounting:
    """The spend and the stored state of accounts; no method raises a :class:`LedgerError`.

    ``log`` takes one line at a time, for people. Moments are Unix seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        providers: Mapping[str, Provider],
        log: Callable[[str], None],
        *,
        endpoints: Endpoints = _NO_ENDPOINTS,
    ) -> None:
        self._ledger = ledger
        self._providers = providers
        self._log = log
        self._endpoints = endpoints
        self._last_error = ""

    def pace(self, state: AccountState) -> Pace:
        """Return the pace at which an account's provider is probed."""
        provider = self._providers.get(state.provider or "")
        return provider.pace if provider else _NO_PACE

    def origin(self, provider_name: str | None, policy: Policy) -> str:
        """Return the origin of what a probe would report; empty without a known provider."""
        provider = self._providers.get(provider_name or "")
        if provider is None:
            return ""
        known = self._endpoints.addresses
        addresses = [known.get((provider.name, service), "") for service in provider.services]
        return probe_origin(addresses, window_seconds(provider.pace, policy))

    def recent_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        """Return what was spent lately; nothing if that cannot be read."""
        try:
            return self._read_spend(state, policy, now)
        except LedgerError as error:
            self._log_once(error)
            return RecentSpend()

    def take(self, state: AccountState, policy: Policy, now: float) -> Ticket | SkipReason:
        """Record a probe's worst case as spent, or return why the probe must not be sent."""
        pace = self.pace(state)
        try:
            spent = self._read_spend(state, policy, now)
            skip = planner.find_skip_reason(state, pace, policy, spent, now)
            if skip is not None:
                return skip
            ticket = self._ledger.take(
                state.subject,
                pace.requests,
                allowance(state, pace, policy),
                window_seconds(pace, policy),
                now,
            )
        except LedgerError as error:
            self._log_once(error)
            return SkipReason.LEDGER
        self._last_error = ""
        return SkipReason.BUDGET if ticket is None else ticket

    def settle(self, ticket: Ticket, report: Report, subject: str, now: float) -> None:
        """Replace the worst case by the requests that were sent."""
        used = report.probe.requests if report.probe else 0
        with self._reporting_errors():
            self._ledger.settle(ticket, used, now=now, subject=subject)

    def recall(self, name: str, version: str, now: float = inf) -> AccountState | None:
        """Return what was known of an account with this version of its text.

        Moments in the future are shifted back. That is stored, or each of many short runs would
        shift them to its own start, and wait from there.
        """
        try:
            recorded = self._ledger.recall(name, version)
        except LedgerError as error:
            self._log_once(error)
            return None
        if recorded is None:
            return None
        known = undo_clock_jump(recorded, now)
        if known is not recorded:
            self.remember(known)
        return known

    def adopt_newer_state(self, own: AccountState, now: float = inf) -> AccountState:
        """Return the newer state that another process wrote to the same ledger, or ``own``.

        One of the future was written before the clock was set back, and one of another origin says
        nothing about this one.
        """
        other = self.recall(own.name, own.version)
        if other is None or (other.probed_at or 0) <= (own.probed_at or 0):
            return own
        if is_in_future(other.probed_at, now) or other.origin != own.origin:
            return own
        return other._replace(
            probes=own.probes,
            skipped=own.skipped,
            source_error=own.source_error,
            refreshes=own.refreshes,
            refresh_expires_at=own.refresh_expires_at,
            broken=own.broken,
        )

    def remember(self, state: AccountState) -> None:
        """Store the state of an account."""
        with self._reporting_errors():
            self._ledger.remember(state)

    def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        with self._reporting_errors():
            self._ledger.forget(name)

    def _read_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        return self._ledger.recent_spend(
            state.subject, window_seconds(self.pace(state), policy), now
        )

    @contextmanager
    def _reporting_errors(self) -> Iterator[None]:
        """Log a write that failed and go on: the spend itself was written before its probe."""
        try:
            yield
        except LedgerError as error:
            self._log_once(error)

    def _log_once(self, error: LedgerError) -> None:
        if error.message != self._last_error:  # once, not at every probe
            self._last_error = error.message
            self._log(f"{error.message} {error.hint}")
