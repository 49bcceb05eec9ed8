"""The sandbox, a store full of its grants, and hunters that kill those who refresh them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tests.support.accounts.kill_harness import survived
from tests.support.paths import ROOT
from tokcheck.accounts.grant import Client, Tokens, grant_from_tokens
from tokcheck.accounts.store.store import Store
from tokcheck.core.secret import Secret
from tokcheck.sandbox.server import serve_in_thread
from tokcheck.sandbox.state.clients import (
    FITBIT_SECRET,
    FITBIT_SERVER_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
)
from tokcheck.sandbox.state.rate_limits import RateLimitRule
from tokcheck.sandbox.state.sandbox_state import SandboxState

FITBIT = Client("fitbit", FITBIT_SERVER_CLIENT, Secret(FITBIT_SECRET))
GOOGLE = Client("google-health", GOOGLE_CLIENT, Secret(GOOGLE_SECRET))
_NO_LIMIT = RateLimitRule(10**9, 3600)


class Bag(NamedTuple):
    """What came of a hunt: per hunter how it went, what the sandbox counted, what was lost."""

    hunters: list[dict[str, float]]
    renewed: int
    repeated: int
    refused: int
    alive: int
    lost: list[str]
    seconds: float

    @property
    def killed(self) -> int:
        return int(sum(hunter["killed"] for hunter in self.hunters))


def world() -> SandboxState:
    """A world without limits of calls: what is tried here is not how many there are."""
    return SandboxState(fitbit=_NO_LIMIT, google=_NO_LIMIT)


def fill(store: Store, sandbox: SandboxState, client: Client, count: int) -> None:
    """Have ``count`` of the sandbox's people consent to an application."""
    for account in sandbox.accounts()[:count]:
        issued = sandbox.exchange_code(
            client.client_id, sandbox.issue_code(client.client_id, account.name)
        )
        assert issued.refresh is not None
        tokens = Tokens(Secret(issued.access), Secret(issued.refresh), expires_in=60)
        store.put(
            grant_from_tokens(f"{client.provider} {account.name}", client, tokens, time.time())
        )


def hunt(folder: Path, *, kills: int, hunters: int, mode: str) -> Bag:
    """Kill ``kills`` processes by each of so many hunters, and see what is left at the end.

    The processes refresh the accounts "in turns" or "at once".
    """
    people = world()
    with Store(folder) as store:
        fill(store, people, FITBIT, 3)
        fill(store, people, GOOGLE, 1)
    started = time.monotonic()
    with serve_in_thread(people) as sandbox:
        words = [
            sys.executable,
            "-m",
            "tests.support.accounts.kill_harness",
            sandbox.url,
            str(folder),
        ]
        # The kills leave no time to write down what was covered.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
        at_work = [
            subprocess.Popen(
                [*words, str(kills), str(number * 1_000_000), mode],
                cwd=ROOT,
                env=environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'monitor'}"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(hunters)
        ]
        ended = [process.communicate(timeout=3600) for process in at_work]
        faults = [err for _, err in ended if err]
        counts = people.refresh_counts()
        with Store(folder) as store:
            alive = sum(
                people.can_refresh(grant.refresh.reveal())
                for grant in store.grants()
                if grant.refresh is not None
            )
        lost = faults + survived(sandbox.url, folder)
    return Bag(
        [json.loads(out) for out, _ in ended],
        *counts,
        alive,
        lost,
        time.monotonic() - started,
    )
