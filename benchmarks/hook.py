"""``tokcheck scan --staged`` of 20 files as ratios against a bare ``python -c pass``.

    uv run python -m benchmarks.hook [ROUNDS]

With and without a finding, in a repository made for it; the commands take turns.
"""

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tokcheck
from tests.tokens import FITBIT

_GOALS = {"--staged, nothing found": 4.0, "--staged, a finding": 5.0}


def _repository(folder: Path, extra: str) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    text = Path(__file__).read_text()
    for number in range(20):
        (folder / f"file{number}.py").write_text(text + (extra if number == 7 else ""))
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return folder


def main(rounds: int) -> int:
    compileall.compile_dir(str(Path(tokcheck.__file__).parent), quiet=2)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    scan = [str(Path(sys.executable).with_name("tokcheck")), "scan", "--staged"]
    with tempfile.TemporaryDirectory() as made:
        clean = _repository(Path(made) / "clean", "")
        found = _repository(Path(made) / "found", f'TOKEN = "{FITBIT}"\n')
        commands = {
            "python -c pass": ([sys.executable, "-c", "pass"], clean),
            "--staged, nothing found": (scan, clean),
            "--staged, a finding": (scan, found),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, (command, folder) in commands.items():
                started = time.perf_counter()
                subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, check=False
                )
                if turn:
                    seconds[name].append(time.perf_counter() - started)
    bare = statistics.median(seconds["python -c pass"])
    missed = False
    for name, values in seconds.items():
        ratio = statistics.median(values) / bare
        goal = _GOALS.get(name)
        shown = f"goal {goal:g}x" if goal else ""
        print(f"{name:26} {statistics.median(values) * 1000:7.1f} ms  {ratio:5.2f}x  {shown}")
        missed = missed or (goal is not None and ratio > goal)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
