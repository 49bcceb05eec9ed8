"""A simulated day of the whole exporter: real HTTP on loopback, and time that jumps."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.exporter.virtual import Virtual
from tokcheck.endpoints import Endpoints
from tokcheck.exporter.roster import Selection
from tokcheck.exporter.service import Settings, World, started
from tokcheck.providers import REGISTRY
from tokcheck.sandbox.serve import running
from tokcheck.sandbox.world import World as Upstream

START = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0


def test_a_day_with_two_scrapers_stays_within_the_budget(tmp_path: Path) -> None:
    async def day() -> tuple[list[int], int]:
        virtual = Virtual(START, START + 24 * HOUR)
        upstream = Upstream(now=virtual.now)
        token = upstream.mint_fitbit(lifetime=200_000)
        minted = next(known for known, _ in upstream.tokens() if known.text == token)
        with running(upstream) as sandbox:
            endpoints = Endpoints(
                {(p.name, service): sandbox.url for p in REGISTRY.values() for service in p.services}
            )
            settings = Settings(
                Selection(variables={"anna": "ANNA"}), REGISTRY, endpoints,
                tmp_path / "home" / "ledger.sqlite3", environment={"ANNA": token}, refresh=60,
            )
            world = World(virtual.clock, Random(1), lambda line: print(virtual.now() - START, line), virtual.now)
            moments: list[float] = []
            before = 0
            async with started(settings, world) as service:
                virtual.engine = service.engine

                def meanwhile(now: float) -> None:
                    nonlocal before
                    for _ in range(2):
                        service.answer("", "")
                    seen = sum(n for (_, path, _), n in upstream.requests().items() if "devices" in path)
                    moments.extend([now] * (seen - before))
                    before = seen

                virtual.meanwhile = meanwhile
                await service.engine.run(virtual.stop)
            spent = [sum(START + h * HOUR <= m < START + (h + 1) * HOUR for m in moments) for h in range(24)]
            return spent, len(moments)
    spent, total = asyncio.run(day())
    print(spent, total)
    assert 6 >= max(spent)
    assert 24 <= total
