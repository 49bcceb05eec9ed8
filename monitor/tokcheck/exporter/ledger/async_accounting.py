"""Budget accounting for an event loop: every use of the ledger is in a thread of its own."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tokcheck.core.report import Report
from tokcheck.exporter.ledger.accounting import Accounting, KeptState
from tokcheck.exporter.ledger.ledger_errors import LedgerError
from tokcheck.exporter.ledger.ledger_keys import account_key
from tokcheck.exporter.ledger.ledger_thread import LedgerThread
from tokcheck.exporter.ledger.request_ledger import RequestLedger, Ticket
from tokcheck.exporter.ledger.tables.observation_table import StoredTraffic
from tokcheck.exporter.log.events import EventLog
from tokcheck.exporter.scheduling.budget import RecentSpend
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState, SkipReason
from tokcheck.exporter.state.probe_origin import ProbeOrigin
from tokcheck.providers.base import Pace, Provider
from tokcheck.providers.observed.traffic import Traffic
from tokcheck.transport.endpoints import Endpoints


class RecordedState(NamedTuple):
    """An account's state, and the recent spend of its subject."""

    state: AccountState
    spent: RecentSpend


class AsyncAccounting:
    """As :class:`~tokcheck.exporter.ledger.accounting.Accounting`, without blocking a loop.

    A ledger that is locked, slow or damaged prevents probes and delays nothing else.
    """

    def __init__(
        self,
        ledger: RequestLedger,
        providers: Mapping[str, Provider],
        log: EventLog,
        *,
        endpoints: Endpoints,
        timer: Callable[[], float],
    ) -> None:
        self._accounting = Accounting(ledger, providers, log, endpoints=endpoints, timer=timer)
        # On a server, a commit takes a round trip and a sync of its disk; waiting uses share them.
        group = ledger.group if ledger.is_on_server else None
        self._thread = LedgerThread(self._accounting.report_slowness, group=group)

    @property
    def problem(self) -> LedgerError | None:
        """Why the ledger cannot be used; ``None`` while it can."""
        return self._accounting.problem

    def close(self) -> None:
        """Let the thread end; a later call starts another one."""
        self._thread.close()

    def pace(self, state: AccountState, policy: Policy, spent: RecentSpend) -> Pace:
        """Return the pace at which an account's provider is probed, by the account's window."""
        return self._accounting.pacing.pace(state, policy, spent)

    def origin(self, provider_name: str | None, policy: Policy) -> ProbeOrigin | None:
        """Return the origin of a probe's report; ``None`` without a known provider."""
        return self._accounting.pacing.origin(provider_name, policy)

    def share_pauses(self, one: AccountState, other: AccountState) -> bool:
        """Return whether a pause of one account holds for another one as well."""
        return self._accounting.pacing.share_pauses(one, other)

    async def read_state(self, name: str, now: float) -> KeptState:
        """Return the record of an account, for any version of its text."""
        late = KeptState(None, is_read=False)
        read = partial(self._accounting.read_state, name, None, now)
        return await self._thread.run(read, late, keys={account_key(name)})

    async def recent_spend(self, state: AccountState, policy: Policy, now: float) -> RecentSpend:
        """Return the recent spend; nothing if that cannot be read."""
        read = partial(self._accounting.recent_spend, state, policy, now)
        return await self._thread.run(read, RecentSpend(), keys=self._keys(state))

    async def adopt_newer_state(
        self, own: RecordedState, policy: Policy, now: float
    ) -> RecordedState:
        """Return the newer state of another process, or the own one, and the recent spend."""

        def adopt() -> RecordedState:
            state = self._accounting.adopt_newer_state(own.state, now)
            return RecordedState(state, self._accounting.recent_spend(state, policy, now))

        return await self._thread.run(adopt, own, keys=self._keys(own.state))

    async def take(self, state: AccountState, policy: Policy, now: float) -> Ticket | SkipReason:
        """Record a probe's worst case as spent, or return why the probe must not be sent."""
        late: Ticket | SkipReason = SkipReason.LEDGER
        take = partial(self._accounting.take, state, policy, now)
        give_back = self._accounting.give_back
        return await self._thread.run(take, late, undo=give_back, keys=self._keys(state))

    async def settle(
        self, ticket: Ticket, report: Report, after: RecordedState, policy: Policy, now: float
    ) -> RecentSpend:
        """Replace the worst case by the requests that were sent; return the recent spend."""

        def settle() -> RecentSpend:
            self._accounting.settle(ticket, report, after.state, now)
            return self._accounting.recent_spend(after.state, policy, now)

        return await self._thread.run(settle, after.spent, keys=self._keys(after.state))

    async def check(self) -> None:
        """Find out whether a ledger that failed works again, and whether its server answers."""
        if self._accounting.is_on_server or self.problem is not None:
            await self._thread.run(self._accounting.check, None)

    async def pause(self, state: AccountState, now: float) -> None:
        """Record the pause that a response to a request of the user's own requests."""
        pause = partial(self._accounting.pause, state, now)
        await self._thread.run(pause, None, keys=self._keys(state))

    async def observe(self, account: str, traffic: Traffic, now: float) -> bool:
        """Add observed traffic of an account's own requests.

        Return whether what it says about rate limits is the latest.

        :raises LedgerError: if it cannot be recorded.
        """
        add = partial(self._accounting.observe, account, traffic, now)
        late: bool | LedgerError = self._accounting.slowness(self._thread.patience)
        added = await self._thread.run(add, late)
        if isinstance(added, LedgerError):
            raise added
        return added

    async def observations(self, since: int, now: float) -> Sequence[StoredTraffic]:
        """Return the observations of accounts after the serial ``since``."""
        return await self._thread.run(partial(self._accounting.observations, since, now), ())

    async def remember(self, state: AccountState) -> None:
        """Store the state of an account."""
        remember = partial(self._accounting.remember, state)
        await self._thread.run(remember, None, keys=self._keys(state))

    async def forget(self, name: str) -> None:
        """Delete the state of an account; its spend stays."""
        forget = partial(self._accounting.forget, name)
        await self._thread.run(forget, None, keys={account_key(name)})

    def _keys(self, state: AccountState) -> frozenset[str]:
        return self._accounting.pacing.keys(state)
