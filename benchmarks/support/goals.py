"""A measured figure beside its goal, and the table of many."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A measured value, and its goal."""

    what: str
    value: float
    unit: str
    """The unit behind the value: ``x`` for a ratio, or such as ``ms``."""
    goal: float | None = None
    """``None`` if the figure is shown for comparison alone."""
    at_least: bool = False
    """Whether the goal is the least; otherwise it is the most."""

    @property
    def is_met(self) -> bool:
        """Whether the goal is met, or there is none."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def table(figures: Iterable[Figure]) -> str:
    """Return a line for each figure: what it is, its value, its goal, and whether that is met."""
    lines = []
    for each in figures:
        value, goal, verdict = f"{_number(each.value)} {each.unit}", "", ""
        if each.goal is not None:
            goal = f"{'>=' if each.at_least else '<='} {_number(each.goal)} {each.unit}"
            verdict = "met" if each.is_met else "MISSED"
        lines.append(f"{each.what:46} {value:>18}  {goal:21} {verdict}".rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def report(measure: Callable[..., Sequence[Figure]]) -> None:
    """Print the table of one benchmark, and exit with 1 if a goal was missed.

    The words of the command line are the arguments of ``measure``, which all have a default.
    """
    figures = measure(*_read_arguments(measure))
    print(table(figures))
    sys.exit(not all(each.is_met for each in figures))


def _read_arguments(measure: Callable[..., Sequence[Figure]]) -> list[Any]:
    parser = argparse.ArgumentParser(
        description=sys.modules[measure.__module__].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, each in signature(measure).parameters.items():
        default = f"(default: {each.default})"
        parser.add_argument(
            name, nargs="?", type=type(each.default), default=each.default, help=default
        )
    return [*vars(parser.parse_args()).values()]


def measure_module(module: str, arguments: Sequence[float]) -> list[Figure]:
    """Import a benchmark, call its ``measure`` and return what it returns."""
    figures: list[Figure] = import_module(module).measure(*arguments)
    return figures
