"""Runs the fuzzers for some minutes on all cores, and counts what they tried and found.

uv run python -m benchmarks.fuzz MINUTES [SEED] [FUZZER …]

A failure is printed with its fuzzer, seed and number; to see its input:
uv run python -m benchmarks.fuzz show FUZZER SEED NUMBER
"""

import argparse
import os
import sys
import time
from multiprocessing import get_context

from tests.support.attack.fuzzer import FuzzRun, make_input, run_fuzzer
from tests.support.attack.fuzzers import FUZZERS

_SLICE = 5.0
"""Seconds of one fuzzer in one process, before the next one has its turn."""
_SHOWN = 5


def _run_slice(task: tuple[str, int]) -> FuzzRun:
    name, seed = task
    end = time.monotonic() + _SLICE
    return run_fuzzer(FUZZERS[name], seed, go_on=lambda: time.monotonic() < end)


def main(minutes: float, seed: int, names: list[str]) -> int:
    """Run the fuzzers; return 1 if one of them found something."""
    end = time.monotonic() + minutes * 60
    totals = {name: [0, 0] for name in names}
    cores = os.cpu_count() or 1
    with get_context("forkserver").Pool(cores) as pool:
        while time.monotonic() < end:
            # A round at a time: the pool would take all tasks of an iterator at once.
            for run in pool.imap_unordered(_run_slice, [(name, seed) for name in names]):
                total = totals[run.fuzzer]
                total[0] += run.inputs
                total[1] += run.failure_count
                for failure in run.failures[: max(0, _SHOWN + run.failure_count - total[1])]:
                    print(f"{run.fuzzer} {run.seed} {failure.number}\n{failure.error}", flush=True)
            seed += 1
    for name, (inputs, failures) in totals.items():
        print(f"{name:18} {inputs:>12,} inputs {failures:>8,} failures")
    inputs, failures = (sum(column) for column in zip(*totals.values(), strict=True))
    print(f"{'all':18} {inputs:>12,} inputs {failures:>8,} failures")
    return 1 if failures else 0


def show(name: str, seed: int, number: int) -> int:
    """Print one input and what came of it."""
    value = make_input(FUZZERS[name], seed, number)
    print(repr(value))
    FUZZERS[name].check(value)
    print("Everything that must hold does.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.fuzz", description="Run the fuzzers.")
    parser.add_argument("minutes", type=float, nargs="?", default=1.0)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("fuzzers", nargs="*", metavar="FUZZER")
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        sys.exit(show(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    parser = _parser()
    given = parser.parse_args()
    if unknown := set(given.fuzzers) - set(FUZZERS):
        parser.error(f"no fuzzer {', '.join(unknown)}; there are {', '.join(FUZZERS)}")
    sys.exit(main(given.minutes, given.seed, given.fuzzers or list(FUZZERS)))
