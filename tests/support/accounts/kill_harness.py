"""Processes that refresh in a loop, and a killer that ends them at random moments.

``python -m tests.support.accounts.kill_harness URL FOLDER KILLS SEED MODE`` starts one such process
after another and kills it: every other one at a moment drawn over the time of a few refreshes, the
others just after a refresh request was sent or its response received. It prints its counts as
JSON. The processes are forked where the system can do that, because starting an interpreter takes
ten times as long as a refresh. TOKCHECK_DATABASE selects a database in place of the file.
"""

import asyncio
import json
import os
import random
import select
import signal
import ssl
import sys
import time
from collections.abc import Mapping
from math import inf
from pathlib import Path
from types import MappingProxyType

from tests.support.accounts.spawned_process import SpawnedProcess, end_waiting
from tokcheck.accounts.grant import Grant

# A refresher imports these at its first refresh; a child should not spend its time on that.
from tokcheck.accounts.refresh import (
    AsyncRefresher,
    Refresher,
    refresh_flow,  # noqa: F401 - for the import alone
)
from tokcheck.accounts.store.environment import open_store
from tokcheck.core.errors import TokcheckError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport import AsyncNet, Net
from tokcheck.transport.endpoints import Endpoints, resolve_endpoints

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
READY, SENT, ANSWERED, DONE = b"r", b"s", b"a", b"."
_DEADLINE = 30.0
# An interpreter that is started in Wine, on a busy machine, takes longer than a refresh.
_START_DEADLINE = 300.0


def endpoints(url: str) -> Endpoints:
    names = ("FITBIT_URL", "GOOGLE_HEALTH_URL", "GOOGLE_OAUTH_URL")
    return resolve_endpoints(REGISTRY, {f"TOKCHECK_{name}": url for name in names})


def request_with_token(grant: Grant) -> tuple[Provider, Request]:
    """Return a request with an access token, and its provider."""
    provider = REGISTRY[grant.client.provider]
    path = "/1/user/-/devices.json" if provider.name == "fitbit" else "/v4/users/me/identity"
    return provider, Request("GET", "api", path, bearer=grant.access)


def refresh_in_turns(url: str, folder: Path, seed: int, signals: int) -> None:
    """Refresh one account after another in a loop, and use each new token."""
    order = random.Random(seed)
    with Net(endpoints(url), timeout=10, pause=time.sleep, verify=NO_CERTIFICATES) as net:

        def send(provider: Provider, request: Request) -> Response:
            os.write(signals, SENT)
            answer = net.send(provider, request)
            os.write(signals, ANSWERED)
            return answer

        with open_store(os.environ, folder) as store:
            names = [grant.name for grant in store.grants()]
            refresher = Refresher(store, REGISTRY, send)
            os.write(signals, READY)
            while True:
                # First what another process left: the provider repeats its response for minutes.
                left = [one.grant.name for one in store.accounts() if one.intent is not None]
                grant = refresher.fresh_grant(order.choice(left or names), inf)
                status = net.send(*request_with_token(grant)).status
                if status != 200:
                    raise RuntimeError(f"a new token of {grant.name} got HTTP {status}")
                os.write(signals, DONE)


def refresh_at_once(url: str, folder: Path, seed: int, signals: int) -> None:
    """Refresh all accounts concurrently in a loop, like the exporter."""
    del seed
    asyncio.run(_all_at_once(url, folder, signals))


async def _all_at_once(url: str, folder: Path, signals: int) -> None:
    async with AsyncNet(
        endpoints(url), timeout=10, pause=asyncio.sleep, verify=NO_CERTIFICATES
    ) as net:

        async def send(provider: Provider, request: Request) -> Response:
            os.write(signals, SENT)
            answer = await net.send(provider, request)
            os.write(signals, ANSWERED)
            return answer

        async def one(refresher: AsyncRefresher, name: str) -> None:
            while True:
                grant = await refresher.fresh_grant(name, inf)
                status = (await net.send(*request_with_token(grant))).status
                if status != 200:
                    raise RuntimeError(f"a new token of {grant.name} got HTTP {status}")
                os.write(signals, DONE)

        with open_store(os.environ, folder) as store:
            async with AsyncRefresher(store, REGISTRY, send) as refresher:
                os.write(signals, READY)
                await asyncio.gather(*(one(refresher, grant.name) for grant in store.grants()))


MODES = {"in turns": refresh_in_turns, "at once": refresh_at_once}


if sys.platform == "win32":

    class SpawnedRefreshingProcess(SpawnedProcess):
        """A process that refreshes in a loop, for a system that cannot fork."""

        def wait_for(self, mark: bytes, seconds: float = _DEADLINE) -> bool:
            """Wait for a mark; return whether it arrived."""
            return super().wait_for(mark, seconds)

    RefreshingProcess = SpawnedRefreshingProcess

else:

    class RefreshingProcess:
        """A forked process that refreshes in a loop; it reports its steps on a pipe."""

        def __init__(self, url: str, folder: Path, seed: int, mode: str) -> None:
            self._signals, child_end = os.pipe()
            self.pid = os.fork()
            if self.pid == 0:
                os.close(self._signals)
                try:
                    MODES[mode](url, folder, seed, child_end)
                except BaseException as error:  # noqa: BLE001 - the fork must not continue
                    os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(1)
            os.close(child_end)

        def wait_for(self, mark: bytes, seconds: float = _DEADLINE) -> bool:
            """Wait for a mark; return whether it arrived."""
            until = time.monotonic() + seconds
            while select.select([self._signals], [], [], max(0.0, until - time.monotonic()))[0]:
                received = os.read(self._signals, 1)
                if received == mark:
                    return True
                if not received:
                    return False
            return False

        def kill(self) -> bool:
            """Kill the process; return whether that ended it."""
            os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            os.close(self._signals)
            return os.WIFSIGNALED(status)


def measure_refresh_seconds(url: str, folder: Path, seed: int, mode: str) -> float:
    process = RefreshingProcess(url, folder, seed, mode)
    try:
        process.wait_for(DONE, _START_DEADLINE)
        started = time.monotonic()
        for _ in range(20):
            process.wait_for(DONE)
        return (time.monotonic() - started) / 20
    finally:
        process.kill()


def kill_processes(url: str, folder: Path, kills: int, seed: int, mode: str) -> dict[str, float]:
    """Kill ``kills`` processes, and return the counts."""
    draw = random.Random(seed)
    refresh_seconds = measure_refresh_seconds(url, folder, seed, mode)
    counts = {"killed": 0, "died": 0, "aimed": 0}
    for number in range(kills):
        process = RefreshingProcess(url, folder, seed + number, mode)
        process.wait_for(READY, _START_DEADLINE)
        if number % 2:
            mark, span = draw.choice(
                ((SENT, refresh_seconds / 2), (ANSWERED, refresh_seconds / 20))
            )
            counts["aimed"] += process.wait_for(mark)
            time.sleep(draw.uniform(0, span))
        else:
            time.sleep(draw.uniform(0, refresh_seconds * 3))
        counts["killed" if process.kill() else "died"] += 1
    return {**counts, "seconds_of_a_refresh": refresh_seconds}


def find_lost_grants(
    url: str, folder: Path, environment: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Finish every refresh, then use and refresh every account; return the errors."""
    faults = []
    with (
        Net(endpoints(url), timeout=10, pause=time.sleep, verify=NO_CERTIFICATES) as net,
        open_store(environment, folder) as store,
    ):
        refresher = Refresher(store, REGISTRY, net.send)
        for name in [grant.name for grant in store.grants()]:
            for min_ttl in (0.0, inf):
                try:
                    status = net.send(
                        *request_with_token(refresher.fresh_grant(name, min_ttl))
                    ).status
                except TokcheckError as error:
                    faults.append(f"{name}: {error}")
                else:
                    if status != 200:
                        faults.append(f"{name}: HTTP {status}")
    return faults


if __name__ == "__main__":
    url, folder, kills, seed, mode = sys.argv[1:]
    sys.stdout.write(json.dumps(kill_processes(url, Path(folder), int(kills), int(seed), mode)))
    end_waiting()
