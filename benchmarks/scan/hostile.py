"""Scans of hostile contents: how long the worst of them take for four megabytes, on one core.

uv run python -m benchmarks.scan.hostile [MEGABYTES]

Each content is a file that is scanned with everything that a scan does for its findings. Prints the
slowest contents first; exits with 1 if one takes more than three quarters of a second
of the core for each of them.
"""

import sys
import tempfile
from pathlib import Path
from time import process_time

from benchmarks.support.goals import Figure, report
from tests.support.scan.hostile_content import hostile_contents, zip_of_zips
from tokcheck.scan import Searcher
from tokcheck.scan.allowlist import Allowlist
from tokcheck.scan.runner import scan
from tokcheck.scan.settings import ProjectSettings
from tokcheck.scan.sources.files import file_sources

_BOUND = 0.75
_MEGABYTES = 4.0
_SHOWN = 20


def measure(megabytes: float = _MEGABYTES) -> list[Figure]:
    """Scan each content once, print the slowest ones and return the worst."""
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
    return [
        Figure("scan of hostile contents, the slowest", taken[0][0] / megabytes, "s/MB", _BOUND)
    ]


if __name__ == "__main__":
    report(lambda: measure(*map(float, sys.argv[1:])))
