"""Handles and memory of ``tokcheck serve`` after bursts of connections and malformed requests.

    uv run python -m benchmarks.exporter.soak [BURSTS] [REQUESTS]

By default 50 bursts of 400 connections, and 100,000 malformed requests. Both figures must come back
to where they were after a first, small round, which loads what is loaded once.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from random import Random

from tests.support.exporter.soak import Footprint, burst, measure, send_malformed

_BURSTS = 50
_REQUESTS = 100_000
_CONNECTIONS = 400
_ROUNDS = 5
_SETTLE_SECONDS = 15.0  # connections without a whole request are closed after 10


def main() -> None:
    """Start an exporter without accounts, and print what it keeps."""
    bursts, requests = (*map(int, sys.argv[1:]), *(_BURSTS, _REQUESTS)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as tokens:
        words = ["serve", "--tokens-dir", tokens, "--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            [sys.executable, "-m", "tokcheck", *words],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TOKCHECK_HOME": f"{home}/tokcheck"},
        ) as server:
            assert server.stderr is not None
            line = next(one for one in server.stderr if "Listening on" in one)
            port = int(line.rstrip().rpartition(":")[2])
            _load(server.pid, port, 2, 2_000, "warm")
            before = measure(server.pid)
            after = _load(server.pid, port, bursts, 0, "after bursts")
            for number in range(1, _ROUNDS + 1):
                name = f"after {requests * number // _ROUNDS:,} malformed requests"
                after = _load(server.pid, port, 0, requests // _ROUNDS, name)
            server.terminate()
            rest = server.stderr.read()
    print(f"handles {before.handles} -> {after.handles}")
    print(f"memory  {before.kibibytes:,} -> {after.kibibytes:,} KiB")
    print(f"log lines after the start: {sum('bug' in one for one in rest.splitlines())} of bugs")


def _load(pid: int, port: int, bursts: int, requests: int, name: str) -> Footprint:
    started, random = time.monotonic(), Random(1)
    for _ in range(bursts):
        burst(port, _CONNECTIONS)
        time.sleep(0.1)
    answered = asyncio.run(send_malformed(port, random, requests))
    time.sleep(_SETTLE_SECONDS)
    kept = measure(pid)
    seconds = time.monotonic() - started
    print(
        f"{name}: {kept.handles} handles, {kept.kibibytes:,} KiB; "
        f"{answered:,} answered, {seconds:.0f} s",
        flush=True,
    )
    return kept


if __name__ == "__main__":
    main()
