"""Machines that share grants on PostgreSQL, while processes, sessions and the server are killed.

uv run python -m benchmarks.kills.postgres [KILLS] [ENDED_BACKENDS] [SERVER_STOPS] [MOVES]

MOVES is how many moves of all accounts between files and database are killed, and how many end with
a crash of the server. It starts a server of its own, with commits on the disk; as root, it does so as another user.
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.support.accounts.fleet import FleetRun, refresh_while
from tests.support.accounts.kill_run import kill_while_refreshing
from tests.support.cli.move_run import MovingAccounts, crash_of, interrupt_moves, kill
from tests.support.suite.postgres_server import PostgresServer, run_server

_DURABLE = "fsync = on\nfull_page_writes = on\n"


def kill_processes(server: PostgresServer, folder: Path, kills: int, machines: int) -> bool:
    started = time.monotonic()
    run = kill_while_refreshing(
        folder,
        kills=kills // machines,
        killers=machines,
        mode="in turns",
        database=server.url(server.new_schema()),
    )
    print(
        f"{run.kill_count} processes of {machines} machines killed in "
        f"{time.monotonic() - started:.0f} s: {run.renewed} refreshes, {run.repeated} repeated, "
        f"{run.refused} refused, {len(run.lost)} lost {run.lost[:3]}",
        flush=True,
    )
    return not run.lost and not run.refused


def report(what: str, run: FleetRun) -> bool:
    print(
        f"{what}: {run.refreshes} refreshes, {run.outages} ended by it, the longest took "
        f"{run.longest_seconds:.1f} s, {run.refused} refused, {len(run.faults)} faults {run.faults[:3]}",
        flush=True,
    )
    return not run.faults and not run.refused


def end_backends(server: PostgresServer, count: int) -> None:
    for _ in range(count):
        time.sleep(0.1)
        server.run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tokcheck'"
        )


def crash(server: PostgresServer, count: int) -> None:
    for _ in range(count):
        time.sleep(1.3)  # a machine tries again after a second
        server.stop("immediate")
        server.start()


def interrupt_all_moves(server: PostgresServer, folder: Path, count: int) -> bool:
    good = True
    for what, interrupt in (("killed", kill), ("ended by a crash of the server", crash_of(server))):
        url = server.url(server.new_schema())
        moving = MovingAccounts(folder / what.replace(" ", "-"), url, 100)
        run = interrupt_moves(moving, count, interrupt)
        print(
            f"moves of 100 accounts to and fro: {run.interrupted} {what}, {run.completed} complete, "
            f"{len(run.faults)} faults {run.faults[:3]}",
            flush=True,
        )
        good &= not run.faults
    return good


def main(kills: int, backends: int, stops: int, moves: int) -> int:
    good = True
    with run_server(_DURABLE) as server, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for machines in (2, 4):
            good &= kill_processes(server, folder / f"kills-{machines}", kills // 2, machines)
        for what, count, disturb in (
            ("times all sessions ended", backends, end_backends),
            ("times the server crashed", stops, crash),
        ):
            urls = [server.url(server.new_schema())] * 2
            run = refresh_while(
                partial(disturb, server, count), urls, folder / what.replace(" ", "-")
            )
            good &= report(f"{count} {what}", run)
        good &= interrupt_all_moves(server, folder / "moves", moves)
    return 0 if good else 1


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(counts + [1000, 300, 100, 50][len(counts) :])))
