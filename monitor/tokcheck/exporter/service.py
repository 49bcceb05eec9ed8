"""The exporter put together: accounts, ledger, network, engine and metrics."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random, SystemRandom
from typing import NamedTuple

from tokcheck import __version__
from tokcheck.core.errors import UsageError
from tokcheck.exporter.auto_refresh import Keeper
from tokcheck.exporter.engine import Clock, Engine, Parts
from tokcheck.exporter.ledger.ledger import Ledger, uptime
from tokcheck.exporter.metrics.exposition import Answer, Exposition
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.sources.registry import Roster, Selection
from tokcheck.exporter.sources.selection import Shard
from tokcheck.exporter.state.account_state import Exporter, Standing
from tokcheck.exporter.state.forecast import runs_out
from tokcheck.exporter.store_refresher import Refreshing
from tokcheck.exporter.web.app import build_app
from tokcheck.exporter.web.listen import Address
from tokcheck.exporter.web.server import serve
from tokcheck.providers.base import Provider
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import Endpoints


class Settings(NamedTuple):
    """What to watch, and with what.

    ``ledger`` is the path of the file that keeps the spend; ``refresh`` is after how many seconds
    the sources are looked at again.
    """

    selection: Selection
    providers: Mapping[str, Provider]
    endpoints: Endpoints
    ledger: Path
    shard: Shard | None = None
    environment: Mapping[str, str] = os.environ
    refresh: float = 5.0


class World(NamedTuple):
    """What comes from outside: the time, chance, and where lines for people go.

    ``steady`` returns the seconds of a clock that nobody sets, for the ledger; ``pause`` waits so
    many seconds between two attempts of one refresh.
    """

    clock: Clock
    random: Random
    log: Callable[[str], None]
    steady: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


def real_world(log: Callable[[str], None]) -> World:
    """Return the machine's own clock and chance."""
    return World(Clock(time.time, _wait), SystemRandom(), log, uptime)


class Service:
    """An exporter: its engine, its metrics, and what the web side asks of both."""

    def __init__(
        self, engine: Engine, exposition: Exposition, world: World, titles: Mapping[str, str]
    ) -> None:
        self.engine = engine
        self.exposition = exposition
        self.titles = titles
        self._world = world
        self._loaded_at = world.clock.now()

    def answer(self, accept: str, accept_encoding: str) -> Answer:
        """Return the metrics in the form that these two request headers ask for."""
        return self.exposition.answer(accept, accept_encoding, self.now())

    def standings(self) -> Sequence[Standing]:
        """Return what is known about each account."""
        return self.engine.standings()

    def ready(self) -> bool:
        """Tell whether the first round of probes has ended."""
        return self.engine.ready()

    def now(self) -> float:
        """Return the present moment in Unix seconds."""
        return self._world.clock.now()

    async def run(self, address: Address, web_config: Path | None, stop: asyncio.Event) -> None:
        """Serve and probe until ``stop`` is set.

        :raises UsageError: if the address or the web configuration cannot be used.
        """
        web = serve(build_app(self, runs_out=runs_out), address, web_config, stop, self._world.log)
        tasks = [asyncio.create_task(web), asyncio.create_task(self.engine.run(stop))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()  # neither is of use without the other
            await asyncio.gather(*tasks)

    async def reload(self) -> None:
        """Read the configuration again.

        :raises UsageError: if it cannot be used; then everything stays as it was.
        """
        try:
            await self.engine.reload()
        except UsageError as error:
            self._world.log(f"The configuration was not read again: {error.message} {error.hint}")
            self.exposition.own(_own(ok=False, at=self._loaded_at))
            raise
        self._world.log("The configuration was read again.")
        self._loaded_at = self._world.clock.now()
        self.exposition.own(_own(ok=True, at=self._loaded_at))


@asynccontextmanager
async def started(settings: Settings, world: World) -> AsyncIterator[Service]:
    """Put an exporter together; its engine runs when somebody runs it.

    :raises UsageError: if the accounts or the ledger cannot be used.
    """
    roster = Roster(
        settings.selection,
        environ=settings.environment,
        timer=time.monotonic,
        shard=settings.shard,
    )
    roster.load()
    now = world.clock.now
    exposition = Exposition(_own(ok=True, at=now()))
    net = AsyncNet(
        settings.endpoints,
        timeout=roster.config.timeout,
        pause=asyncio.sleep,
        connections=roster.config.connections,
    )
    with Ledger(settings.ledger, steady=world.steady) as ledger:
        ledger.recall("", "")  # a file that cannot be used is told now, not at the first probe
        async with net:
            prober = Prober(
                settings.providers,
                net,
                now=lambda: datetime.fromtimestamp(now(), UTC),
                timer=time.monotonic,
            )
            refreshing = Refreshing(
                settings.selection.home or settings.ledger.parent,
                settings.providers,
                net.send,
                now=now,
                timer=world.steady,
                pause=world.pause,
            )
            keeper = Keeper(refreshing.fresh, now=now, random=world.random, log=world.log)
            parts = Parts(roster, prober, ledger, exposition, settings.providers, keeper)
            engine = Engine(
                parts,
                clock=world.clock,
                random=world.random,
                log=world.log,
                workers=roster.config.connections,
                refresh=settings.refresh,
            )
            titles = {name: provider.title for name, provider in settings.providers.items()}
            try:
                yield Service(engine, exposition, world, titles)
            finally:
                await keeper.aclose(0)
                await refreshing.aclose()
                await roster.aclose()


async def _wait(until: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        # A clock that is set back must not make this wait for ever.
        await asyncio.wait_for(event.wait(), max(0.0, min(until - time.time(), 60.0)))


def _own(*, ok: bool, at: float) -> Exporter:
    version = ".".join(map(str, sys.version_info[:3]))
    return Exporter(ok, at, __version__, version)
