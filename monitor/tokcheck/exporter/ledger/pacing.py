"""How often an account is probed, and under which keys its requests are counted."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tokcheck.exporter.ledger.ledger_keys import account_key
from tokcheck.exporter.ledger.tables.spend_table import ReportedLimit, ReportedLimits
from tokcheck.exporter.scheduling.budget import (
    CountedWindow,
    RecentSpend,
    effective_pace,
    learned_pace,
    window_seconds,
)
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.budget_subject import application_subject
from tokcheck.exporter.state.probe_origin import ProbeOrigin, hash_servers, probe_origin
from tokcheck.providers.base import Pace, Provider
from tokcheck.transport.endpoints import Endpoints

NO_ENDPOINTS = Endpoints(MappingProxyType({}))
# For a paste that belongs to no provider: nothing is sent, so nothing is paced.
_NO_PACE = Pace("hour", 3600.0, 0, requests=0, every=3600.0, reports_remaining=False)
_NO_SPEND = RecentSpend()
_LARGEST_LIMIT = 10**12  # a database has no larger numbers than of 64 bits


class Pacing:
    """The paces of accounts, and the keys of their requests in the ledger; uses no disk."""

    def __init__(
        self, providers: Mapping[str, Provider], endpoints: Endpoints = NO_ENDPOINTS
    ) -> None:
        self._providers = providers
        self._endpoints = endpoints

    def pace(self, state: AccountState, policy: Policy, spent: RecentSpend = _NO_SPEND) -> Pace:
        """Return the pace at which an account's provider is probed, by the account's window.

        Its limits are those that ``spent`` has for the account's subject, or the documented ones.
        """
        provider = self._providers.get(state.provider or "")
        if provider is None:
            return _NO_PACE
        return learned_pace(effective_pace(provider.pace, policy), spent.limits)

    def origin(self, provider_name: str | None, policy: Policy) -> ProbeOrigin | None:
        """Return the origin of a probe's report; ``None`` without a known provider."""
        provider = self._providers.get(provider_name or "")
        if provider is None:
            return None
        return probe_origin(self._addresses(provider), window_seconds(provider.pace, policy))

    def subject(self, state: AccountState) -> str:
        """Return the key by which an account's requests are counted in the first window.

        It is the application's where the provider counts those of all its users together.
        """
        provider = self._providers.get(state.provider or "")
        if provider is not None and provider.pace.owner == "project":
            return application_subject(provider.name)
        return state.subject

    def keys(self, state: AccountState) -> frozenset[str]:
        """Return the keys of the rows that a use of the ledger for an account may change."""
        return frozenset({account_key(state.name), state.subject, self.subject(state)})

    def server(self, state: AccountState) -> str:
        """Return a hash of the servers that an account is probed at."""
        provider = self._providers.get(state.provider or "")
        return "" if provider is None else hash_servers(self._addresses(provider))

    def share_pauses(self, one: AccountState, other: AccountState) -> bool:
        """Return whether a requested pause of one account holds for another one as well.

        All accounts of a provider are probed at the same servers.
        """
        return one.provider == other.provider and self.subject(one) == self.subject(other)

    def further_windows(self, state: AccountState, policy: Policy) -> Sequence[CountedWindow]:
        """Return the windows beside the first one that count an account's requests."""
        pace = self.pace(state, policy)
        subject = self.subject(state)
        return [
            CountedWindow(each.seconds, subject if each.owner == pace.owner else state.subject)
            for each in pace.further
        ]

    def reported_limits(self, state: AccountState) -> Sequence[ReportedLimits]:
        """Return the limits of an account that responses reported, by their owner."""
        pace = self.pace(state, Policy())
        server = self.server(state)
        return [
            ReportedLimits(subject, server, _limits_of(state, owner))
            for owner, subject in (("user", state.subject), ("project", self.subject(state)))
            if owner == pace.owner or any(each.owner == owner for each in pace.further)
        ]

    def _addresses(self, provider: Provider) -> list[str]:
        return [self._endpoints.find(provider, service) for service in provider.services]


def _limits_of(state: AccountState, owner: str) -> tuple[ReportedLimit, ...]:
    """Return the limits of an owner's windows that responses reported."""
    return tuple(
        ReportedLimit(quota.window, at, min(quota.limit, _LARGEST_LIMIT))
        for quota in state.quota
        if quota.limit is not None
        and quota.owner == owner
        and quota.source in {"headers", "observed"}
        and (at := state.observed_at_of(quota)) is not None
    )
