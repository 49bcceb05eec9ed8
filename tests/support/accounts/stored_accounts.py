"""A data folder with accounts of the sandbox's users, and the environment that names both."""

import time
from pathlib import Path
from typing import NamedTuple

from tests.support.exporter.sandbox_store import FITBIT, GOOGLE, consented_grant, put
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.store import Store
from tokcheck.sandbox import Sandbox

__all__ = ["FITBIT", "GOOGLE", "StoredAccounts"]

DEVICES = "/1/user/-/devices.json"


class StoredAccounts(NamedTuple):
    """A data folder and the sandbox that its accounts belong to."""

    sandbox: Sandbox
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the package reads."""
        return {
            "TOKCHECK_HOME": str(self.home),
            "TOKCHECK_FITBIT_URL": self.sandbox.url,
            "TOKCHECK_GOOGLE_HEALTH_URL": self.sandbox.url,
            "TOKCHECK_GOOGLE_OAUTH_URL": self.sandbox.url,
        }

    def add(self, name: str, client: Client = FITBIT, *, left: float | None = None) -> Grant:
        """Store an account and return its grant; its token is valid for ``left`` seconds."""
        grant = consented_grant(self.sandbox.state, client, name)
        if left is not None:
            grant = grant._replace(expires_at=time.time() + left)
        put(self.home, grant)
        return grant

    def token(self, name: str) -> str:
        """Return the access token that the store has now."""
        with Store(self.home) as store:
            return store.grant(name).access.reveal()

    def remove(self, name: str) -> None:
        """Delete an account."""
        with Store(self.home) as store:
            store.remove(name)

    def refreshes(self) -> int:
        """Return how many refreshes have issued new tokens."""
        return self.sandbox.state.refresh_counts().renewed

    def statuses(self, path: str = DEVICES) -> dict[int, int]:
        """Return how many responses the sandbox has given for a path, by their status."""
        counts = self.sandbox.state.request_counts()
        return {status: number for (_, at, status), number in counts.items() if at == path}
