"""Many accounts in a database on PostgreSQL, beside the same ones in a file.

uv run python -m benchmarks.shared_store [ACCOUNTS]

The server is one of its own on this machine, with commits on the disk. Shown are the time of
``tokcheck token`` as a whole process, of a list of all accounts, of an exporter's renewal of its
leases, and how many probes a second the ledger can record.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.support.suite.postgres_server import run_server
from tokcheck.accounts.grant import Client, Grant
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.postgres.postgres_store import PostgresStore
from tokcheck.core.secret import Secret
from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger
from tokcheck.exporter.sources.leases import AccountLeases
from tokcheck.storage.postgres.database_address import DatabaseAddress, parse_database_address

RUNS = 15
BATCH = 500
INSTANCES = 10
RECORDERS = 4
RECORDING_SECONDS = 5.0
HOUR = 3600.0


def grants(count: int) -> Iterable[Grant]:
    for number in range(count):
        yield Grant(
            name=f"person-{number:07}",
            client=Client("fitbit", "23TEST", Secret("5e" * 16)),
            access=Secret(f"access-{number:07}-" + "x" * 250),
            refresh=Secret(f"{number:064x}"),
            expires_at=time.time() + 8 * HOUR,
            refresh_expires_at=None,
            scopes=("sleep", "settings"),
            user_id=f"{number:07}",
            obtained_at=time.time(),
        )


def fill(store: GrantStore, count: int) -> None:
    waiting: list[Grant] = []
    for grant in grants(count):
        waiting.append(grant)
        if len(waiting) == BATCH:
            with store.transaction():
                for one in waiting:
                    store.put(one)
            waiting.clear()


def median_milliseconds(work: Callable[[], object], runs: int) -> float:
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


def print_token(environment: dict[str, str], name: str) -> None:
    command = [sys.executable, "-m", "tokcheck", "token", name]
    subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)


def measure_token(places: dict[str, dict[str, str]], count: int) -> None:
    name = f"person-{count // 2:07}"
    # In turns, so that a busy machine is so for all.
    took: dict[str, list[float]] = {place: [] for place in places}
    for _ in range(RUNS):
        for place, environment in places.items():
            took[place].append(median_milliseconds(lambda: print_token(environment, name), 1))  # noqa: B023 - used at once
    for place, found in took.items():
        print(f"tokcheck token, {place}: {statistics.median(found):.0f} ms")


def measure_leases(address: DatabaseAddress, names: list[str]) -> None:
    instances = [AccountLeases(address, "bench", f"instance {n}") for n in range(INSTANCES)]
    for _ in range(3):
        for leases in instances:
            leases.choose(names, ())
    held = [leases.cluster.leases for leases in instances]
    renewals = [median_milliseconds(lambda: leases.choose(names, ()), 5) for leases in instances]  # noqa: B023 - used at once
    print(
        f"renewing the leases of one of {INSTANCES} exporters, with {max(held)} of {len(names)} "
        f"accounts: {statistics.median(renewals):.0f} ms, every 5 s"
    )
    for leases in instances:
        leases.close()


def measure_ledger(address: DatabaseAddress) -> None:
    def record(number: int) -> int:
        count, end = 0, time.monotonic() + RECORDING_SECONDS
        with PostgresLedger(address) as ledger:
            while time.monotonic() < end:
                now = time.time()
                ticket = ledger.take(f"subject {number} {count}", 1, 6, HOUR, now)
                assert ticket is not None
                ledger.settle(ticket, 1, now=now)
                count += 1
        return count

    with ThreadPoolExecutor(RECORDERS) as recorders:
        total = sum(recorders.map(record, range(RECORDERS)))
    print(f"probes recorded by {RECORDERS} connections: {total / RECORDING_SECONDS:.0f} a second")


def main(count: int) -> None:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(run_server("fsync = on\nfull_page_writes = on\n"))
        url = server.url(server.new_schema())
        address = parse_database_address(url, {})
        files = {"TOKCHECK_HOME": str(scratch / "file")}
        database = {"TOKCHECK_HOME": str(scratch / "home"), "TOKCHECK_DATABASE": url}
        stores = {
            "file": stack.enter_context(Store(scratch / "file")),
            "database": stack.enter_context(PostgresStore(address, scratch / "home")),
        }
        for place, store in stores.items():
            started = time.perf_counter()
            fill(store, count)
            took = time.perf_counter() - started
            print(f"{count} accounts stored, {place}: {took:.0f} s")
            server.run_sql("ANALYZE")
        measure_token({"file": files, "database": database}, count)
        for place, store in stores.items():
            print(f"reading all accounts, {place}: {median_milliseconds(store.accounts, 1):.0f} ms")
        names = [grant.name for grant in stores["file"].grants()]
        measure_leases(address, names)
        measure_ledger(address)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
