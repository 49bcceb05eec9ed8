"""Simulated days of the whole exporter: real HTTP on loopback, and time that jumps."""

from pathlib import Path
from random import Random

import pytest

from tests.support.exporter.simulated_exporter import (
    HOUR,
    START,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import Sandbox
from tokcheck.sandbox import SandboxState as Upstream

pytestmark = pytest.mark.anyio
BUDGET = 6  # 4 % of 150


class Meter:
    """Two scrapers and another client of the quota; records when the exporter sent requests."""

    def __init__(self, upstream: Upstream, token: str, rate: float) -> None:
        self.upstream = upstream
        self.moments: list[float] = []
        self.rate = rate
        self._token = next(known for known, _ in upstream.tokens() if known.text == token)
        self._chance = Random(7)
        self._last = START
        self._owed = 0.0

    def __call__(self, now: float) -> None:
        count = device_requests(self.upstream)
        self.moments += [now] * (count - len(self.moments))
        self._owed += self.rate * (now - self._last) * self._chance.uniform(0.5, 1.5)
        self._last = now
        while self._owed >= 1:
            self._owed -= 1
            self.upstream.count_request(self._token)

    def max_requests(self, seconds: float) -> int:
        """Return the most requests in any period of this length."""
        return max(
            (sum(start <= m < start + seconds for m in self.moments) for start in self.moments),
            default=0,
        )


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime(START, START + 24 * HOUR)


@pytest.mark.parametrize("calls_an_hour", [0, 30, 140, 400])
async def test_a_day_with_two_scrapers_stays_within_the_budget(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox, calls_an_hour: int
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=200_000)
    meter = Meter(sandbox.state, token, calls_an_hour / HOUR)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    async with simulated_exporter(chosen, virtual) as exporter:

        def meanwhile(now: float) -> None:
            meter(now)
            for _ in range(2):
                exporter.service.respond_to_scrape("", "")

        virtual.meanwhile = meanwhile
        await exporter.service.engine.run(virtual.stop)
    assert BUDGET >= meter.max_requests(HOUR)
    assert 20 <= len(meter.moments), "it does probe"


async def test_restarts_and_a_second_exporter_spend_from_one_budget(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=200_000)
    meter = Meter(sandbox.state, token, 200 / HOUR)
    chosen = settings(sandbox.url, Selection(variables={"anna": "ANNA"}), tmp_path, {"ANNA": token})
    for number in range(40):
        virtual.until = virtual.moment + 600
        virtual.stop.clear()
        virtual.meanwhile = meter
        async with simulated_exporter(chosen, virtual, seed=number) as exporter:
            await exporter.service.engine.run(virtual.stop)
            assert 1.0 == exporter.metric("tokcheck_token_valid"), "what was known is known again"
        async with simulated_exporter(chosen, virtual, seed=number) as exporter:
            await exporter.service.engine.run_once()
            meter(virtual.now())
    assert BUDGET >= meter.max_requests(HOUR)
    assert 10 <= len(meter.moments)
