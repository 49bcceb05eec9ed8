"""The exporter assembled from accounts, ledger, network, engine, metrics and web server."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tokcheck.accounts.oauth.secret_sources import check_secret_variables
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.exporter.engine import Engine
from tokcheck.exporter.engine.parts import Parts
from tokcheck.exporter.ledger.database import LOSS
from tokcheck.exporter.ledger.ledger import Ledger
from tokcheck.exporter.ledger.ledger_errors import LedgerFullError, LedgerLockedError
from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.metrics.exposition import Exposition
from tokcheck.exporter.prober import Prober
from tokcheck.exporter.refreshing.auto_refresh import AutoRefresh
from tokcheck.exporter.refreshing.store_refresher import StoreRefresher
from tokcheck.exporter.service import Runtime, Service, exporter_info
from tokcheck.exporter.sources.registry import AccountRegistry, Selection
from tokcheck.exporter.sources.selection import Share
from tokcheck.providers.base import Provider
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.response import Reception


class ExporterSettings(NamedTuple):
    """Which accounts an exporter watches, and the resources that it uses."""

    selection: Selection
    providers: Mapping[str, Provider]
    """Those which the configuration need not declare."""
    endpoints: Endpoints
    ledger: Path
    """The ledger's file."""
    share: Share | None = None
    """The part of the accounts that this exporter watches; all by default."""
    environment: Mapping[str, str] = os.environ
    poll_interval: float = 5.0
    """Seconds between two polls of the sources."""
    open_store: Callable[[Path], GrantStore] = Store
    """Open the store of a data folder."""
    open_ledger: Callable[[], RequestLedger] | None = None
    """Open the ledger, if it is not in its file."""


def account_registry(settings: ExporterSettings) -> AccountRegistry:
    """Return the accounts that an exporter watches, not loaded yet."""
    return AccountRegistry(
        settings.selection,
        environ=settings.environment,
        timer=time.monotonic,
        share=settings.share,
        providers=settings.providers,
        open_store=settings.open_store,
    )


@asynccontextmanager
async def open_exporter(settings: ExporterSettings, runtime: Runtime) -> AsyncIterator[Service]:
    """Assemble an exporter for the block, and close it afterwards; nothing runs by itself.

    :raises UsageError: if the accounts or the ledger cannot be used.
    :raises StoreError: if the store cannot be read.
    """
    registry = account_registry(settings)
    registry.load()
    providers = registry.providers
    for note in check_secret_variables(providers, settings.environment):
        runtime.log(Event.CONFIG_NOTE, note)
    now = runtime.clock.now
    exposition = Exposition(exporter_info(ok=True, at=now()))
    net = AsyncNet(
        settings.endpoints,
        timeout=registry.config.timeout,
        pause=asyncio.sleep,
        connections=registry.config.connections,
        reception=Reception(lambda: datetime.fromtimestamp(now(), UTC)),
    )
    on_loss = partial(_log_loss, runtime.log)
    open_ledger = settings.open_ledger or partial(
        Ledger, settings.ledger, steady=runtime.steady, on_loss=on_loss
    )
    with open_ledger() as ledger:
        # Those pass, and are logged at the first probe.
        with suppress(LedgerLockedError, LedgerFullError):
            ledger.read_state("", "")  # raise for an unusable file now, not at the first probe
        async with net:
            prober = Prober(
                providers,
                net,
                now=lambda: datetime.fromtimestamp(now(), UTC),
                timer=time.monotonic,
            )
            refresher = StoreRefresher(
                settings.selection.home or settings.ledger.parent,
                providers,
                net.send,
                now=now,
                timer=runtime.steady,
                pause=runtime.pause,
                environment=settings.environment,
                open_store=settings.open_store,
            )
            auto_refresh = AutoRefresh(
                refresher.fresh_grant,
                now=now,
                random=runtime.random,
                log=runtime.log,
                providers=providers,
            )
            parts = Parts(
                registry,
                prober,
                ledger,
                exposition,
                providers,
                settings.endpoints,
                auto_refresh,
            )
            engine = Engine(
                parts,
                clock=runtime.clock,
                steady=runtime.steady,
                random=runtime.random,
                log=runtime.log,
                workers=registry.config.connections,
                refresh=settings.poll_interval,
            )
            titles = {name: provider.title for name, provider in providers.items()}
            try:
                yield Service(
                    engine, exposition, runtime, titles, settings.environment, settings.share
                )
            finally:
                await auto_refresh.aclose(0)
                await refresher.aclose()
                await registry.aclose()


def _log_loss(log: EventLog, path: Path, kept: Path | None) -> None:
    """Log that the ledger was lost, and what that costs."""
    what = "was deleted while in use" if kept is None else f"was damaged and is kept as {kept.name}"
    log(
        Event.LEDGER_LOST,
        f"The ledger {path} {what}. {LOSS}",
        file=str(path),
        kept_as=None if kept is None else str(kept),
    )
