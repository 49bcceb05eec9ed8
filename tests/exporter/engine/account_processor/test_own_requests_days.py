"""Two days of an account with requests of its own: hardly a probe, and a quota known soon."""

from pathlib import Path

import pytest

from tests.support.exporter.observed_traffic import ObservedClient, QuotaAges
from tests.support.exporter.simulated_days import DAY, worst_stretch
from tests.support.exporter.simulated_exporter import (
    HOUR,
    SELDOM_POLLED,
    START,
    device_requests,
    settings,
    simulated_exporter,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import Sandbox

# Days of what the tests of its parts measure line by line.
pytestmark = [pytest.mark.anyio, pytest.mark.untraced]
_MOST_IN_SIX_HOURS = 1


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime(START, START + 2 * DAY)


async def test_a_hundred_requests_an_hour_leave_one_probe_in_six_hours_at_most(
    tmp_path: Path, virtual: VirtualTime, sandbox: Sandbox
) -> None:
    """The exporter starts before the first response is reported."""
    token = sandbox.state.issue_fitbit_token(lifetime=int(3 * DAY))
    selection = Selection(variables={"anna": "ANNA"})
    chosen = settings(sandbox.url, selection, tmp_path, {"ANNA": token})
    chosen = chosen._replace(poll_interval=SELDOM_POLLED)
    chosen.ledger.parent.mkdir(mode=0o700)
    client = ObservedClient(sandbox.state, token, chosen.ledger, an_hour=100)
    probes: list[float] = []
    async with simulated_exporter(chosen, virtual) as exporter:
        ages = QuotaAges(exporter, client)

        def meanwhile(now: float) -> None:
            ages(now)
            probes.extend([now] * (device_requests(sandbox.state) - len(probes)))

        virtual.meanwhile = meanwhile
        await exporter.service.engine.run(virtual.stop)
    assert _MOST_IN_SIX_HOURS >= worst_stretch(probes, 6 * HOUR)
    assert SELDOM_POLLED >= max(ages.seconds), "what was reported is known at the next poll"
    assert 100 * 48 == len(client.reported) - 1, "one at the start, and all of two days"
