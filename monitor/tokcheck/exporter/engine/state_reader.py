"""The state of an account after a reading of its source and of the ledger."""

from tokcheck.core.report import Report
from tokcheck.exporter.engine.parts import Parts
from tokcheck.exporter.ledger.accounting import KeptState
from tokcheck.exporter.ledger.async_accounting import AsyncAccounting
from tokcheck.exporter.scheduling.clock import Clock
from tokcheck.exporter.sources.account import WatchedAccount
from tokcheck.exporter.state import source_change, transitions
from tokcheck.exporter.state.account_state import AccountState


class StateReader:
    """Combines the known state of an account, its source's content, and the ledger's record."""

    def __init__(self, parts: Parts, accounting: AsyncAccounting, clock: Clock) -> None:
        self._parts = parts
        self._accounting = accounting
        self._clock = clock

    def check_offline(self, watched: WatchedAccount) -> Report | None:
        """Return the offline report on an account's text; ``None`` if it has none."""
        return None if watched.paste is None else self._parts.prober.check_offline(watched)

    def read_state(
        self,
        own: AccountState | None,
        kept: KeptState,
        watched: WatchedAccount,
        report: Report | None,
    ) -> AccountState:
        """Return an account's state after a reading of its source and of the ledger."""
        known = own if kept.state is None else kept.state
        if own is not None and own.record_unread and kept.state is not None:
            known = transitions.apply_record(own, kept.state)
        policy = watched.account.policy
        provider = (report and report.provider) or watched.account.provider
        state = source_change.apply_reading(
            known,
            watched,
            report,
            provider,
            self._accounting.origin(provider, policy),
            self._clock.now(),
            is_fetched=self._parts.auto_refresh.has_fetched(watched),
        )
        # Another turn may have read it meanwhile.
        was_read = own is not None and own.version != "" and not own.record_unread
        return state._replace(record_unread=not (kept.is_read or was_read))
