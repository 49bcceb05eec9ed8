"""Logins with declared providers, against the sandbox."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.cli.login_process import (
    follow_redirect,
    give_consent,
    login,
    secrets_of,
    stored_grants,
)
from tests.support.cli.run_result import RunResult
from tokcheck.accounts.grant import Grant
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import DECLARED_SECRET, declared_client_id


class DeclaredLogins(NamedTuple):
    """A sandbox of all ready-made providers, and the environment of logins to it."""

    sandbox: Sandbox
    home: Path
    port: int
    env: dict[str, str]

    def finish_login(self, name: str, *words: str, client_id: str = "") -> RunResult:
        """Log in as a user, and return what the command printed."""
        client_id = client_id or declared_client_id(name)
        options = ["--client-id", client_id, "--port", str(self.port), *words]
        with login([name, *options], self.env) as started:
            follow_redirect(give_consent(started.address))
            result = started.finish()
        assert 0 == result.code, result.err
        return result

    def log_in(self, name: str, *words: str, client_id: str = "") -> Grant:
        """Log in as a user, and return the grant that is stored."""
        result = self.finish_login(name, *words, client_id=client_id)
        grant = next(one for one in stored_grants(self.home) if one.client.provider == name)
        assert [] == [one for one in secrets_of([grant]) if one in result.out + result.err]
        return grant


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeclaredLogins]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    state = SandboxState(declared=TABLES.values())
    for client in state.clients.all():
        uris = (f"http://127.0.0.1:{port}/callback",)
        state.clients.put(replace(client, redirect_uris=uris))
    home = tmp_path_factory.mktemp("declared") / "home"
    with serve_in_thread(state) as served:
        env = {"TOKCHECK_HOME": str(home), "BROWSER": "true %s"}
        for name, table in TABLES.items():
            base = f"{served.url}/providers/{name}"
            provider = provider_of(table)
            env |= {service.variable: base for service in provider.services.values()}
            if provider.endpoints is not None:
                path = state.declared.get(name).oauth_path("authorize")
                env[provider.endpoints.authorize.variable] = f"{base}{path}"
                env[provider.endpoints.variable("CLIENT_SECRET")] = DECLARED_SECRET
        yield DeclaredLogins(served, home, port, env)
