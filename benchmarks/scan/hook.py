"""``tokcheck scan --staged`` of 20 files, with and without a finding, as ratios.

uv run python -m benchmarks.scan.hook [ROUNDS]
"""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.support.goals import Figure, report
from benchmarks.support.ratios import SCRIPT, Case, measure_ratios
from tests.support.tokens import FITBIT

_ROUNDS = 15


def _repository(folder: Path, extra: str) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    text = Path(__file__).read_text()
    for number in range(20):
        (folder / f"file{number}.py").write_text(text + (extra if number == 7 else ""))
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return folder


def measure(rounds: int = _ROUNDS) -> list[Figure]:
    scan = [SCRIPT, "scan", "--staged"]
    with tempfile.TemporaryDirectory() as folder:
        clean = _repository(Path(folder) / "clean", "")
        found = _repository(Path(folder) / "found", f'TOKEN = "{FITBIT}"\n')
        return measure_ratios(
            {
                "scan --staged of 20 files, nothing found": Case(scan, 3, clean),
                "scan --staged of 20 files, a finding": Case(scan, 4, found),
            },
            rounds,
        )


if __name__ == "__main__":
    report(measure)
