"""``validate --lines --offline`` in tokens a second, and ``clean`` of 1 MiB in milliseconds.

    uv run python -m benchmarks.throughput

Both run as whole processes on one core; the time of the same process with hardly any input is
subtracted.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.support.tokens import fitbit

_TOKENS = 50_000
_ROUNDS = 5


def _seconds(command: list[str], text: str) -> float:
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        subprocess.run(
            command, input=text, text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> int:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    script = str(Path(sys.executable).with_name("tokcheck"))
    base = int(time.time()) + 20_000
    tokens = [fitbit(exp=base + number % 5_000, sub=f"{number:06}") for number in range(_TOKENS)]
    lines = [script, "validate", "--lines", "--offline", "-"]
    spent = _seconds(lines, "\n".join(tokens)) - _seconds(lines, tokens[0])
    print(f"--lines --offline    {_TOKENS / spent:9,.0f} tokens a second  goal 10,000")

    log = "2026-01-15 12:00:00 INFO GET /1/user/-/devices.json 200 in 87 ms, 149 left\n"
    mebibyte = log * ((1024 * 1024 - 400) // len(log))
    clean = [script, "clean", "-"]
    cost = _seconds(clean, mebibyte + tokens[0]) - _seconds(clean, tokens[0])
    print(f"clean of 1 MiB       {cost * 1000:9.1f} ms               goal 50")
    return 0 if _TOKENS / spent >= 10_000 and cost <= 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
