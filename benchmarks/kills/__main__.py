"""Kills processes while they refresh, more of them than the tests do; no grant may be lost.

uv run python -m benchmarks.kills [KILLS] ["in turns"|"at once"]
"""

import sys
import tempfile
from pathlib import Path

from tests.support.accounts.kill_run import kill_while_refreshing

_MODES = ("in turns", "at once")


def main(kills: int, *modes: str) -> int:
    lost = 0
    for mode in modes or _MODES:
        for killers in (1, 2):
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch) / "data"
                run = kill_while_refreshing(
                    folder, kills=kills // killers, killers=killers, mode=mode
                )
            aimed = int(sum(killer["aimed"] for killer in run.killers))
            usual = run.killers[0]["seconds_of_a_refresh"]
            print(
                f"accounts {mode}, {killers} processes: {run.kill_count} killed, {aimed} of them "
                f"aimed, in {run.seconds:.0f} s; {run.renewed} refreshes, {run.repeated} "
                f"repeated, {run.refused} refused; a refresh and a use take {usual * 1000:.1f} ms; "
                f"{len(run.lost)} grants lost of 4",
                flush=True,
            )
            for line in run.lost:
                print(f"  {line}")
            lost += len(run.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, *sys.argv[2:]))
