"""The second half of the demo: the exporter over the sandbox, with simulated clients."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.web.listening.address import Address
    from tokcheck.sandbox.server import Sandbox
    from tokcheck.sandbox.state.sandbox_state import SandboxState
    from tokcheck.sandbox.state.tokens import AccessToken

LIMIT = 60
WINDOW_SECONDS = 45
_STEP_SECONDS = 0.5
_TOKEN_SECONDS = 150
_CONSENT_SECONDS = 7 * 86_400

# The names of variables, not the tokens: those stay in memory.
_CONFIG = """
store = true

[defaults]
window = "{window}s"
every = "6s"
share = 0.2
reserve = 3

[accounts]
alex-busy = {{ env = "DEMO_0" }}
bo-calm = {{ env = "DEMO_1" }}
casey-ends-soon = {{ env = "DEMO_2" }}
dora-revoked = {{ env = "DEMO_3" }}
alex-google = {{ env = "DEMO_4", window = "60s" }}
"""


class ClientLoad(NamedTuple):
    """The load of a simulated client on a token, besides the exporter's own requests."""

    token: "AccessToken"
    rate: float
    """Requests a second."""


class DemoAccounts(NamedTuple):
    """The accounts of the demo."""

    pastes: tuple[str, ...]
    """Their pastes, in the order of the configuration."""
    loads: tuple[ClientLoad, ...]


def create_accounts(state: "SandboxState") -> DemoAccounts:
    """Issue the accounts' tokens, with rate limit windows that are short enough to watch."""
    from tokcheck.sandbox.state.rate_limits import RateLimitRule

    state.set_rate_limit("fitbit", RateLimitRule(LIMIT, WINDOW_SECONDS))
    state.reset_windows()
    busy = state.issue_fitbit_token(account="alex", scopes=("settings", "sleep"))
    calm = state.issue_fitbit_token(account="bo")
    expiring = state.issue_fitbit_token(account="nodevices", lifetime=_TOKEN_SECONDS)
    revoked = state.issue_fitbit_token(account="drawer")
    state.revoke(revoked)
    google = state.issue_google_token(account="alex", scopes=("settings", "sleep"))
    by_text = {token.text: token for token, _ in state.tokens()}
    return DemoAccounts(
        (f'curl -H "authorization: Bearer {busy}"', calm, expiring, revoked, google),
        (ClientLoad(by_text[busy], 1.6), ClientLoad(by_text[calm], 0.5)),
    )


@contextmanager
def _data_folder() -> Iterator[Path]:
    """Name a data folder for the block.

    The store makes it private, which the temporary folders of some systems are not.
    """
    with TemporaryDirectory(prefix="tokcheck-demo-") as folder:
        yield Path(folder) / "data"


async def metrics_once(sandbox: "Sandbox") -> str:
    """Probe every account once and return the metrics."""
    from tokcheck.exporter.assembly import open_exporter
    from tokcheck.exporter.log.events import log_messages
    from tokcheck.exporter.metrics.exposition import TextFormat
    from tokcheck.exporter.service import system_runtime

    runtime = system_runtime(log_messages(lambda _: None))
    with _data_folder() as folder:
        _store_account(sandbox.state, folder)
        settings = _settings(sandbox, create_accounts(sandbox.state).pastes, folder)
        async with open_exporter(settings, runtime) as service:
            await service.engine.run_once()
            return service.exposition.render(TextFormat.TEXT, runtime.clock.now()).decode()


async def live(
    sandbox: "Sandbox",
    addresses: "Sequence[Address]",
    stop: asyncio.Event,
    log: Callable[[str], None],
) -> None:
    """Serve the exporter until ``stop`` is set, on the first of the addresses if it is free."""
    from tokcheck.exporter.assembly import open_exporter
    from tokcheck.exporter.log.events import log_messages
    from tokcheck.exporter.service import system_runtime
    from tokcheck.exporter.web.options import WebOptions

    demo = create_accounts(sandbox.state)
    with _data_folder() as folder:
        _store_account(sandbox.state, folder)
        settings = _settings(sandbox, demo.pastes, folder)
        async with open_exporter(settings, system_runtime(log_messages(log))) as service:
            clients = asyncio.create_task(_simulate_clients(sandbox.state, demo.loads))
            try:
                await service.run(WebOptions((_first_free(addresses),)), stop)
            finally:
                clients.cancel()


def _first_free(addresses: "Sequence[Address]") -> "Address":
    """Return the first address that is free, or the last one."""
    from tokcheck.exporter.web.listening.listener import listen

    for address in addresses[:-1]:
        try:
            listen(address).close()
        except UsageError:
            continue
        return address
    return addresses[-1]


async def _simulate_clients(state: "SandboxState", loads: "Sequence[ClientLoad]") -> None:
    """Count requests as unevenly as those of real clients."""
    chance = random.Random(1)  # noqa: S311 - a demo's pace
    while True:
        for load in loads:
            for _ in range(int(load.rate * _STEP_SECONDS + chance.random())):
                state.count_request(load.token)
        await asyncio.sleep(_STEP_SECONDS)


def _store_account(state: "SandboxState", folder: Path) -> None:
    """Store an account as a login does; its token expires soon enough to see it refreshed."""
    from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
    from tokcheck.accounts.store.sqlite.store import Store
    from tokcheck.core.secret import Secret
    from tokcheck.sandbox.state.clients import GOOGLE_CLIENT, GOOGLE_SECRET

    issued = state.exchange_code(GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT, "bo"))
    client = Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET))
    tokens = Tokens(
        Secret(issued.access),
        None if issued.refresh is None else Secret(issued.refresh),
        expires_in=_TOKEN_SECONDS,
        refresh_expires_in=_CONSENT_SECONDS,
    )
    with Store(folder) as store:
        store.put(grant_from_tokens("bo-logged-in", client, tokens, state.now()))


def _settings(sandbox: "Sandbox", pastes: Sequence[str], folder: Path) -> "ExporterSettings":
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.sources.registry import Selection
    from tokcheck.providers import REGISTRY
    from tokcheck.transport.endpoints import Endpoints

    config = folder / "accounts.toml"
    config.write_text(_CONFIG.format(window=WINDOW_SECONDS))
    services = ((p.name, service) for p in REGISTRY.values() for service in p.services)
    return ExporterSettings(
        Selection(config, home=folder),
        REGISTRY,
        Endpoints(dict.fromkeys(services, sandbox.url)),
        folder / "exporter.sqlite3",
        environment={f"DEMO_{number}": paste for number, paste in enumerate(pastes)},
        poll_interval=2.0,
    )
