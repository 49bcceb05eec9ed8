"""Machines with homes of their own refresh the same grants while something goes wrong.

``python -m benchmarks.kills.postgres`` does the same more often.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest

from tests.support.accounts.fleet import StallingProxy, refresh_while
from tests.support.accounts.kill_harness import NO_CERTIFICATES, endpoints, request_with_token
from tests.support.accounts.kill_run import FITBIT, fill, kill_while_refreshing, unlimited_state
from tests.support.cli.move_run import MovingAccounts, crash_of, interrupt_moves, kill
from tests.support.suite.postgres_server import (
    PostgresServer,
    run_server,
    skip_without_postgres,
)
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.store.environment import open_store
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import serve_in_thread
from tokcheck.transport import Net
from tokcheck.transport.response import Reception

skip_without_postgres(at_import=True)
pytestmark = pytest.mark.untraced


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """Run a server that these tests may stop; its commits are on the disk."""
    with run_server("fsync = on\nfull_page_writes = on\n") as server:
        yield server


@pytest.fixture
def own_url(own_server: PostgresServer) -> str:
    return own_server.url(own_server.new_schema())


@pytest.mark.parametrize("machines", [2, 4])
def test_no_kill_of_a_process_loses_a_grant(own_url: str, tmp_path: Path, machines: int) -> None:
    run = kill_while_refreshing(
        tmp_path, kills=12 // machines, killers=machines, mode="in turns", database=own_url
    )
    assert [] == run.lost
    assert 12 == run.kill_count
    assert (4, 0) == (run.alive, run.refused)
    assert run.renewed > 0


def test_no_end_of_a_backend_loses_a_grant(
    own_server: PostgresServer, own_url: str, tmp_path: Path
) -> None:
    def end_backends() -> None:
        for _ in range(10):
            time.sleep(0.1)
            own_server.run_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'tokcheck'"
            )

    run = refresh_while(end_backends, [own_url] * 2, tmp_path)
    assert [] == run.faults
    assert 0 == run.refused
    assert run.refreshes > 0


def test_no_crash_of_the_server_loses_a_grant(
    own_server: PostgresServer, own_url: str, tmp_path: Path
) -> None:
    def crash() -> None:
        for _ in range(2):
            time.sleep(1.5)
            own_server.stop("immediate")
            own_server.start()
        time.sleep(1.5)

    run = refresh_while(crash, [own_url] * 2, tmp_path)
    assert [] == run.faults
    assert 0 == run.refused
    assert run.outages > 0
    assert run.refreshes > 0


def test_a_network_that_stalls_delays_and_breaks_loses_no_grant(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    schema = own_server.new_schema()
    proxy = StallingProxy(own_server.port)

    def disturb() -> None:
        time.sleep(0.5)
        proxy.delay = 0.02
        time.sleep(1)
        proxy.delay = 0.0
        for _ in range(5):
            proxy.break_connections()
            time.sleep(0.2)
        proxy.is_stalled.set()
        time.sleep(1)
        proxy.is_stalled.clear()  # the machine beyond still waits for what was swallowed
        time.sleep(1)
        # Or the server would keep the locks of sessions that have ended without its notice.
        proxy.break_connections()

    through = own_server.url(schema, port=proxy.port)
    direct = own_server.url(schema)
    run = refresh_while(disturb, [through, direct], tmp_path, final=direct)
    proxy.close()
    assert [] == run.faults
    assert 0 == run.refused
    # Whether a machine was in the middle of a refresh at that moment is chance.
    assert proxy.broken_count > 0
    assert run.longest_seconds < 60, "no wait is endless"


def test_twenty_jobs_that_need_a_token_refresh_it_once(own_url: str, tmp_path: Path) -> None:
    state = unlimited_state()
    environment = {"TOKCHECK_DATABASE": own_url}
    with open_store(environment, tmp_path / "first") as store:
        fill(store, state, FITBIT, 1)
        name = store.grants()[0].name
    with serve_in_thread(state) as sandbox:

        def run_job(number: int) -> str:
            with (
                Net(
                    endpoints(sandbox.url), timeout=10, pause=time.sleep, verify=NO_CERTIFICATES
                ) as net,
                open_store(environment, tmp_path / f"job-{number}") as store,
            ):
                grant = Refresher(store, REGISTRY, net.send).fresh_grant(name, 300)
                assert 200 == net.send(*request_with_token(grant)).status
                return grant.access.fingerprint

        with ThreadPoolExecutor(20) as jobs:
            tokens = set(jobs.map(run_job, range(20)))
    assert 1 == len(tokens)
    assert (1, 0, 0) == state.refresh_counts()


def test_clocks_an_hour_apart_refresh_no_more_than_needed(own_url: str, tmp_path: Path) -> None:
    from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: PLC0415
    from tokcheck.storage.postgres.database_address import (  # noqa: PLC0415 - not everywhere
        parse_database_address,
    )
    from tokcheck.storage.postgres.postgres_connection import (  # noqa: PLC0415 - the same
        PostgresConnection,
    )

    state = unlimited_state()
    address = parse_database_address(own_url, {})
    with PostgresStore(address, tmp_path / "first") as store:
        fill(store, state, FITBIT, 1)
        name = store.grants()[0].name

    def use_token(ahead: float, min_ttl: float) -> str:
        def clock() -> float:
            return time.time() + ahead

        def connect(*words: object, **options: object) -> PostgresConnection:
            options["now"] = clock
            return PostgresConnection(*words, **options)  # type: ignore[arg-type] # as it is given

        with (
            Net(
                endpoints(url),
                timeout=10,
                pause=time.sleep,
                verify=NO_CERTIFICATES,
                reception=Reception(lambda: datetime.fromtimestamp(clock(), UTC)),
            ) as net,
            PostgresStore(address, tmp_path / f"home{ahead}", connect=connect) as store,
        ):
            grant = Refresher(store, REGISTRY, net.send, clock).fresh_grant(name, min_ttl)
            return grant.access.fingerprint

    with serve_in_thread(state) as sandbox:
        url = sandbox.url
        for renewing in (-3600.0, 0.0, 3600.0):
            new = use_token(renewing, inf)
            # A token lives for 8 hours: none of them may take it for older or newer.
            assert {new} == {use_token(ahead, 7.9 * 3600) for ahead in (-3600.0, 0.0, 3600.0)}
    assert (3, 0, 0) == state.refresh_counts()


def test_no_move_that_is_killed_loses_or_splits_accounts(own_url: str, tmp_path: Path) -> None:
    run = interrupt_moves(MovingAccounts(tmp_path / "home", own_url, 20), 3, kill)
    assert [] == run.faults
    assert 3 == run.interrupted


def test_no_crash_of_the_server_during_a_move_loses_or_splits_accounts(
    own_server: PostgresServer, own_url: str, tmp_path: Path
) -> None:
    moving = MovingAccounts(tmp_path / "home", own_url, 20)
    run = interrupt_moves(moving, 2, crash_of(own_server))
    assert [] == run.faults
    assert 2 == run.interrupted


@pytest.mark.parametrize("into_database", [True, False])
def test_a_server_that_crashes_in_the_middle_of_a_move_is_named_and_the_move_is_repeated(
    own_server: PostgresServer, tmp_path: Path, *, into_database: bool
) -> None:
    schema = own_server.new_schema()
    moving = MovingAccounts(tmp_path / "home", own_server.url(schema), 3)
    if not into_database:
        assert not moving.move(into_database=True)
    else:
        moving.read(in_database=True)  # which makes the tables
    lock = f"LOCK TABLE {schema}.spend IN ACCESS EXCLUSIVE MODE"
    with own_server.holding(lock), moving.start(into_database=into_database) as move:
        own_server.wait_for_a_lock()  # the accounts have been stored, and the counts have not
        own_server.stop("immediate")
        errors = move.communicate()[1]
    own_server.start()
    assert 3 == move.returncode
    assert "cannot be reached" in errors
    assert [] == moving.find_faults(into_database=into_database, is_complete=False)
    assert not moving.move(into_database=into_database)
    assert [] == moving.find_faults(into_database=into_database, is_complete=True)
