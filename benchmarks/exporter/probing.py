"""Probes per second on one core, CPU time per probe, and memory over an hour of probing.

    uv run python -m benchmarks.exporter.probing [PROBES_PER_ROUND]

Probes the sandbox, which runs in a process of its own on another core if there is one, and then a
server that only repeats one of its responses, which shows whether the sandbox is the bottleneck.
The hour is 20,000 probes of 200 accounts, as many as 1,100 accounts need with one every 200 s.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.support.goals import Figure, report
from benchmarks.support.ratios import SCRIPT
from benchmarks.support.servers import run_server
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.exporter import Prober
from tokcheck.exporter.sources import Account, VariableSource, WatchedAccount
from tokcheck.providers import REGISTRY
from tokcheck.transport import AsyncNet
from tokcheck.transport.endpoints import Endpoints

_GOAL = 500
_PROBES = 100  # in each round
_HOUR = 20_000
_ACCOUNTS = 200
_ROUNDS = 20
_CONNECTIONS = (1, 2, 4, 8, 16)


def _cores() -> tuple[set[int], set[int]]:
    """Return the core of this process and those of the servers."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, set(cores[1:]) or {cores[0]}


def _create_accounts(url: str) -> list[WatchedAccount]:
    accounts = []
    with httpx.Client(base_url=url) as client:
        for number in range(_ACCOUNTS):
            form = {"provider": "fitbit", "scopes": "settings,profile"}
            token = client.post("/sandbox/tokens", data=form).json()["token"]
            account = Account(f"account-{number}", VariableSource("NONE"))
            accounts.append(WatchedAccount(account, Secret(token), str(number)))
    return accounts


def _probe_response(url: str, watched: WatchedAccount) -> bytes:
    """Return the sandbox's response to a probe, with its headers."""
    assert watched.paste is not None
    bearer = {"Authorization": f"Bearer {watched.paste.reveal()}"}
    response = httpx.get(f"{url}/1/user/-/devices.json", headers=bearer)
    head = [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode() + response.content


async def _probe_all(
    prober: Prober, accounts: Sequence[WatchedAccount], probes: int, n: int
) -> None:
    numbers = iter(range(probes))

    async def work() -> None:
        for number in numbers:
            report = await prober.probe(accounts[number % len(accounts)])
            assert report.verdict is Verdict.VALID, report.summary

    await asyncio.gather(*(work() for _ in range(n)))


class _Cost(NamedTuple):
    """Probes per second, and CPU seconds per probe of this process and of the server."""

    rate: float
    own: float
    server: float


async def _costs(
    url: str, pid: int, accounts: Sequence[WatchedAccount], probes: int, n: int
) -> _Cost:
    """Return the cost of probes: the best of several rounds, because the machine may be busy."""
    costs = []
    async with AsyncNet(_at(url), timeout=10, pause=asyncio.sleep, connections=n) as net:
        prober = Prober(REGISTRY, net, now=lambda: datetime.now(UTC), timer=time.monotonic)
        await _probe_all(prober, accounts, 200, n)
        for _ in range(_ROUNDS):
            started, own, other = time.perf_counter(), time.process_time(), _cpu_of(pid)
            await _probe_all(prober, accounts, probes, n)
            took = time.perf_counter() - started
            own, other = time.process_time() - own, _cpu_of(pid) - other
            costs.append(_Cost(probes / took, own / probes, other / probes))
    return _Cost(
        *(
            choose(each)
            for choose, each in zip((max, min, min), zip(*costs, strict=True), strict=True)
        )
    )


def _cpu_of(pid: int) -> float:
    """Return the CPU seconds that another process has used, to a hundredth."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _hour(url: str, accounts: Sequence[WatchedAccount]) -> tuple[float, float, int]:
    """Return the resident MiB after a tenth of the hour and at its end, and the new objects."""
    async with AsyncNet(_at(url), timeout=10, pause=asyncio.sleep) as net:
        prober = Prober(REGISTRY, net, now=lambda: datetime.now(UTC), timer=time.monotonic)
        await _probe_all(prober, accounts, _HOUR // 10, net.connections)
        gc.collect()
        before, blocks = _resident(), sys.getallocatedblocks()
        await _probe_all(prober, accounts, _HOUR - _HOUR // 10, net.connections)
        gc.collect()
        return before, _resident(), sys.getallocatedblocks() - blocks


def _resident() -> float:
    status = Path("/proc/self/statm")
    if not status.exists():
        return float("nan")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _at(url: str) -> Endpoints:
    return Endpoints({(p.name, name): url for p in REGISTRY.values() for name in p.services})


def measure(probes: int = _PROBES) -> list[Figure]:
    """Print the cost at every number of connections, and return the best at the sandbox."""
    own, others = _cores()
    if own:
        os.sched_setaffinity(0, own)
    sandbox = [SCRIPT, "sandbox", "--port", "0", "--limit", "100000000"]
    repeating = [sys.executable, "-m", "benchmarks.support.answering"]
    best = 0.0
    with run_server(sandbox, b"", others) as sandbox_server:
        url = sandbox_server.first_line.removeprefix("Listening on ")
        accounts = _create_accounts(url)
        with run_server(repeating, _probe_response(url, accounts[0]), others) as repeating_server:
            places = {
                "sandbox": (url, sandbox_server.pid),
                "same response": (
                    f"http://127.0.0.1:{repeating_server.first_line}",
                    repeating_server.pid,
                ),
            }
            print("server           at once  probes a second  own CPU ms  server's CPU ms")
            for n in _CONNECTIONS:
                for place, (address, pid) in places.items():
                    cost = asyncio.run(_costs(address, pid, accounts, probes, n))
                    best = max(best, cost.rate) if place == "sandbox" else best
                    print(
                        f"{place:16} {n:7} {cost.rate:16,.0f} {cost.own * 1000:11.2f} "
                        f"{cost.server * 1000:16.2f}",
                        flush=True,
                    )
        before, after, blocks = asyncio.run(_hour(url, accounts))
    print(f"{_HOUR:,} probes: {before:.1f} MiB, at the end {after:.1f} MiB, {blocks:+,} objects")
    return [Figure("probes of the sandbox", best, "probes/s", _GOAL, at_least=True)]


if __name__ == "__main__":
    report(measure)
