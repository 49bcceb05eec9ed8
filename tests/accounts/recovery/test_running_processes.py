"""A store is damaged and recovered while processes refresh its accounts: they go on with it."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.support.accounts.kill_harness import DONE, RefreshingProcess, find_lost_grants
from tests.support.accounts.kill_run import FITBIT, GOOGLE, fill, unlimited_state
from tokcheck.accounts.recovery import RecoveryState, recover_store
from tokcheck.accounts.store import Store
from tokcheck.sandbox import serve_in_thread

PAGE = 4096


def damage_sequence(folder: Path) -> None:
    """Overwrite the page of a table that only a new account reads."""
    path = folder / "accounts.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_sequence'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(b"\x07" * PAGE)


def recover_anew(folder: Path) -> None:
    recovery = recover_store(folder, time.time(), patience=30)
    assert not recovery.was_whole
    states = {account.state for account in recovery.accounts}
    assert states <= {RecoveryState.WHOLE, RecoveryState.FROM_RECOVERY_FILE}


def run_in_fork(*steps: object, folder: Path) -> None:
    """Run steps in a process of their own, as other programs and commands do."""
    pid = os.fork()
    if pid == 0:
        try:
            for step in steps:
                assert callable(step)
                step(folder)
        except BaseException as error:  # noqa: BLE001 - the fork must not continue
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    assert 0 == os.waitpid(pid, 0)[1]


def test_processes_that_refresh_go_on_with_the_new_store(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    state = unlimited_state()
    with Store(folder) as store:
        fill(store, state, FITBIT, 3)
        fill(store, state, GOOGLE, 1)
    with serve_in_thread(state) as sandbox:
        processes = [
            RefreshingProcess(sandbox.url, folder, seed, mode)
            for seed, mode in enumerate(("in turns", "at once"))
        ]
        try:
            for _ in range(3):
                for process in processes:
                    assert process.wait_for(DONE)
                run_in_fork(damage_sequence, recover_anew, folder=folder)
            for process in processes:
                assert process.wait_for(DONE)
        finally:
            was_killed = [process.kill() for process in processes]
        assert [True, True] == was_killed, "none ended by itself"
        assert [] == find_lost_grants(sandbox.url, folder)
    kept = folder.glob("accounts.sqlite3.damaged-*")
    assert len([path.name for path in kept if not path.name.endswith("-wal")]) in (1, 2, 3)
