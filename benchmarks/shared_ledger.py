"""How many probes a second the ledger on PostgreSQL records.

uv run python -m benchmarks.shared_ledger [EXPORTERS]

The server is one of its own on this machine, with commits on the disk. Each exporter is a process
that uses the ledger as a real one does for each probe: it reads what others have recorded, records
the worst case, settles it, and stores the account's state.
"""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count

from benchmarks.support.goals import Figure, report
from tests.support.exporter.builders import probed_state, quota
from tests.support.exporter.builders import report as probe_report
from tests.support.suite.postgres_server import run_server
from tokcheck.core.report import Verdict
from tokcheck.exporter.ledger.async_accounting import AsyncAccounting, RecordedState
from tokcheck.exporter.ledger.pacing import NO_ENDPOINTS
from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger
from tokcheck.exporter.ledger.request_ledger import Ticket
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.scheduling.budget import RecentSpend
from tokcheck.exporter.sources.account import Policy
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.providers import REGISTRY
from tokcheck.storage.postgres.database_address import parse_database_address

GOAL = 1_000
AT_ONCE = 32
SECONDS = 5.0


async def record_probes(ledger: PostgresLedger, prefix: str, seconds: float) -> int:
    """Record probes of one account after the other, so many at once; return how many."""
    log: list[str] = []
    accounting = AsyncAccounting(
        ledger, REGISTRY, log_messages(log.append), endpoints=NO_ENDPOINTS, timer=time.time
    )
    numbers, policy = count(), Policy()
    end = time.monotonic() + seconds

    async def probe_in_turn() -> int:
        probes = 0
        while time.monotonic() < end:
            now, name = time.time(), f"{prefix} {next(numbers)}"
            new = AccountState(name, provider="fitbit", version="v1", subject=name)
            known = await accounting.adopt_newer_state(
                RecordedState(new, RecentSpend()), policy, now
            )
            ticket = await accounting.take(known.state, policy, now)
            assert isinstance(ticket, Ticket), ticket
            after = probed_state(Verdict.VALID, quota(), name=name, subject=name, probed_at=now)
            spent = await accounting.settle(
                ticket, probe_report(), RecordedState(after, known.spent), policy, now
            )
            assert spent.count(now) == 1
            await accounting.remember(after)
            probes += 1
        return probes

    total = sum(await asyncio.gather(*(probe_in_turn() for _ in range(AT_ONCE))))
    accounting.close()
    assert not log, log
    return total


def run_exporter(url: str, number: int) -> tuple[float, float]:
    """Return how many probes a second were recorded, and the milliseconds of CPU of each."""
    with PostgresLedger(parse_database_address(url, {})) as ledger:
        asyncio.run(record_probes(ledger, f"warming up {number}", 0.5))  # it connects and imports
        cpu, started = time.process_time(), time.monotonic()
        total = asyncio.run(record_probes(ledger, f"account {number}", SECONDS))
        return total / (time.monotonic() - started), (time.process_time() - cpu) / total * 1000


def measure(exporters: int = 4) -> list[Figure]:
    """Record probes in one process, and in several."""
    context = multiprocessing.get_context("spawn")
    figures = []
    with run_server("fsync = on\nfull_page_writes = on\n") as server:
        for processes in (1, exporters):
            url = server.url(server.new_schema())
            with ProcessPoolExecutor(processes, context) as pool:
                found = list(pool.map(run_exporter, [url] * processes, range(processes)))
            rate = sum(rate for rate, _ in found)
            print(
                f"{processes} exporters, {AT_ONCE} probes at once in each: {rate:.0f} a second, "
                f"{max(cpu for _, cpu in found):.2f} ms of CPU each in the exporter"
            )
            figures.append(
                Figure(f"probes recorded, {processes}", rate, "probes/s", GOAL, at_least=True)
            )
    return figures


if __name__ == "__main__":
    report(measure)
