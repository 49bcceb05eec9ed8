"""The first round of the exporter: every account is processed once after the start."""

from collections.abc import Iterable

from tokcheck.exporter.state.account_state import AccountState


class FirstRound:
    """Which accounts wait for their first probe since the start."""

    def __init__(self) -> None:
        self._waiting: set[str] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the accounts are known."""
        return self._waiting is not None

    @property
    def is_over(self) -> bool:
        """Whether every account was processed."""
        return self._waiting is not None and not self._waiting

    def begin(self, states: Iterable[AccountState]) -> None:
        """Wait for the accounts that were never probed and will be.

        Accounts with traffic of the user's own requests are not waited for.
        """
        self._waiting = {
            state.name
            for state in states
            if state.is_unverified and state.next_probe_at is not None
        }

    def finish(self, name: str) -> None:
        """Wait no more for an account, which was processed or removed."""
        if self._waiting is not None:
            self._waiting.discard(name)
