"""Scans of hostile contents: how long the worst of them take for four megabytes, on one core.

uv run python -m benchmarks.scan.hostile [MEGABYTES [SLOWEST]]

Each content is a file that is scanned with everything that a scan does for its findings: first all
of them with a sixteenth of the size, then the slowest so many of these in full. What a scan may
spend once, whatever the size, counts little in four megabytes, and most in a small file. Prints the
slowest contents first; exits with 1 if one takes more than three quarters of a second
of the core for each megabyte.
"""

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
_SLOWEST = 12
_SAMPLE = 16
_ZIP = "a zip file of zip files"


def measure(megabytes: float = _MEGABYTES, slowest: int = _SLOWEST) -> list[Figure]:
    """Scan small contents, print how long the slowest of these take in full, return the worst."""
    size = int(megabytes * 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        scan_content = _ContentScan(folder)
        sample = size // _SAMPLE
        small = {**hostile_contents(sample), _ZIP: zip_of_zips(sample)}
        order = sorted(small, key=lambda name: scan_content.seconds(small[name])[0], reverse=True)
        taken: list[tuple[float, int, str]] = []
        for name in order[:slowest]:
            data = zip_of_zips(size) if name == _ZIP else hostile_contents(size, {name})[name]
            taken.append((*scan_content.seconds(data), name))
    taken.sort(reverse=True)
    for seconds, found, name in taken:
        print(f"{seconds:6.2f} s  {found:7} findings  {name}")
    return [
        Figure("scan of hostile contents, the slowest", taken[0][0] / megabytes, "s/MB", _BOUND)
    ]


class _ContentScan:
    """Scans contents as a file of a folder."""

    def __init__(self, folder: str) -> None:
        self._path = Path(folder) / "x.txt"
        self._search = Searcher(1_768_478_400.0)
        self._allow = Allowlist(ProjectSettings(folder), None, {})

    def seconds(self, data: bytes) -> tuple[float, int]:
        """Return the seconds of the core for a content, and the number of its findings."""
        self._path.write_bytes(data)
        started = process_time()
        sources = file_sources([str(self._path)], gitignore=False)
        scanned = scan(sources, self._search, self._allow.allows)
        return process_time() - started, len(scanned.findings)


if __name__ == "__main__":
    report(measure)
