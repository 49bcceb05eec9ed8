"""Processes that refresh are killed, more of them than in the tests; no grant may be lost.

uv run python -m benchmarks.kills [KILLS]
"""

import sys
import tempfile
from pathlib import Path

from tests.accounts.hunting import hunt


def main(kills: int) -> int:
    lost = 0
    for hunters in (1, 2):
        with tempfile.TemporaryDirectory() as scratch:
            bag = hunt(Path(scratch) / "data", kills=kills // hunters, hunters=hunters)
        aimed = int(sum(hunter["aimed"] for hunter in bag.hunters))
        usual = bag.hunters[0]["seconds_of_a_refresh"]
        print(
            f"{hunters} at once: {bag.killed} killed, {aimed} of them aimed, in {bag.seconds:.0f} s; "
            f"{bag.renewed} refreshes, {bag.repeated} asked again, {bag.refused} refused; "
            f"a refresh and a use take {usual * 1000:.1f} ms; "
            f"{len(bag.lost)} grants lost of 4"
        )
        for line in bag.lost:
            print(f"  {line}")
        lost += len(bag.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
