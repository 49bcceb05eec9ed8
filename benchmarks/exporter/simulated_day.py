"""Requests that the exporter spends in a simulated day, and how fast the ledger records them.

    uv run python -m benchmarks.exporter.simulated_day

Each scenario is 24 hours of one Fitbit account: 150 requests an hour, with a budget of 4 %.
Then two days of an account with requests of its own, which its program reports: how many probes the
exporter sends beside them, and after how many seconds at most it knows what was reported.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from benchmarks.support.goals import Figure, report
from tests.support.exporter import simulated_exporter as whole
from tests.support.exporter.observed_traffic import ObservedClient, QuotaAges
from tests.support.exporter.simulated_days import (
    DAY,
    LIMIT,
    PACE,
    START,
    SimulatedProcess,
    Upstream,
    burst_rate,
    exhausting_rate,
    idle_rate,
    resets_seen,
    restart_event,
    run,
    steady_rate,
    worst_stretch,
)
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.exporter.ledger import Ledger, uptime
from tokcheck.exporter.scheduling.planner import budget
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.sources.registry import Selection
from tokcheck.sandbox import SandboxState, serve_in_thread

_TAKES = 10_000
_GOAL = 2_000
_OBSERVED_DAYS = 2
_POLL = 60.0  # seconds between two readings of what was reported
_MOST_IN_SIX_HOURS = 1


def _always_status(status: int) -> Callable[[float], int]:
    return lambda true: status  # noqa: ARG005 - always the same


_SCENARIOS: dict[str, Callable[[], Upstream]] = {
    "idle": lambda: Upstream(rate=idle_rate),
    "busy": lambda: Upstream(rate=steady_rate),
    "falling fast": lambda: Upstream(rate=burst_rate),
    "rate-limited": lambda: Upstream(rate=exhausting_rate),
    "clock 4 min ahead": lambda: Upstream(ahead=-240, rate=steady_rate),
    "gone": lambda: Upstream(status=_always_status(410)),
    "refused": lambda: Upstream(status=_always_status(401)),
    "network down": lambda: Upstream(status=_always_status(0)),
    "restarted each minute": lambda: Upstream(rate=steady_rate),
}


def _day(name: str, upstream: Upstream) -> int:
    with tempfile.TemporaryDirectory() as folder:
        process = SimulatedProcess(upstream, Path(folder), random=Random(1))
        again = restart_event(process)
        events = [(minute * 60.0, again) for minute in range(1440) if name.startswith("restarted")]
        run([process], DAY, events)
        state = process.states["anna"]
    worst = worst_stretch(upstream.requests)
    seen = sorted(resets_seen(upstream))
    median = f"{seen[len(seen) // 2]:4.0f} s" if len(seen) > 12 else "     -"
    skipped = ", ".join(f"{key} {count}" for key, count in state.skipped.items())
    mean = len(upstream.requests) / 24
    print(f"{name:22} {worst:10} {mean:10.2f} {median:>12}   {skipped or '-'}")
    return worst


async def _observed_days(an_hour: float, *, is_known: bool) -> tuple[int, float]:
    """Run two days beside requests of the account's own.

    Return the most probes in six hours, and the most seconds until the quota was known.

    ``is_known`` is whether the program had reported one before the exporter started.
    """
    virtual = VirtualTime(whole.START, whole.START + _OBSERVED_DAYS * DAY)
    probes: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_in_thread(SandboxState(now=virtual.now)) as sandbox,
    ):
        token = sandbox.state.issue_fitbit_token(lifetime=int(3 * DAY))
        chosen = whole.settings(
            sandbox.url, Selection(variables={"anna": "T"}), Path(folder), {"T": token}
        )
        chosen.ledger.parent.mkdir(mode=0o700)
        client = ObservedClient(sandbox.state, token, chosen.ledger, an_hour)
        if is_known:
            client(whole.START)
        async with whole.simulated_exporter(chosen, virtual) as exporter:
            ages = QuotaAges(exporter, client)

            def meanwhile(now: float) -> None:
                ages(now)
                count = whole.device_requests(sandbox.state)
                probes.extend([now] * (count - len(probes)))

            virtual.meanwhile = meanwhile
            await exporter.service.engine.run(virtual.stop)
    worst, oldest = worst_stretch(probes, 6 * whole.HOUR), max(ages.seconds)
    known = "known at the start" if is_known else "new at the start"
    print(
        f"{an_hour:4.0f} an hour, {known:18} {len(client.reported):6} {len(probes):7} {worst:10} "
        f"{oldest:10.0f} s"
    )
    return worst, oldest


def _takes_a_second() -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger(Path(folder) / "ledger.sqlite", steady=uptime) as ledger,
    ):
        ledger.take("first", 1, 6, 3600, START)
        started = time.perf_counter()
        for n in range(_TAKES):
            ledger.take(f"subject-{n % 2000}", 1, 6, 3600, START + n / 10)
        return _TAKES / (time.perf_counter() - started)


def measure() -> list[Figure]:
    """Run every scenario, print a line for each, and return the worst of all."""
    allowed = budget(PACE, Policy(), None)
    print(f"budget: {allowed} of {LIMIT} requests in any hour")
    print(f"{'24 simulated hours':22} {'most':>10} {'mean':>10} {'reset seen':>12}   withheld")
    worst = max(_day(name, make()) for name, make in _SCENARIOS.items())
    head = "48 simulated hours of own requests"
    print(f"{head:32} sent  probes   most/6 h  known after")
    probes, seconds = zip(
        *(
            asyncio.run(_observed_days(an_hour, is_known=is_known))
            for an_hour, is_known in ((100, True), (100, False), (20, True))
        ),
        strict=True,
    )
    return [
        Figure("most requests in any hour of a day", worst, "requests", allowed),
        Figure("most probes in 6 h beside own requests", max(probes), "probes", _MOST_IN_SIX_HOURS),
        Figure("the quota of own requests is known after", max(seconds), "s", _POLL),
        Figure("ledger", _takes_a_second(), "spends/s", _GOAL, at_least=True),
    ]


if __name__ == "__main__":
    report(measure)
