"""The search of hostile contents: how long the worst of them take for four megabytes, on one core.

uv run python -m benchmarks.hostile_scan [MEGABYTES]

Prints the slowest contents first; exits with 1 if one takes more than three seconds of the core.
"""

import sys
from time import process_time

from tests.support.scan.hostile_content import hostile_contents
from tokcheck.scan import Piece, Searcher

_BOUND = 3.0
_SHOWN = 20


def main(megabytes: float) -> int:
    """Search each content once and print the seconds."""
    search = Searcher(1_768_478_400.0)
    taken: list[tuple[float, int, str]] = []
    for name, data in hostile_contents(int(megabytes * 1_000_000)).items():
        started = process_time()
        found = len(list(search(Piece("x.txt", data))))
        taken.append((process_time() - started, found, name))
    taken.sort(reverse=True)
    for seconds, found, name in taken[:_SHOWN]:
        print(f"{seconds:6.2f} s  {found:7} findings  {name}")
    return 1 if taken[0][0] > _BOUND * megabytes / 4 else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 4.0))
