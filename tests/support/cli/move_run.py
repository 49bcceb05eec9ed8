"""Accounts and counts move into a database and back, while the command or the server is killed."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.accounts.kill_run import FITBIT, fill, unlimited_state
from tests.support.suite.postgres_server import PostgresServer
from tokcheck.accounts.store.environment import open_store
from tokcheck.exporter.ledger.selected_ledger import open_ledger
from tokcheck.sandbox.state.users import User

_HOUR = 3600.0
_SPENDS = 50


class Contents(NamedTuple):
    """What a place contains: the tokens of accounts by their names, and the number of spends."""

    tokens: dict[str, tuple[str, str]]
    spends: int


class MoveRun(NamedTuple):
    """What happened to the moves of a run."""

    interrupted: int
    completed: int
    faults: list[str]


class MovingAccounts:
    """Accounts in the data folder ``home``, which move into the database at ``url`` and back."""

    def __init__(self, home: Path, url: str, count: int) -> None:
        self._home = home
        self._url = url
        state = unlimited_state()
        for number in range(count):
            state.put_account(User(f"person {number}", f"{number:06d}", f"1{number}", f"2{number}"))
        with open_store({}, home) as store:
            fill(store, state, FITBIT, count)
        with open_ledger({"TOKCHECK_HOME": str(home)}) as ledger:
            for _ in range(_SPENDS):
                assert ledger.take("subject", 1, _SPENDS, _HOUR, time.time()) is not None
        self._all = self.read(in_database=False)
        assert len(self._all.tokens) == count

    def read(self, *, in_database: bool) -> Contents:
        """Return what is in the database, or in the folder."""
        environment = {"TOKCHECK_HOME": str(self._home)}
        if in_database:
            environment["TOKCHECK_DATABASE"] = self._url
        with open_store(environment, self._home) as store:
            tokens = {
                grant.name: (grant.access.fingerprint, grant.refresh.fingerprint)
                for grant in store.grants()
                if grant.refresh is not None
            }
        with open_ledger(environment) as ledger:
            spent = ledger.recent_spend("subject", _HOUR, time.time())
        return Contents(tokens, len(spent.freed_at))

    def start(self, *, into_database: bool) -> "subprocess.Popen[str]":
        """Start the command that moves everything."""
        option = "--to" if into_database else "--from"
        return subprocess.Popen(
            [sys.executable, "-m", "tokcheck", "accounts", "migrate", option, self._url],
            env={"PATH": os.environ["PATH"], "TOKCHECK_HOME": str(self._home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def move(self, *, into_database: bool) -> str:
        """Move everything; return what went wrong, or nothing."""
        with self.start(into_database=into_database) as process:
            errors = process.communicate()[1]
        return errors if process.returncode else ""

    def find_faults(self, *, into_database: bool, is_complete: bool) -> list[str]:
        """Return what is lost, changed, or not where it should be after a move."""
        there, here = (self.read(in_database=each is into_database) for each in (True, False))
        faults = []
        if self._all.tokens != here.tokens | there.tokens:
            faults.append("an account is lost or changed")
        if is_complete and (here.tokens or there.tokens != self._all.tokens):
            faults.append("a complete move left an account")
        if not is_complete and there.tokens and there.tokens != self._all.tokens:
            faults.append("a part of the accounts was moved")
        if is_complete and there.spends != self._all.spends:
            faults.append(f"{there.spends} of {self._all.spends} spends were moved")
        return faults


def interrupt_moves(
    moving: MovingAccounts,
    count: int,
    interrupt: Callable[["subprocess.Popen[str]"], None],
) -> MoveRun:
    """Move everything to and fro, and interrupt that ``count`` times, each at another moment."""
    chance = random.Random(count)
    started = time.monotonic()
    faults = [problem for problem in [moving.move(into_database=True)] if problem]
    usual_seconds = time.monotonic() - started
    interrupted, completed, into_database = 0, 1, False
    while interrupted < count and not faults:
        with moving.start(into_database=into_database) as move:
            time.sleep(chance.uniform(0.4, 1.1) * usual_seconds)
            interrupt(move)
            errors = move.communicate()[1]
        is_complete = move.returncode == 0
        if not is_complete and "Traceback" in errors:
            faults.append(errors)
        faults += moving.find_faults(into_database=into_database, is_complete=is_complete)
        completed += is_complete
        interrupted += not is_complete
        if is_complete:
            into_database = not into_database
    faults += [problem for problem in [moving.move(into_database=into_database)] if problem]
    faults += moving.find_faults(into_database=into_database, is_complete=True)
    return MoveRun(interrupted, completed, faults)


def kill(move: "subprocess.Popen[str]") -> None:
    """Kill the command."""
    move.kill()


def crash_of(server: PostgresServer) -> Callable[["subprocess.Popen[str]"], None]:
    """Return a function that crashes the server, and starts it when the command has ended."""

    def crash(move: "subprocess.Popen[str]") -> None:
        server.stop("immediate")
        move.wait()
        server.start()

    return crash
