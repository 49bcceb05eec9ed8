"""Requests that the exporter spends in a simulated day, and how fast the ledger records them.

    uv run python -m benchmarks.simulated_day

Each scenario is 24 hours of one Fitbit account: 150 requests an hour, with a budget of 4 %.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.support.exporter.simulated_days import (
    DAY,
    LIMIT,
    PACE,
    START,
    SimulatedProcess,
    Upstream,
    exhausting,
    falling,
    idle,
    resets_seen,
    restart_event,
    run,
    steady,
    worst_stretch,
)
from tokcheck.exporter.ledger import Ledger, uptime
from tokcheck.exporter.scheduling.planner import budget
from tokcheck.exporter.sources import Policy

_TAKES = 10_000
_GOAL = 2_000


def _always(status: int) -> Callable[[float], int]:
    return lambda true: status  # noqa: ARG005 - always the same


_SCENARIOS: dict[str, Callable[[], Upstream]] = {
    "idle": lambda: Upstream(rate=idle),
    "busy": lambda: Upstream(rate=steady),
    "falling fast": lambda: Upstream(rate=falling),
    "rate-limited": lambda: Upstream(rate=exhausting),
    "clock 4 min ahead": lambda: Upstream(ahead=-240, rate=steady),
    "gone": lambda: Upstream(status=_always(410)),
    "refused": lambda: Upstream(status=_always(401)),
    "network down": lambda: Upstream(status=_always(0)),
    "restarted each minute": lambda: Upstream(rate=steady),
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


def main() -> int:
    allowed = budget(PACE, Policy(), None)
    print(f"budget: {allowed} of {LIMIT} requests in any hour")
    print(f"{'24 simulated hours':22} {'most':>10} {'mean':>10} {'reset seen':>12}   withheld")
    worst = max(_day(name, make()) for name, make in _SCENARIOS.items())
    takes = _takes_a_second()
    print(f"ledger: {takes:,.0f} spends recorded a second, goal {_GOAL:,}")
    return 0 if worst <= allowed and takes >= _GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
