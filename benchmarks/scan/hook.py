"""``tokcheck scan --staged`` of 20 files, with and without a finding, as ratios.

uv run python -m benchmarks.scan.hook [ROUNDS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.support.ratios import SCRIPT, Case, measure
from tests.support.tokens import FITBIT


def _repository(folder: Path, extra: str) -> Path:
    folder.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    text = Path(__file__).read_text()
    for number in range(20):
        (folder / f"file{number}.py").write_text(text + (extra if number == 7 else ""))
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return folder


def main(rounds: int) -> int:
    scan = [SCRIPT, "scan", "--staged"]
    with tempfile.TemporaryDirectory() as folder:
        clean = _repository(Path(folder) / "clean", "")
        found = _repository(Path(folder) / "found", f'TOKEN = "{FITBIT}"\n')
        return measure(
            {
                "--staged, nothing found": Case(scan, 3, clean),
                "--staged, a finding": Case(scan, 4, found),
            },
            rounds,
        )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
