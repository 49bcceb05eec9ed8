"""A sandbox that signals each refresh request, and a store with only expired access tokens."""

import threading
from pathlib import Path
from typing import NamedTuple

from tests.support.exporter.sandbox_store import consented_grant, put
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.sandbox import SandboxState

_LIFE = 3600
_TOKENS = {"/oauth2/token", "/token"}


class SignallingState(SandboxState):
    """The state of a sandbox that signals every refresh between carrying it out and responding.

    While ``gate`` is closed, no response is sent; it is open at first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self._requested = threading.Semaphore(0)

    def record(self, method: str, path: str, status: int) -> None:
        super().record(method, path, status)
        if path in _TOKENS:
            self._requested.release()
            assert self.gate.wait(20)

    def wait(self, requests: int) -> None:
        """Wait for this number of further refresh requests."""
        for _ in range(requests):
            assert self._requested.acquire(timeout=20)


class DueStore(NamedTuple):
    """A store of grants with expired access tokens, and the sandbox that issued them."""

    sandbox_state: SignallingState
    home: Path
    env: dict[str, str]

    def consent(self, name: str, client: Client, person: str = "alex") -> Grant:
        """Store a grant with an access token that has just expired."""
        grant = consented_grant(self.sandbox_state, client, name, account=person)
        mint = (
            self.sandbox_state.issue_fitbit_token
            if client.provider == "fitbit"
            else self.sandbox_state.issue_google_token
        )
        ended = int(grant.obtained_at)
        access = mint(
            account=person, client_id=client.client_id, lifetime=_LIFE, issued_at=ended - _LIFE
        )
        grant = grant._replace(
            access=Secret(access), expires_at=float(ended), obtained_at=float(ended - _LIFE)
        )
        put(self.home, grant)
        return grant

    def is_settled(self) -> bool:
        """Return whether every grant can be refreshed, and no refresh is pending or has failed."""
        with Store(self.home) as store:
            return all(
                (account.intent, account.broken) == (None, None)
                and account.grant.refresh is not None
                and self.sandbox_state.can_refresh(account.grant.refresh.reveal())
                for account in store.accounts()
            )

    def find_secrets(self, text: str, *grants: Grant) -> list[str]:
        """Return all secrets, current and former, that a text contains."""
        with Store(self.home) as store:
            now = store.grants()
        secrets = [
            secret.reveal()
            for grant in (*grants, *now)
            for secret in (grant.access, grant.refresh, grant.client.secret)
            if secret is not None
        ]
        minted = [token.text for token, _ in self.sandbox_state.tokens()]
        return [secret for secret in (*secrets, *minted) if secret in text]
