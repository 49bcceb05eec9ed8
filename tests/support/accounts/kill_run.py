"""The kill run: a sandbox, a store with its grants, and killers of processes that refresh them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.accounts.kill_harness import find_lost_grants
from tests.support.paths import ROOT
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.secret import Secret
from tokcheck.sandbox import (
    FITBIT_SECRET,
    FITBIT_SERVER_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    RateLimitRule,
    SandboxState,
    serve_in_thread,
)

FITBIT = Client("fitbit", FITBIT_SERVER_CLIENT, Secret(FITBIT_SECRET))
GOOGLE = Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET))
_NO_LIMIT = RateLimitRule(10**9, 3600)
# A minute of a kill run is a second of its sandbox. Fitbit repeats a response for two minutes:
# where an interpreter takes half a minute to start, a response would be lost to the time alone.
_SLOWER = 60
_LONGEST_SECONDS = 4 * 3600


class KillRun(NamedTuple):
    """The result of a kill run: the counts per killer and of the sandbox, and the lost grants."""

    killers: list[dict[str, float]]
    renewed: int
    repeated: int
    refused: int
    alive: int
    lost: list[str]
    seconds: float

    @property
    def kill_count(self) -> int:
        return int(sum(killer["killed"] for killer in self.killers))


def unlimited_state(now: Callable[[], float] = time.time) -> SandboxState:
    """Return the state of a sandbox without rate limits."""
    return SandboxState(now=now, fitbit=_NO_LIMIT, google=_NO_LIMIT)


def _slow_clock() -> Callable[[], float]:
    start = time.time()
    return lambda: start + (time.time() - start) / _SLOWER


def fill(store: GrantStore, sandbox: SandboxState, client: Client, count: int) -> None:
    """Store grants to an application for ``count`` of the sandbox's users."""
    for account in sandbox.accounts()[:count]:
        issued = sandbox.exchange_code(
            client.client_id, sandbox.issue_code(client.client_id, account.name)
        )
        assert issued.refresh is not None
        tokens = Tokens(Secret(issued.access), Secret(issued.refresh), expires_in=60)
        store.put(
            grant_from_tokens(f"{client.provider} {account.name}", client, tokens, time.time())
        )


def kill_while_refreshing(
    folder: Path, *, kills: int, killers: int, mode: str, database: str = ""
) -> KillRun:
    """Let each of ``killers`` kill ``kills`` processes, and return what was lost.

    The processes refresh the accounts "in turns" or "at once". With the URL of a ``database``,
    the accounts are there, and each killer's processes have a data folder of their own, as on
    another machine.
    """
    state = unlimited_state(_slow_clock())
    store_environment = {"TOKCHECK_DATABASE": database} if database else {}
    with open_store(store_environment, folder) as store:
        fill(store, state, FITBIT, 3)
        fill(store, state, GOOGLE, 1)
    started = time.monotonic()
    with serve_in_thread(state) as sandbox:
        words = [sys.executable, "-m", "tests.support.accounts.kill_harness", sandbox.url]
        homes = [folder / f"home-{number}" if database else folder for number in range(killers)]
        # A killed process has no time to write coverage data.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
        at_work = [
            subprocess.Popen(
                [*words, str(homes[number]), str(kills), str(number * 1_000_000), mode],
                cwd=ROOT,
                env=environment
                | store_environment
                | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "monitor")))},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(killers)
        ]
        ended = [process.communicate(timeout=_LONGEST_SECONDS) for process in at_work]
        faults = [err for _, err in ended if err]
        counts = state.refresh_counts()
        with open_store(store_environment, folder) as store:
            alive = sum(
                state.can_refresh(grant.refresh.reveal())
                for grant in store.grants()
                if grant.refresh is not None
            )
        lost = faults + find_lost_grants(sandbox.url, folder, store_environment)
    return KillRun(
        [json.loads(out) for out, _ in ended],
        *counts,
        alive,
        lost,
        time.monotonic() - started,
    )
