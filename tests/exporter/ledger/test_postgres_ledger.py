"""The ledger on PostgreSQL: one budget for all machines, by the server's clock."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tokcheck.exporter.ledger.ledger_errors import LedgerError
from tokcheck.exporter.ledger.tables.spend_table import RequestedPause

skip_without_postgres(at_import=True)

from tests.exporter.ledger.test_ledger import HOUR, STATE  # noqa: E402 - as the next ones
from tokcheck.exporter.ledger.accounting import Accounting  # noqa: E402
from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger  # noqa: E402
from tokcheck.exporter.log.events import log_messages  # noqa: E402
from tokcheck.providers import REGISTRY  # noqa: E402
from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402
from tokcheck.storage.postgres.postgres_connection import PostgresConnection  # noqa: E402

Open = Callable[..., PostgresLedger]


@pytest.fixture
def open_ledger(database_url: str) -> Open:
    """Return a function that opens the ledger on a machine with a clock that is ahead."""

    def open_ahead(seconds: float = 0.0) -> PostgresLedger:
        def connect(*words: object, **options: object) -> PostgresConnection:
            options["now"] = lambda: time.time() + seconds
            return PostgresConnection(*words, **options)  # type: ignore[arg-type] # as it is given

        return PostgresLedger(parse_database_address(database_url, {}), connect=connect)

    return open_ahead


def test_machines_that_probe_at_once_spend_one_budget(open_ledger: Open) -> None:
    now, budget = time.time(), 30

    def take_all(ledger: PostgresLedger) -> int:
        count = 0
        while ledger.take("user", 1, budget, HOUR, now) is not None:
            count += 1
        return count

    ledgers = [open_ledger() for _ in range(4)]
    with ThreadPoolExecutor(4) as machines:
        counts = list(machines.map(take_all, ledgers))
    for ledger in ledgers:
        ledger.close()
    assert budget == sum(counts)


@pytest.mark.parametrize("ahead", [-HOUR, HOUR])
def test_a_clock_that_is_wrong_spends_nothing_twice(open_ledger: Open, ahead: float) -> None:
    now = time.time()
    with open_ledger() as right, open_ledger(ahead) as wrong:
        ticket = right.take("user", 1, 1, HOUR / 2, now)
        assert ticket is not None
        right.settle(ticket, 1, now=now, pause=RequestedPause("server", 100))
        there = now + ahead
        assert wrong.take("user", 1, 1, HOUR / 2, there + 60) is None
        spent = wrong.recent_spend("user", HOUR / 2, there + 60, "server")
        assert abs(there + HOUR / 2 - spent.freed_at[0]) < 2
        assert abs(there + 100 - (spent.paused_until or 0)) < 2
        assert wrong.take("user", 1, 1, HOUR / 2, there + HOUR / 2 + 2) is not None


def test_a_state_is_read_in_the_time_of_the_machine(open_ledger: Open) -> None:
    state = STATE._replace(probed_at=1e9, expiry_is_counted=True)
    with open_ledger() as right, open_ledger(HOUR) as ahead:
        right.remember(state)
        assert state == right.read_state("anna", "v1")
        found = ahead.read_state("anna", "v1")
        assert found is not None
        assert abs(1e9 + HOUR - (found.probed_at or 0)) < 2
        assert abs((state.expires_at or 0) + HOUR - (found.expires_at or 0)) < 2
        ahead.remember(found)
        again = right.read_state("anna", "v1")
        assert again is not None
        assert abs(1e9 - (again.probed_at or 0)) < 2


def test_a_server_that_is_away_is_named_and_comes_back(
    open_ledger: Open, postgres_server: PostgresServer
) -> None:
    address = parse_database_address("postgresql://u:secret@127.0.0.1:1/tok", {})
    with PostgresLedger(address) as ledger, pytest.raises(LedgerError) as caught:
        ledger.check()
    assert caught.value.is_away
    assert ledger.is_failing_fast()
    assert 1 == ledger.errors
    assert "in the PostgreSQL database tok at 127.0.0.1" == ledger.path
    assert "no probe is sent" in caught.value.hint
    assert "secret" not in caught.value.message + caught.value.hint
    with open_ledger() as ledger:
        ledger.check()
        postgres_server.run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tokcheck'"
        )
        assert ledger.take("user", 1, 1, HOUR, time.time()) is not None


def test_a_server_that_does_not_answer_is_no_disk_and_is_away(open_ledger: Open) -> None:
    log: list[str] = []
    with open_ledger() as ledger:
        accounting = Accounting(ledger, REGISTRY, log_messages(log.append))
        accounting.report_slowness(5.0)
        assert accounting.problem is not None
        assert accounting.problem.is_away, "the exporter is not ready"
        accounting.check()
    assert "its server has not answered for 5 s. Check the server" in log[0]
    assert "disk" not in log[0]
    assert "works again" in log[1]
