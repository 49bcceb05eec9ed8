"""Kills processes while they refresh, more of them than the tests do; no grant may be lost.

uv run python -m benchmarks.kills [KILLS]
"""

import sys
import tempfile
from pathlib import Path

from tests.support.accounts.kill_run import hunt


def main(kills: int) -> int:
    lost = 0
    for mode in ("in turns", "at once"):
        for hunters in (1, 2):
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch) / "data"
                bag = hunt(folder, kills=kills // hunters, hunters=hunters, mode=mode)
            aimed = int(sum(hunter["aimed"] for hunter in bag.hunters))
            usual = bag.hunters[0]["seconds_of_a_refresh"]
            print(
                f"accounts {mode}, {hunters} processes: {bag.killed} killed, {aimed} of them "
                f"aimed, in {bag.seconds:.0f} s; {bag.renewed} refreshes, {bag.repeated} "
                f"repeated, {bag.refused} refused; a refresh and a use take {usual * 1000:.1f} ms; "
                f"{len(bag.lost)} grants lost of 4",
                flush=True,
            )
            for line in bag.lost:
                print(f"  {line}")
            lost += len(bag.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
