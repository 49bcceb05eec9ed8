"""An older store becomes one of today with all that is in it, whatever comes in between."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import Refreshing
from tests.support.accounts.failing_sqlite import Crash, Steps, stepping
from tests.support.accounts.fake_token_endpoint import START, Bank
from tests.support.paths import ROOT
from tokcheck.accounts.grant import Broken, Intent, Standing
from tokcheck.accounts.store.database import MIGRATIONS
from tokcheck.accounts.store.store import Store
from tokcheck.accounts.store.vault import Rows


def told(standings: list[Standing]) -> list[tuple[object, ...]]:
    """Return all that is in a store, secrets by their fingerprints, to compare."""
    return [
        (
            *standing[1:],
            standing.grant.access.fingerprint,
            standing.grant.refresh and standing.grant.refresh.fingerprint,
            standing.grant.client.secret and standing.grant.client.secret.fingerprint,
            standing.grant.client[:2],
            *standing.grant[4:],
        )
        for standing in standings
    ]


def filled(folder: Path, bank: Bank) -> list[tuple[object, ...]]:
    """Make a store of the first version, with something in each of its tables."""
    with Store(folder, migrations=MIGRATIONS[:1], vault=Rows) as store:
        for name in ("bo", "cy", "kim"):
            store.put(bank.grant(name))
        for name, mark in (("bo", "begun"), ("cy", "broken")):
            refresh = store.grant(name).refresh
            assert refresh is not None
            if mark == "begun":
                store.begin(name, Intent(refresh.fingerprint, START, "process 1"))
            else:
                broken = Broken(START, "invalid_grant", "It was refused.", "Log in again.")
                store.give_up(name, refresh.fingerprint, broken)
        return told(store.standings())


def version_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "accounts.sqlite3")) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_store_of_the_first_version_keeps_all_that_is_in_it(
    folder: Path, bank: Bank, refreshing: Refreshing, journal: str
) -> None:
    before = filled(folder, bank)
    with closing(sqlite3.connect(folder / "accounts.sqlite3")) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    assert 1 == version_of(folder)
    with Store(folder) as store:
        assert before == told(store.standings())
        for name in ("bo", "cy", "kim"):
            assert bank.knows(refreshing(store).fresh(name, inf))
    assert len(MIGRATIONS) == version_of(folder)


def test_a_crash_at_any_statement_leaves_all_that_is_in_it(bank: Bank, tmp_path: Path) -> None:
    for crash_at in count():
        folder = tmp_path / str(crash_at)
        before = filled(folder, bank)
        steps = Steps(crash_at)
        steps.counting = True
        try:
            Store(folder, connection=stepping(steps)).close()
        except Crash:
            assert version_of(folder) in {1, len(MIGRATIONS)}
        with Store(folder) as store:
            assert before == told(store.standings())
        if steps.done < crash_at:
            break
    assert crash_at > 10


def test_many_processes_may_bring_up_one_store_at_once(folder: Path, bank: Bank) -> None:
    before = filled(folder, bank)
    program = (
        "import sys, pathlib\n"
        "from tokcheck.accounts.store.store import Store\n"
        "sys.stdin.readline()\n"
        "with Store(pathlib.Path(sys.argv[1])) as store:\n"
        "    assert 3 == len(store.standings())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [b""] * 4 == [process.communicate(timeout=60)[1] for process in started]
    assert len(MIGRATIONS) == version_of(folder)
    with Store(folder) as store:
        assert before == told(store.standings())
