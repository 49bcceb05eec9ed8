"""Checks of declared providers against a sandbox that fakes them, over loopback."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.sandbox.conftest import SandboxClock
from tokcheck.checks import Checker
from tokcheck.core.report import Report
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread
from tokcheck.transport import Net
from tokcheck.transport.endpoints import resolve_endpoints
from tokcheck.transport.response import Reception


class DeclaredChecks:
    """A sandbox of declared providers, and a way to check tokens against it."""

    def __init__(
        self, sandbox: Sandbox, clock: SandboxClock, tables: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.sandbox = sandbox
        self.state = sandbox.state
        self.clock = clock
        self.providers = {name: provider_of(table) for name, table in tables.items()}

    def check(self, name: str, token: str, fault: str = "") -> Report:
        """Return the report on a token of a provider; a fault is in the address."""
        base = f"{self.sandbox.url}{f'/~{fault}' if fault else ''}/providers/{name}"
        provider = self.providers[name]
        variables = {service.variable: base for service in provider.services.values()}
        endpoints = resolve_endpoints({name: provider}, variables)
        reception = Reception(now=self.clock.moment)
        with Net(
            endpoints, timeout=10, pause=lambda _: None, verify=False, reception=reception
        ) as net:
            checker = Checker(
                {name: provider},
                now=self.clock.moment,
                timer=lambda: 0.0,
                send=net.send,
                wanted=name,
            )
            return checker.check(token)

    def use(self, name: str, **options: Any) -> Report:
        """Return the report on a new token."""
        return self.check(name, self.state.issue_declared_token(name, **options))


@contextmanager
def declared_sandbox(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[DeclaredChecks]:
    """Run a sandbox of declared providers while the block runs."""
    clock = SandboxClock()
    state = SandboxState(now=clock, random=random.Random(11), declared=tables.values())
    with serve_in_thread(state, slow_seconds=0.0) as served:
        yield DeclaredChecks(served, clock, tables)
