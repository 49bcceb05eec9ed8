"""What the engine holds of one account."""

from dataclasses import dataclass

from tokcheck.exporter.scheduling.budget import RecentSpend
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.providers.observed.traffic import ObservedQuota


@dataclass(slots=True)
class AccountRecord:
    """A watched account, its state and its spend."""

    watched: WatchedAccount
    state: AccountState
    spent: RecentSpend
    """The recent spend, as the ledger last reported it."""
    observed: ObservedQuota | None = None
    """The latest response to the user's own requests that was applied."""
