"""Scans of hostile contents: how long the worst of them take for four megabytes, on one core.

uv run python -m benchmarks.scan.hostile [MEGABYTES]

Each content is a file that is scanned with everything that a scan does for its findings. Prints the
slowest contents first; exits with 1 if one takes more than three seconds of the core.
"""

import sys
import tempfile
from pathlib import Path
from time import process_time

from tests.support.scan.hostile_content import hostile_contents, zip_of_zips
from tokcheck.scan import Searcher
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.runner import scan
from tokcheck.scan.settings import ProjectSettings
from tokcheck.scan.sources.files import file_sources

_BOUND = 3.0
_SHOWN = 20


def main(megabytes: float) -> int:
    """Scan each content once and print the seconds."""
    search = Searcher(1_768_478_400.0)
    taken: list[tuple[float, int, str]] = []
    size = int(megabytes * 1_000_000)
    contents = {**hostile_contents(size), "a zip file of zip files": zip_of_zips(size)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        allow = Allowlist(ProjectSettings(folder), None, {})
        for name, data in contents.items():
            path.write_bytes(data)
            started = process_time()
            scanned = scan(file_sources([str(path)], gitignore=False), search, allow.allows)
            taken.append((process_time() - started, len(scanned.findings), name))
    taken.sort(reverse=True)
    for seconds, found, name in taken[:_SHOWN]:
        print(f"{seconds:6.2f} s  {found:7} findings  {name}")
    return 1 if taken[0][0] > _BOUND * megabytes / 4 else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0))
