"""Every benchmark that has a goal, and one table of all of them.

    uv run python -m benchmarks [WORD]...

With words, only the benchmarks with one of them in the name of their module. Exits with 1 if a goal is
missed. README.md says what each measures.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.support.goals import Figure, measure_module, table

# The modules in the order of the table, with the arguments of measure() that keep the whole run short.
_BENCHMARKS: dict[str, tuple[float, ...]] = {
    "benchmarks.startup": (15,),
    "benchmarks.throughput": (),
    "benchmarks.observing": (1_000,),
    "benchmarks.refreshing": (500,),
    "benchmarks.scan.hook": (15,),
    "benchmarks.scan.hostile": (4, 8),
    "benchmarks.exporter.exposition": (1,),
    "benchmarks.exporter.first_round": (10_000, 10_000),
    "benchmarks.exporter.simulated_day": (),
}


def main(words: Sequence[str]) -> int:
    """Run the benchmarks, each in a process of its own, and print the table at the end."""
    everything: list[Figure] = []
    begun = time.perf_counter()
    for module, arguments in _BENCHMARKS.items():
        if words and not any(word in module for word in words):
            continue
        print(f"\n{module}", flush=True)
        started = time.perf_counter()
        # Memory and cores that one leaves busy do not count for the next one.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            everything += process.submit(measure_module, module, arguments).result()
        print(f"took {time.perf_counter() - started:.0f} s", flush=True)
    missed = sum(not each.is_met for each in everything)
    goals = sum(each.goal is not None for each in everything)
    print(f"\n{table(everything)}\n")
    seconds = time.perf_counter() - begun
    print(f"{goals - missed} of {goals} goals met, in {seconds:.0f} s")
    return 1 if missed else 0


def read_words(argv: Sequence[str]) -> list[str]:
    """Return the words of a command line; ``--help`` lists the benchmarks and ends the process."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Run the benchmarks that have a goal, and print one table. Exit with 1 if a "
        "goal is missed.",
        epilog="Benchmarks: " + ", ".join(name.partition(".")[2] for name in _BENCHMARKS) + ". "
        "Each also runs alone: python -m benchmarks.startup.",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="a part of a benchmark's name: only those with one of these words",
    )
    words: list[str] = parser.parse_args(argv).words
    unknown = [word for word in words if not any(word in module for module in _BENCHMARKS)]
    if unknown:
        parser.error(f"no benchmark has {unknown[0]} in its name")
    return words


if __name__ == "__main__":
    sys.exit(main(read_words(sys.argv[1:])))
