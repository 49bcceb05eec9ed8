"""The exporter assembled from accounts, ledger, network, engine, metrics and web server."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from typing import NamedTuple

from tokcheck import __version__
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.oauth.secret_sources import check_secret_variables
from tokcheck.core.errors import UsageError
from tokcheck.exporter.auto_refresh import AutoRefresh
from tokcheck.exporter.engine import Engine
from tokcheck.exporter.ledger.ledger import Ledger, uptime
from tokcheck.exporter.metrics.exposition import Exposition, ScrapeResponse
from tokcheck.exporter.parts import Parts
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.scheduling.clock import Clock, system_clock
from tokcheck.exporter.sources.registry import AccountRegistry, Selection
from tokcheck.exporter.sources.selection import Shard
from tokcheck.exporter.state.account_state import AccountState, ExporterInfo
from tokcheck.exporter.state.forecast import exhaustion_time
from tokcheck.exporter.store_refresher import StoreRefresher
from tokcheck.exporter.web.app import build_app
from tokcheck.exporter.web.listener import Address
from tokcheck.exporter.web.server import serve
from tokcheck.providers.base import Provider
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.response import Reception


class ExporterSettings(NamedTuple):
    """Which accounts an exporter watches, and the resources that it uses."""

    selection: Selection
    providers: Mapping[str, Provider]
    endpoints: Endpoints
    ledger: Path
    """The ledger's file."""
    shard: Shard | None = None
    environment: Mapping[str, str] = os.environ
    poll_interval: float = 5.0
    """Seconds between two polls of the sources."""


class Runtime(NamedTuple):
    """The clocks, the randomness and the log of a process."""

    clock: Clock
    random: Random
    log: Callable[[str], None]
    """Takes one line at a time, for people."""
    steady: Callable[[], float]
    """Return the seconds of a clock that nobody sets, for the ledger."""
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Wait this many seconds between two attempts of one refresh."""


def system_runtime(log: Callable[[str], None]) -> Runtime:
    """Return the runtime that uses the system's clocks and randomness."""
    return Runtime(system_clock(), SystemRandom(), log, uptime)


class Service:
    """An exporter: its engine, its metrics, and the interface of the web application to both."""

    def __init__(
        self, engine: Engine, exposition: Exposition, runtime: Runtime, titles: Mapping[str, str]
    ) -> None:
        self.engine = engine
        self.exposition = exposition
        self.titles = titles
        self._runtime = runtime
        self._loaded_at = runtime.clock.now()

    def respond_to_scrape(self, accept: str, accept_encoding: str) -> ScrapeResponse:
        """Return the metrics in the format and encoding negotiated by two request headers."""
        return self.exposition.respond(accept, accept_encoding, self.now())

    def account_states(self) -> Sequence[AccountState]:
        """Return what is known about each account."""
        return self.engine.account_states()

    def is_ready(self) -> bool:
        """Return whether the first round of probes has ended."""
        return self.engine.is_ready()

    def now(self) -> float:
        """Return the present moment in Unix seconds."""
        return self._runtime.clock.now()

    async def run(self, address: Address, web_config: Path | None, stop: asyncio.Event) -> None:
        """Serve and probe until ``stop`` is set.

        :raises UsageError: if the address or the web configuration cannot be used; then nothing
            was logged and no request was sent.
        """
        listening = asyncio.Event()
        web = serve(
            build_app(self, runs_out=exhaustion_time),
            address,
            web_config,
            stop,
            self._runtime.log,
            listening=listening,
        )
        tasks = [asyncio.create_task(web), asyncio.create_task(self._probe(listening, stop))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()  # one is of no use without the other
            listening.set()
            await asyncio.gather(*tasks)

    async def _probe(self, listening: asyncio.Event, stop: asyncio.Event) -> None:
        """Run the engine from the moment at which the web server listens."""
        await listening.wait()
        await self.engine.run(stop)

    async def reload(self) -> None:
        """Reload the configuration.

        :raises UsageError: if it cannot be used; then everything stays as it was.
        :raises StoreError: if the store cannot be read; the same.
        """
        try:
            await self.engine.reload()
        except (UsageError, StoreError) as error:
            self._runtime.log(f"Configuration not reloaded: {error.message} {error.hint}")
            self.exposition.put_exporter(_exporter_info(ok=False, at=self._loaded_at))
            raise
        self._runtime.log("Configuration reloaded.")
        self._loaded_at = self._runtime.clock.now()
        self.exposition.put_exporter(_exporter_info(ok=True, at=self._loaded_at))


@asynccontextmanager
async def open_exporter(settings: ExporterSettings, runtime: Runtime) -> AsyncIterator[Service]:
    """Assemble an exporter for the block, and close it afterwards; nothing runs by itself.

    :raises UsageError: if the accounts or the ledger cannot be used.
    :raises StoreError: if the store cannot be read.
    """
    registry = AccountRegistry(
        settings.selection,
        environ=settings.environment,
        timer=time.monotonic,
        shard=settings.shard,
    )
    registry.load()
    for note in check_secret_variables(settings.providers, settings.environment):
        runtime.log(note)
    now = runtime.clock.now
    exposition = Exposition(_exporter_info(ok=True, at=now()))
    net = AsyncNet(
        settings.endpoints,
        timeout=registry.config.timeout,
        pause=asyncio.sleep,
        connections=registry.config.connections,
        reception=Reception(lambda: datetime.fromtimestamp(now(), UTC)),
    )
    with Ledger(settings.ledger, steady=runtime.steady) as ledger:
        ledger.recall("", "")  # raise for an unusable file now, not at the first probe
        async with net:
            prober = Prober(
                settings.providers,
                net,
                now=lambda: datetime.fromtimestamp(now(), UTC),
                timer=time.monotonic,
            )
            refresher = StoreRefresher(
                settings.selection.home or settings.ledger.parent,
                settings.providers,
                net.send,
                now=now,
                timer=runtime.steady,
                pause=runtime.pause,
                environment=settings.environment,
            )
            auto_refresh = AutoRefresh(
                refresher.fresh_grant, now=now, random=runtime.random, log=runtime.log
            )
            parts = Parts(
                registry,
                prober,
                ledger,
                exposition,
                settings.providers,
                settings.endpoints,
                auto_refresh,
            )
            engine = Engine(
                parts,
                clock=runtime.clock,
                random=runtime.random,
                log=runtime.log,
                workers=registry.config.connections,
                refresh=settings.poll_interval,
            )
            titles = {name: provider.title for name, provider in settings.providers.items()}
            try:
                yield Service(engine, exposition, runtime, titles)
            finally:
                await auto_refresh.aclose(0)
                await refresher.aclose()
                await registry.aclose()


def _exporter_info(*, ok: bool, at: float) -> ExporterInfo:
    version = ".".join(map(str, sys.version_info[:3]))
    return ExporterInfo(ok, at, __version__, version)
