"""The second half of the demo: the exporter over the sandbox, with accounts that are in use."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from tokcheck.exporter.service import ExporterSettings
    from tokcheck.exporter.web.listen import Address
    from tokcheck.sandbox.server import Sandbox
    from tokcheck.sandbox.state.sandbox_state import SandboxState
    from tokcheck.sandbox.state.tokens import AccessToken

LIMIT = 60
WINDOW_SECONDS = 45
_STEP_SECONDS = 0.5
_ENDS_SECONDS = 150
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


class Use(NamedTuple):
    """How many calls somebody spends on a token in a second, apart from our own."""

    token: "AccessToken"
    rate: float


class Lively(NamedTuple):
    """The accounts of the demo: their pastes in order, and who uses them."""

    pastes: tuple[str, ...]
    uses: tuple[Use, ...]


def accounts(world: "SandboxState") -> Lively:
    """Mint the accounts' tokens, in windows that are short enough to watch."""
    from tokcheck.sandbox.state.rate_limits import RateLimitRule

    world.set_rate_limit("fitbit", RateLimitRule(LIMIT, WINDOW_SECONDS))
    world.reset_windows()
    busy = world.issue_fitbit_token(account="alex", scopes=("settings", "sleep"))
    calm = world.issue_fitbit_token(account="bo")
    ending = world.issue_fitbit_token(account="nodevices", lifetime=_ENDS_SECONDS)
    revoked = world.issue_fitbit_token(account="drawer")
    world.revoke(revoked)
    google = world.issue_google_token(account="alex", scopes=("settings", "sleep"))
    by_text = {token.text: token for token, _ in world.tokens()}
    return Lively(
        (f'curl -H "authorization: Bearer {busy}"', calm, ending, revoked, google),
        (Use(by_text[busy], 1.6), Use(by_text[calm], 0.5)),
    )


async def metrics_once(sandbox: "Sandbox") -> str:
    """Look at every account one time and return the metrics."""
    from tokcheck.exporter.metrics.exposition import TextFormat
    from tokcheck.exporter.service import open_exporter, system_runtime

    world = system_runtime(lambda _: None)
    with TemporaryDirectory(prefix="tokcheck-demo-") as folder:
        _log_in(sandbox.state, Path(folder))
        settings = _settings(sandbox, accounts(sandbox.state).pastes, Path(folder))
        async with open_exporter(settings, world) as service:
            await service.engine.run_once()
            return service.exposition.render(TextFormat.TEXT, world.clock.now()).decode()


async def live(
    sandbox: "Sandbox",
    addresses: "Sequence[Address]",
    stop: asyncio.Event,
    say: Callable[[str], None],
) -> None:
    """Serve the exporter until ``stop`` is set, on the first of the addresses if it is free."""
    from tokcheck.exporter.service import open_exporter, system_runtime

    lively = accounts(sandbox.state)
    with TemporaryDirectory(prefix="tokcheck-demo-") as folder:
        _log_in(sandbox.state, Path(folder))
        settings = _settings(sandbox, lively.pastes, Path(folder))
        async with open_exporter(settings, system_runtime(say)) as service:
            using = asyncio.create_task(_use(sandbox.state, lively.uses))
            try:
                await service.run(_free(addresses), None, stop)
            finally:
                using.cancel()


def _free(addresses: "Sequence[Address]") -> "Address":
    """Return the first address that can be had, or the last."""
    from tokcheck.exporter.web.listen import listen

    for address in addresses[:-1]:
        try:
            listen(address).close()
        except UsageError:
            continue
        return address
    return addresses[-1]


async def _use(world: "SandboxState", uses: "Sequence[Use]") -> None:
    """Spend calls as a fetcher would, unevenly."""
    chance = random.Random(1)  # noqa: S311 - a demo's pace
    while True:
        for use in uses:
            for _ in range(int(use.rate * _STEP_SECONDS + chance.random())):
                world.count_call(use.token)
        await asyncio.sleep(_STEP_SECONDS)


def _log_in(world: "SandboxState", folder: Path) -> None:
    """Store an account, as a login would, whose token ends soon enough to see it refreshed."""
    from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
    from tokcheck.accounts.store.store import Store
    from tokcheck.core.secret import Secret
    from tokcheck.sandbox.state.clients import GOOGLE_CLIENT, GOOGLE_SECRET

    issued = world.exchange_code(GOOGLE_CLIENT, world.issue_code(GOOGLE_CLIENT, "bo"))
    client = Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET))
    tokens = Tokens(
        Secret(issued.access),
        None if issued.refresh is None else Secret(issued.refresh),
        expires_in=_ENDS_SECONDS,
        refresh_expires_in=_CONSENT_SECONDS,
    )
    with Store(folder) as store:
        store.put(grant_from_tokens("bo-logged-in", client, tokens, world.now()))


def _settings(sandbox: "Sandbox", pastes: Sequence[str], folder: Path) -> "ExporterSettings":
    from tokcheck.exporter.service import ExporterSettings
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
