"""Refreshes a thousand accounts at a sandbox in another process, each with two disk syncs.

uv run python -m benchmarks.refreshing [ACCOUNTS] [postgres]

With ``postgres``, the accounts are in a database on a server of its own, with commits on the disk.
"""

import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.support.goals import Figure, report
from tests.support.accounts.kill_harness import NO_CERTIFICATES, endpoints
from tests.support.accounts.kill_run import FITBIT, fill, unlimited_state
from tests.support.suite.postgres_server import run_server
from tokcheck.accounts.refresh import AsyncRefresher
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import serve_in_thread
from tokcheck.sandbox.state.users import User
from tokcheck.transport import AsyncNet

GOAL = 200
GOAL_OF_POSTGRES = 150
AT_ONCE = 16


def serve(folder: Path, count: int, pipe: Connection, environment: dict[str, str]) -> None:
    """Fill the store with grants of ``count`` users, and run the sandbox until the pipe says so."""
    sandbox_world = unlimited_state()
    names = [f"person {number}" for number in range(count)]
    for number, name in enumerate(names):
        user = f"{number:06d}"
        sandbox_world.put_account(User(name, user, f"1{user}", f"2{user}"))
    with open_store(environment, folder) as store:
        fill(store, sandbox_world, FITBIT, count)
    with serve_in_thread(sandbox_world) as sandbox:
        pipe.send(sandbox.url)
        pipe.recv()
    pipe.send(tuple(sandbox_world.refresh_counts()))


async def refresh_all(url: str, store: GrantStore, names: list[str]) -> list[float]:
    turns = asyncio.Semaphore(AT_ONCE)
    seconds: list[float] = []
    async with (
        AsyncNet(
            endpoints(url),
            timeout=20,
            pause=asyncio.sleep,
            connections=AT_ONCE,
            verify=NO_CERTIFICATES,
        ) as net,
        AsyncRefresher(store, REGISTRY, net.send) as refresher,
    ):

        async def refresh(name: str) -> None:
            async with turns:
                started = time.perf_counter()
                await refresher.fresh_grant(name, inf)
                seconds.append(time.perf_counter() - started)

        await asyncio.gather(*(refresh(name) for name in names))
    return seconds


def sync_seconds(folder: Path, rounds: int = 200) -> float:
    descriptor = os.open(folder / "synced", os.O_CREAT | os.O_RDWR, 0o600)
    took = []
    for _ in range(rounds):
        os.pwrite(descriptor, b"x" * 4096, 0)
        started = time.perf_counter()
        os.fsync(descriptor)
        took.append(time.perf_counter() - started)
    os.close(descriptor)
    return statistics.median(took)


def measure(count: int = 1_000, where: str = "") -> list[Figure]:
    """Refresh every account twice, in a file or on a server of PostgreSQL."""
    if where != "postgres":
        return _measure_at(count, {}, GOAL)
    with run_server("fsync = on\nfull_page_writes = on\n") as server:
        url = server.url(server.new_schema())
        return _measure_at(count, {"TOKCHECK_DATABASE": url}, GOAL_OF_POSTGRES)


def _measure_at(count: int, environment: dict[str, str], goal: int) -> list[Figure]:
    context = multiprocessing.get_context("spawn")
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "data"
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(folder, count, there, environment))
        server.start()
        url = here.recv()
        with open_store(environment, folder) as store:
            print(f"one sync of 4 KiB takes {sync_seconds(folder) * 1000:.2f} ms")
            names = [grant.name for grant in store.grants()][:count]
            for turn in ("with files to make", "again"):
                cpu, started = time.process_time(), time.perf_counter()
                took = asyncio.run(refresh_all(url, store, names))
                wall = time.perf_counter() - started
                print(
                    f"{turn}: {len(took)} accounts in {wall:.2f} s, {len(took) / wall:.0f} a second; "
                    f"{(time.process_time() - cpu) / len(took) * 1000:.2f} ms of CPU each, "
                    f"median {statistics.median(took) * 1000:.0f} ms with {AT_ONCE} at once"
                )
                figures.append(
                    Figure(
                        f"refreshes, {turn}", len(took) / wall, "accounts/s", goal, at_least=True
                    )
                )
        here.send("end")
        print("the sandbox renewed, repeated, refused:", here.recv())
        server.join()
    return figures


if __name__ == "__main__":
    report(measure)
