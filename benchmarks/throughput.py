"""``validate --lines --offline`` beside a bare loop of PyJWT, and ``clean`` of 1 MiB.

    uv run python -m benchmarks.throughput

Whole processes, in turns; what the same process takes with hardly any input is subtracted. On one
core, CPU time is compared, on two the time that somebody waits.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.support.goals import Figure, report
from benchmarks.support.ratios import SCRIPT, run
from tests.support.tokens import fitbit

_TOKENS = 20_000
_ROUNDS = 3

# The least that reads the claims of a token on each line, and checks nothing.
_LOOP = """
import sys
import jwt
for line in sys.stdin:
    jwt.decode(line.rstrip(), options={"verify_signature": False})
"""


def _measure_seconds(words: Sequence[str], stdin: Path) -> tuple[float, float]:
    """Return the seconds of CPU time, and those of the clock."""
    started = time.perf_counter()
    usage = run(words, stdin=str(stdin))
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started


def _costs(
    commands: dict[str, list[str]], full: Path, short: Path, rounds: int
) -> dict[str, tuple[float, float]]:
    """Return the medians of what the full input costs more than the short one."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, words in commands.items():
            most, least = _measure_seconds(words, full), _measure_seconds(words, short)
            found[name].append((most[0] - least[0], most[1] - least[1]))
    return {
        name: (statistics.median(cpu for cpu, _ in each), statistics.median(s for _, s in each))
        for name, each in found.items()
    }


def measure() -> list[Figure]:
    """Measure both commands."""
    cores = os.sched_getaffinity(0)
    base = int(time.time()) + 20_000
    tokens = [fitbit(exp=base + number % 5_000, sub=f"{number:06}") for number in range(_TOKENS)]
    log = "2026-01-15 12:00:00 INFO GET /1/user/-/devices.json 200 in 87 ms, 149 left\n"
    mebibyte = log * ((1024 * 1024 - 400) // len(log))
    lines = {
        "loop": [sys.executable, "-c", _LOOP],
        "lines": [SCRIPT, "validate", "--lines", "--offline", "-"],
    }
    with tempfile.TemporaryDirectory() as folder:
        many, one, long = (Path(folder) / name for name in ("many", "one", "long"))
        many.write_text("\n".join(tokens))
        one.write_text(tokens[0])
        long.write_text(mebibyte + tokens[0])
        try:
            os.sched_setaffinity(0, {min(cores)})
            alone = _costs(lines, many, one, _ROUNDS)
            clean = _costs({"clean": [SCRIPT, "clean", "-"]}, long, one, _ROUNDS)["clean"][0]
        finally:
            os.sched_setaffinity(0, cores)
        figures = [
            Figure("a loop of PyJWT", _TOKENS / alone["loop"][0], "tokens/s"),
            Figure("--lines --offline", _TOKENS / alone["lines"][0], "tokens/s", 10_000, at_least=True),
            Figure(
                "--lines --offline, of that loop, one core",
                alone["loop"][0] / alone["lines"][0], "x", 0.6, at_least=True,
            ),
        ]  # fmt: skip
        if len(cores) > 1:
            both = _costs(lines, many, one, _ROUNDS)
            figures.append(
                Figure(
                    f"--lines --offline, of that loop, {len(cores)} cores",
                    both["loop"][1] / both["lines"][1], "x", 1.1, at_least=True,
                )
            )  # fmt: skip
    return [*figures, Figure("clean of 1 MiB", clean * 1000, "ms", 50)]


if __name__ == "__main__":
    report(measure)
