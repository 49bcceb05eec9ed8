"""The test that counts: processes that refresh are killed, and no grant is ever lost.

TOKCHECK_KILLS in the environment sets how many are killed; ``python -m benchmarks.kills`` kills
more of them.
"""

import os
from pathlib import Path

import pytest

from tests.support.accounts.kill_run import hunt

# Read when the tests are collected: later, every variable of this kind is taken away.
KILLS = int(os.environ.get("TOKCHECK_KILLS", "200"))


@pytest.mark.parametrize(
    ("mode", "hunters"),
    [("in turns", 1), ("in turns", 2), ("at once", 1), ("at once", 2)],
    ids=["one process", "two processes", "all accounts at once", "and by two processes"],
)
def test_no_kill_at_any_moment_loses_a_grant(folder: Path, mode: str, hunters: int) -> None:
    bag = hunt(folder, kills=KILLS // 4 // hunters, hunters=hunters, mode=mode)
    assert [] == bag.lost
    assert KILLS // 4 // hunters * hunters == bag.killed
    assert (4, 0) == (bag.alive, bag.refused)
    assert bag.renewed >= KILLS / 20  # each kill had something to interrupt
    # Between the request and the commit: where whoever comes next has to ask again.
    assert bag.repeated >= KILLS / 80
