"""Start-up of the commands as ratios against a bare ``python -c pass`` in the same run.

    uv run python -m benchmarks.startup [ROUNDS]

The commands take turns, so that a machine whose speed drifts slows them all alike; the figure is
the median of each command divided by the median of the bare start.
"""

import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import tokcheck
from tests.tokens import fitbit

_GOALS = {"--version": 3.0, "clean": 4.0, "validate --offline": 10.0}


def main(rounds: int) -> int:
    # Whoever installs a command has its bytecode; an editable checkout may not.
    compileall.compile_dir(str(Path(tokcheck.__file__).parent), quiet=2)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    script = str(Path(sys.executable).with_name("tokcheck"))
    token = fitbit(exp=int(time.time()) + 20_000, iat=int(time.time()) - 8_000)
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "--version": [script, "--version"],
        "clean": [script, "clean", token],
        "validate --offline": [script, "validate", "--offline", token],
        "--help": [script, "--help"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            if turn:  # the first turn fills the file cache
                seconds[name].append(time.perf_counter() - started)
    bare = statistics.median(seconds["python -c pass"])
    missed = False
    for name, values in seconds.items():
        ratio = statistics.median(values) / bare
        goal = _GOALS.get(name)
        shown = f"goal {goal:g}x" if goal else ""
        print(f"{name:20} {statistics.median(values) * 1000:7.1f} ms  {ratio:5.2f}x  {shown}")
        missed = missed or (goal is not None and ratio > goal)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
