"""Measures whole commands as ratios of CPU time against others in the same run.

The commands take turns, so that a change in the machine's speed affects all of them. A ratio is the
median of a command divided by the median of what it is compared with, which is a bare
``python -c pass`` unless the case names another. CPU time, of user and system, does not depend on
what else the machine does.
"""

import compileall
import os
import resource
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import tokcheck
from benchmarks.support.goals import Figure

SCRIPT = str(Path(sys.executable).with_name("tokcheck"))
_BARE = "python -c pass"


class Case(NamedTuple):
    """A command, the ratio that it should not exceed, and the folder to run it in."""

    words: list[str]
    goal: float | None = None
    folder: Path | None = None
    against: str = _BARE
    """The case that it is compared with."""


def measure_ratios(cases: Mapping[str, Case], rounds: int) -> list[Figure]:
    """Run the cases in turns, and return the ratio of each."""
    # An installed command has its bytecode; an editable checkout may not.
    compileall.compile_dir(str(Path(tokcheck.__file__).parent), quiet=2)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    everything = {_BARE: Case([sys.executable, "-c", "pass"]), **cases}
    seconds: dict[str, list[float]] = {name: [] for name in everything}
    for turn in range(rounds + 1):
        for name, case in everything.items():
            spent = cpu_seconds(case.words, environment, case.folder)
            if turn:  # the first turn fills the file cache
                seconds[name].append(spent)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    print(f"{_BARE}: {medians[_BARE] * 1000:.1f} ms of CPU time, median of {rounds}")
    return [
        Figure(name, medians[name] / medians[case.against], "x", case.goal)
        for name, case in cases.items()
    ]


def cpu_seconds(
    words: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> float:
    """Run a command without input and output; return its CPU seconds of user and system."""
    usage = run(words, environment, folder)
    return usage.ru_utime + usage.ru_stime


def run(
    words: Sequence[str],
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    stdin: str = os.devnull,
) -> resource.struct_rusage:
    """Run a command with the input of a file and without output; return what it used."""
    # Not subprocess, which does not tell one child's usage from another's.
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    before = Path.cwd()
    try:
        os.chdir(folder or before)
        pid = os.posix_spawnp(words[0], list(words), environment, file_actions=actions)
    finally:
        os.chdir(before)
    return os.wait4(pid, 0)[2]
