"""The test that counts: processes that refresh are killed, and no grant is ever lost.

TOKCHECK_KILLS in the environment sets how many are killed; ``python -m benchmarks.kills`` kills
more of them.
"""

import os
from pathlib import Path

import pytest

from tests.accounts.hunting import hunt

# Read when the tests are collected: later, every variable of this kind is taken away.
KILLS = int(os.environ.get("TOKCHECK_KILLS", "200"))


@pytest.mark.parametrize("hunters", [1, 2], ids=["one process", "two processes at once"])
def test_no_kill_at_any_moment_loses_a_grant(folder: Path, hunters: int) -> None:
    bag = hunt(folder, kills=KILLS // 2 // hunters, hunters=hunters)
    assert [] == bag.lost
    assert KILLS // 2 // hunters * hunters == bag.killed
    assert (4, 0) == (bag.alive, bag.refused)
    # Between the request and the commit: where whoever comes next has to ask again.
    assert bag.repeated >= KILLS / 40
