"""A store with grants of the sandbox's users, for exporters that refresh them."""

from pathlib import Path

from tests.support.accounts.kill_run import FITBIT, GOOGLE
from tokcheck.accounts.grant import Client, Grant, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.sandbox import SandboxState

__all__ = ["FITBIT", "GOOGLE", "consented_grant", "put", "refresh_token"]

_LIVES = {"fitbit": 28_800.0, "google-health": 3_600.0}


def consented_grant(
    sandbox_state: SandboxState, client: Client, name: str = "anna", *, account: str = "alex"
) -> Grant:
    """Return the grant that a login of a sandbox user would store."""
    issued = sandbox_state.exchange_code(
        client.client_id, sandbox_state.issue_code(client.client_id, account)
    )
    ends = issued.refresh_expires_at
    assert issued.refresh is not None
    tokens = Tokens(
        Secret(issued.access),
        Secret(issued.refresh),
        expires_in=_LIVES[client.provider],
        refresh_expires_in=None if ends is None else ends - sandbox_state.now(),
    )
    return grant_from_tokens(name, client, tokens, sandbox_state.now())


def put(home: Path, *grants: Grant) -> None:
    """Store grants, as another process would."""
    with Store(home) as store:
        for grant in grants:
            store.put(grant)


def refresh_token(home: Path, name: str = "anna") -> str:
    """Return an account's present refresh token."""
    with Store(home) as store:
        refresh = store.grant(name).refresh
    assert refresh is not None
    return refresh.reveal()
