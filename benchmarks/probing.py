"""Probes a second on one core, CPU time a probe, and memory over an hour of probing.

    uv run python -m benchmarks.probing [PROBES]

Asks the sandbox, which runs in a process of its own on another core where there is one, and then
a server that only repeats one of its answers, which tells whether the sandbox held things up. The
hour is 20,000 probes of 200 accounts, as many as 1,100 accounts take with a probe every 200 s.
"""

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.ratios import SCRIPT
from tokcheck.endpoints import Endpoints
from tokcheck.exporter.account import Account, VariableSource, Watched
from tokcheck.exporter.prober import Prober
from tokcheck.net import AsyncNet
from tokcheck.providers import REGISTRY
from tokcheck.report import Verdict
from tokcheck.secret import Secret

_GOAL = 500
_HOUR = 20_000
_ACCOUNTS = 200
_CONNECTIONS = (1, 2, 4, 8, 16)


def _cores() -> tuple[set[int], set[int]]:
    """Return the core of this process and those of the servers."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, set(cores[1:]) or {cores[0]}


@contextmanager
def _server(words: Sequence[str], stdin: bytes, cores: set[int]) -> Iterator[str]:
    """Run a server; yield the first line that it prints."""
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        if cores:
            os.sched_setaffinity(server.pid, cores)
        server.stdin.write(stdin)
        server.stdin.close()
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.terminate()


def _minted(url: str) -> list[Watched]:
    accounts = []
    with httpx.Client(base_url=url) as client:
        for number in range(_ACCOUNTS):
            form = {"provider": "fitbit", "scopes": "settings,profile"}
            token = client.post("/sandbox/tokens", data=form).json()["token"]
            account = Account(f"account-{number}", VariableSource("NONE"))
            accounts.append(Watched(account, Secret(token), str(number)))
    return accounts


def _answer(url: str, watched: Watched) -> bytes:
    """Return what the sandbox answers, byte for byte as far as that matters."""
    assert watched.paste is not None
    bearer = {"Authorization": f"Bearer {watched.paste.reveal()}"}
    answer = httpx.get(f"{url}/1/user/-/devices.json", headers=bearer)
    head = [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode() + answer.content


async def _probe_all(prober: Prober, accounts: Sequence[Watched], probes: int, n: int) -> None:
    numbers = iter(range(probes))

    async def work() -> None:
        for number in numbers:
            report = await prober.probe(accounts[number % len(accounts)])
            assert report.verdict is Verdict.VALID, report.summary

    await asyncio.gather(*(work() for _ in range(n)))


async def _measured(
    url: str, accounts: Sequence[Watched], probes: int, n: int
) -> tuple[float, float]:
    """Return probes a second and CPU seconds a probe."""
    async with AsyncNet(_at(url), timeout=10, pause=asyncio.sleep, connections=n) as net:
        prober = Prober(REGISTRY, net, now=lambda: datetime.now(UTC), timer=time.monotonic)
        await _probe_all(prober, accounts, 200, n)
        started, cpu = time.perf_counter(), time.process_time()
        await _probe_all(prober, accounts, probes, n)
        cpu, took = time.process_time() - cpu, time.perf_counter() - started
    return probes / took, cpu / probes


async def _hour(url: str, accounts: Sequence[Watched]) -> tuple[float, float, int]:
    """Return the resident MiB after a tenth of the hour and at its end, and new objects."""
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


def main(probes: int) -> int:
    own, others = _cores()
    if own:
        os.sched_setaffinity(0, own)
    sandbox = [SCRIPT, "sandbox", "--port", "0", "--limit", "100000000"]
    repeating = [sys.executable, "-m", "benchmarks.answering"]
    best = 0.0
    with _server(sandbox, b"", others) as said:
        url = said.removeprefix("Listening on ")
        accounts = _minted(url)
        with _server(repeating, _answer(url, accounts[0]), others) as port:
            places = {"sandbox": url, "repeated answer": f"http://127.0.0.1:{port}"}
            for n in _CONNECTIONS:
                for place, address in places.items():
                    rate, cpu = asyncio.run(_measured(address, accounts, probes, n))
                    best = max(best, rate) if place == "sandbox" else best
                    print(
                        f"{place:16} {n:2} at once {rate:7,.0f} probes a second "
                        f"{cpu * 1000:5.2f} ms CPU a probe",
                        flush=True,
                    )
        before, after, blocks = asyncio.run(_hour(url, accounts))
    print(f"best against the sandbox {best:,.0f} probes a second  goal {_GOAL}")
    print(f"{_HOUR:,} probes: {before:.1f} MiB, at the end {after:.1f} MiB, {blocks:+,} objects")
    return 0 if best >= _GOAL else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
