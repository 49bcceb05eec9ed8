"""The state of an account after requests of its user that a program observed."""

from tokcheck.exporter.engine.account_record import AccountRecord
from tokcheck.exporter.engine.parts import Parts
from tokcheck.exporter.ledger.async_accounting import AsyncAccounting
from tokcheck.exporter.scheduling.configured_window import traffic_of_account
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.observed_traffic import apply_traffic
from tokcheck.providers.observed.traffic import Traffic


class TrafficReader:
    """Applies the traffic of a user's own requests to the state of an account."""

    def __init__(self, parts: Parts, accounting: AsyncAccounting) -> None:
        self._parts = parts
        self._accounting = accounting

    def read_traffic(self, entry: AccountRecord, observed: Traffic, now: float) -> AccountState:
        """Return an account's state after observed traffic; the record keeps its response."""
        policy = entry.watched.account.policy
        provider = self._parts.providers.get(observed.provider)
        traffic = traffic_of_account(observed, provider, policy)
        state = apply_traffic(
            entry.state,
            traffic,
            self._accounting.pace(entry.state, policy, entry.spent),
            now,
            shows_usable=self._is_shown_by_traffic(entry, traffic),
            applied=entry.observed,
        )
        entry.observed = traffic.latest
        return state

    def _is_shown_by_traffic(self, entry: AccountRecord, traffic: Traffic) -> bool:
        """Return whether the user's own requests can show that an account is usable.

        They do not show the scopes that it requires, nor do those before a refresh show that the
        present token works. Where a status of success may be a refusal,
        each response says whether it shows that; the number of responses does not.
        """
        lacks_scopes = bool(entry.watched.account.require_scopes) and entry.state.scopes is None
        provider = self._parts.providers.get(entry.state.provider or "")
        is_counted = provider is not None and not provider.pace.reports_remaining
        hides_refusals = provider is not None and provider.refuses_in_success
        grant, accepted_at = entry.watched.grant, traffic.latest_accepted_at
        is_of_old_token = (
            grant is not None and accepted_at is not None and accepted_at < grant.obtained_at
        )
        return not (lacks_scopes or is_of_old_token or (is_counted and hides_refusals))
