"""Fuzzers: what makes an input from a random generator, and what must hold for it.

Every input has a generator of its own, seeded with the fuzzer's name, the run's seed and the
input's number, so that one input can be repeated without those before it.
"""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, NamedTuple

_MOST_FAILURES = 20


class Fuzzer(NamedTuple):
    """One kind of untrusted input."""

    name: str
    make: Callable[[Random], Any]
    """Makes an input."""
    check: Callable[[Any], None]
    """Gives the input to the product; raises if something that must hold does not."""
    inputs: int = 1_500
    """How many inputs a test tries."""


class Failure(NamedTuple):
    """An input for which something did not hold."""

    number: int
    error: str


@dataclass
class FuzzRun:
    """The result of a run: how many inputs were tried, and what failed."""

    fuzzer: str
    seed: int
    inputs: int = 0
    failures: list[Failure] = field(default_factory=list)
    failure_count: int = 0


def make_input(fuzzer: Fuzzer, seed: int, number: int) -> Any:
    """Return the input of this number, as the run with this seed makes it."""
    return fuzzer.make(Random(f"{fuzzer.name}/{seed}/{number}"))


def run_fuzzer(
    fuzzer: Fuzzer, seed: int, inputs: int | None = None, go_on: Callable[[], bool] = lambda: True
) -> FuzzRun:
    """Try this many inputs, or as many as there is time for: until ``go_on`` is false."""
    run = FuzzRun(fuzzer.name, seed)
    numbers: Iterator[int] = iter(range(inputs)) if inputs is not None else count()
    for number in numbers:
        if not go_on():
            break
        value = make_input(fuzzer, seed, number)
        try:
            fuzzer.check(value)
        except Exception as error:  # noqa: BLE001 - any exception is a failure of the product
            run.failure_count += 1
            if len(run.failures) < _MOST_FAILURES:
                last = traceback.format_exception(error)[-3:]
                run.failures.append(Failure(number, "".join(last)))
        run.inputs += 1
    return run
