"""A data folder for the command line, with grants of the sandbox's users."""

import time
from pathlib import Path
from typing import NamedTuple

from tests.cli.conftest import Run
from tests.support.accounts.kill_run import FITBIT, GOOGLE
from tests.support.cli.run_result import RunResult
from tokcheck.accounts.grant import Client, Grant, Tokens, grant_from_tokens
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.sandbox import SandboxState

LONG = 28_800.0


def make_grant(
    sandbox_state: SandboxState,
    name: str,
    client: Client = FITBIT,
    *,
    left: float = LONG,
    person: str = "alex",
) -> Grant:
    """Return a grant of a sandbox user; its access token is valid for ``left`` seconds."""
    issued = sandbox_state.exchange_code(
        client.client_id, sandbox_state.issue_code(client.client_id, person)
    )
    assert issued.refresh is not None
    tokens = Tokens(
        Secret(issued.access),
        Secret(issued.refresh),
        expires_in=left,
        scopes=tuple(issued.scopes),
        user_id="7TESTS",
    )
    return grant_from_tokens(name, client, tokens, time.time())


class AccountStore(NamedTuple):
    """A data folder, the sandbox that its accounts belong to, and a way to run the command."""

    folder: Path
    sandbox_state: SandboxState
    run: Run
    env: dict[str, str]

    def add(self, name: str, client: Client = FITBIT, *, left: float = LONG) -> Grant:
        """Store one more grant and return it; those of a client have the same user."""
        grant = make_grant(self.sandbox_state, name, client, left=left)
        with Store(self.folder) as store:
            store.put(grant)
        return grant

    def put(self, grant: Grant) -> None:
        with Store(self.folder) as store:
            store.put(grant)

    def grant(self, name: str) -> Grant:
        with Store(self.folder) as store:
            return store.grant(name)

    def names(self) -> list[str]:
        with Store(self.folder) as store:
            return [grant.name for grant in store.grants()]

    def __call__(self, *words: str, stdin: str = "", **env: str) -> RunResult:
        return self.run(*words, stdin=stdin, env=self.env | env)

    def files(self) -> str:
        """Return the text of all files in the folder but the store."""
        return "".join(
            path.read_bytes().decode(errors="replace")
            for path in self.folder.rglob("*")
            if path.is_file() and not path.name.startswith("accounts.sqlite3")
        )


__all__ = ["FITBIT", "GOOGLE", "AccountStore", "make_grant"]


def reveal(secret: Secret | None) -> str:
    """Return the text of a secret."""
    assert secret is not None
    return secret.reveal()


def secrets_shown(result: RunResult, *grants: Grant) -> list[str]:
    """Return the names of the grants that have a secret in the output of a command."""
    output = result.out + result.err
    return [
        grant.name
        for grant in grants
        for secret in (grant.access, grant.refresh, grant.client.secret)
        if secret is not None and len(secret) and secret.reveal() in output
    ]
