"""Processes that refresh are killed at random moments, and no grant is ever lost.

TOKCHECK_KILLS in the environment sets how many are killed; ``python -m benchmarks.kills`` kills
more of them.
"""

import os
from pathlib import Path

import pytest

from tests.support.accounts.kill_run import kill_while_refreshing
from tests.support.suite.thoroughness import inputs

# Read at collection: a fixture removes the TOKCHECK variables later.
KILLS = int(os.environ.get("TOKCHECK_KILLS", inputs(200)))


@pytest.mark.untraced  # a process that is killed saves nothing
@pytest.mark.parametrize(
    ("mode", "killers"),
    [("in turns", 1), ("in turns", 2), ("at once", 1), ("at once", 2)],
    ids=["one process", "two processes", "all accounts at once", "and by two processes"],
)
def test_no_kill_at_any_moment_loses_a_grant(folder: Path, mode: str, killers: int) -> None:
    kills = KILLS // 4 // killers
    # Where the kills meet a request depends on what else the computer does.
    for attempt in range(5):
        home = folder.with_name(f"data-{attempt}")
        run = kill_while_refreshing(home, kills=kills, killers=killers, mode=mode)
        assert [] == run.lost
        assert kills * killers == run.kill_count
        assert (4, 0) == (run.alive, run.refused)
        # Each kill had something to interrupt, and some came between the request and the commit,
        # after which the request is repeated.
        if run.renewed >= KILLS / 20 and run.repeated >= KILLS / 80:
            return
    pytest.fail("Hardly a kill met a refresh.")
