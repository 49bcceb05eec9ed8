"""Processes that refresh are killed at random moments, and no grant is ever lost.

TOKCHECK_KILLS in the environment sets how many are killed; ``python -m benchmarks.kills`` kills
more of them.
"""

import os
from pathlib import Path

import pytest

from tests.support.accounts.kill_run import kill_while_refreshing

# Read at collection: a fixture removes the TOKCHECK variables later.
KILLS = int(os.environ.get("TOKCHECK_KILLS", "200"))


@pytest.mark.parametrize(
    ("mode", "killers"),
    [("in turns", 1), ("in turns", 2), ("at once", 1), ("at once", 2)],
    ids=["one process", "two processes", "all accounts at once", "and by two processes"],
)
def test_no_kill_at_any_moment_loses_a_grant(folder: Path, mode: str, killers: int) -> None:
    run = kill_while_refreshing(folder, kills=KILLS // 4 // killers, killers=killers, mode=mode)
    assert [] == run.lost
    assert KILLS // 4 // killers * killers == run.kill_count
    assert (4, 0) == (run.alive, run.refused)
    assert run.renewed >= KILLS / 20  # each kill had something to interrupt
    # Kills between the request and the commit, after which the request is repeated.
    assert run.repeated >= KILLS / 80
