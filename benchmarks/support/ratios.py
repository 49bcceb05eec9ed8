"""Measures whole commands as ratios against a bare ``python -c pass`` in the same run.

The commands take turns, so that a change in the machine's speed affects all of them. A ratio is
the median of a command divided by the median of the bare start.
"""

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import tokcheck

SCRIPT = str(Path(sys.executable).with_name("tokcheck"))


class Case(NamedTuple):
    """A command, the ratio that it should not exceed, and the folder to run it in."""

    words: list[str]
    goal: float | None = None
    folder: Path | None = None


def measure(cases: Mapping[str, Case], rounds: int) -> int:
    """Run the cases in turns, print a line each, and return 1 if a goal was missed."""
    # An installed command has its bytecode; an editable checkout may not.
    compileall.compile_dir(str(Path(tokcheck.__file__).parent), quiet=2)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    everything = {"python -c pass": Case([sys.executable, "-c", "pass"]), **cases}
    seconds: dict[str, list[float]] = {name: [] for name in everything}
    for turn in range(rounds + 1):
        for name, case in everything.items():
            started = time.perf_counter()
            subprocess.run(
                case.words, cwd=case.folder, env=environment, capture_output=True, check=False
            )
            if turn:  # the first turn fills the file cache
                seconds[name].append(time.perf_counter() - started)
    bare = statistics.median(seconds["python -c pass"])
    missed = False
    for name, case in everything.items():
        median = statistics.median(seconds[name])
        goal = f"goal {case.goal:g}x" if case.goal else ""
        print(f"{name:26} {median * 1000:7.1f} ms  {median / bare:5.2f}x  {goal}")
        missed = missed or (case.goal is not None and median / bare > case.goal)
    return 1 if missed else 0
