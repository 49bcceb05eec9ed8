"""A whole exporter over a sandbox, in simulated time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter import ExporterSettings
from tokcheck.exporter.assembly import open_exporter
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.service import Runtime, Service
from tokcheck.exporter.sources.registry import Selection
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import SandboxState as Upstream
from tokcheck.transport.endpoints import Endpoints

START = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
# For tests of many hours in which nobody changes what is polled: most of their time is polling.
SELDOM_POLLED = 300.0


class SimulatedExporter(NamedTuple):
    """A running exporter and its log."""

    service: Service
    log: list[str]
    virtual: VirtualTime

    def metric(self, name: str, **labels: str) -> float | None:
        """Return one sample's value, ``None`` if there is none."""
        lines = self.service.respond_to_scrape("", "").body.decode().splitlines()
        for line in lines:
            if line.startswith(name) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                return float(line.rpartition(" ")[2])
        return None

    async def run_for(self, seconds: float) -> None:
        """Let the exporter run for a while of its own time."""
        self.virtual.until = self.virtual.moment + seconds
        self.virtual.stop.clear()
        await self.service.engine.run(self.virtual.stop)


def settings(
    url: str, selection: Selection, folder: Path, environment: Mapping[str, str]
) -> ExporterSettings:
    services = ((p.name, service) for p in REGISTRY.values() for service in p.services)
    return ExporterSettings(
        selection,
        REGISTRY,
        Endpoints(dict.fromkeys(services, url)),
        folder / "home" / "exporter.sqlite3",
        environment=environment,
        poll_interval=60,
    )


@asynccontextmanager
async def simulated_exporter(
    chosen: ExporterSettings, virtual: VirtualTime, *, seed: int = 1
) -> AsyncIterator[SimulatedExporter]:
    log: list[str] = []
    runtime = Runtime(
        virtual.clock, Random(seed), log_messages(log.append), virtual.true_now, virtual.pause
    )
    async with open_exporter(chosen, runtime) as service:
        virtual.engine = service.engine
        yield SimulatedExporter(service, log, virtual)


def device_requests(upstream: Upstream) -> int:
    """Return the number of requests for devices, with any response."""
    return sum(n for (_, path, _), n in upstream.request_counts().items() if "devices" in path)
