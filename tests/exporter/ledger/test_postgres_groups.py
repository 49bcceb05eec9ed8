"""Uses of the ledger on PostgreSQL that are recorded in one transaction."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tests.support.suite.thoroughness import inputs
from tokcheck.exporter.ledger.ledger_keys import account_key
from tokcheck.exporter.ledger.tables.spend_table import (
    ReportedLimit,
    ReportedLimits,
    RequestedPause,
)
from tokcheck.exporter.state import AccountState

skip_without_postgres(at_import=True)

from tests.exporter.ledger.test_ledger import HOUR, STATE  # noqa: E402 - as the next ones
from tokcheck.exporter.ledger.postgres_ledger import GroupError, PostgresLedger  # noqa: E402
from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402


@pytest.fixture
def ledgers(database_url: str) -> Iterator[tuple[PostgresLedger, PostgresLedger]]:
    """The ledgers of two machines."""
    address = parse_database_address(database_url, {})
    with PostgresLedger(address) as one, PostgresLedger(address) as other:
        yield one, other


def _count(ledger: PostgresLedger, subject: str) -> int:
    return len(ledger.recent_spend(subject, HOUR, time.time()).freed_at)


def test_a_group_is_recorded_at_its_end_and_counts_within(
    ledgers: tuple[PostgresLedger, PostgresLedger],
) -> None:
    one, other = ledgers
    now = time.time()
    with one.group({"a", "b", account_key("anna")}):
        assert one.take("a", 1, 1, HOUR, now) is not None
        assert one.take("a", 1, 1, HOUR, now) is None, "the budget is spent in this group"
        assert one.take("b", 1, 1, HOUR, now) is not None
        one.remember(STATE)
        assert other.read_state("anna", "v1") is None
    assert (1, 1) == (_count(other, "a"), _count(other, "b"))
    assert other.read_state("anna", "v1") == STATE


def test_another_machine_waits_for_a_group_with_its_subject(
    ledgers: tuple[PostgresLedger, PostgresLedger],
) -> None:
    one, other = ledgers
    now = time.time()
    with ThreadPoolExecutor(1) as machine:
        with one.group({"a"}):
            assert one.take("a", 1, 1, HOUR, now) is not None
            taken = machine.submit(other.take, "a", 1, 1, HOUR, now)
        assert taken.result(10) is None


def test_groups_of_the_same_subjects_do_not_deadlock(
    ledgers: tuple[PostgresLedger, PostgresLedger],
) -> None:
    subjects = [f"subject {number}" for number in range(20)]
    start = Barrier(2)

    def spend(ledger: PostgresLedger, order: list[str]) -> None:
        start.wait(30)
        for _ in range(10):
            with ledger.group(order):
                for subject in order:
                    ticket = ledger.take(subject, 1, 1000, HOUR, time.time())
                    assert ticket is not None
                    ledger.settle(ticket, 1, now=time.time())

    with ThreadPoolExecutor(2) as machines:
        list(machines.map(spend, ledgers, (subjects, subjects[::-1])))
    assert {20} == {_count(ledgers[0], subject) for subject in subjects}


def test_nothing_of_a_group_is_recorded_if_a_use_has_a_key_that_the_group_lacks(
    ledgers: tuple[PostgresLedger, PostgresLedger],
) -> None:
    ledger = ledgers[0]

    def spend() -> None:
        with ledger.group({"a"}):
            assert _take(ledger, "a")
            with pytest.raises(GroupError):
                _take(ledger, "b")

    with pytest.raises(GroupError):
        spend()
    assert 0 == _count(ledger, "a")
    assert 0 == ledger.errors


@pytest.mark.parametrize("is_at_end", [False, True])
def test_nothing_of_a_group_is_recorded_if_its_session_ends(
    ledgers: tuple[PostgresLedger, PostgresLedger],
    postgres_server: PostgresServer,
    *,
    is_at_end: bool,
) -> None:
    ledger = ledgers[0]

    def spend() -> None:
        with ledger.group({"a"}):
            assert _take(ledger, "a")
            postgres_server.run_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE application_name = 'tokcheck'"
            )
            for _ in range(0 if is_at_end else 2):
                with pytest.raises(GroupError):
                    _take(ledger, "a")

    with pytest.raises(GroupError):
        spend()
    assert 0 == _count(ledger, "a")
    assert _take(ledger, "a")


def test_a_group_at_a_server_that_is_away_cannot_begin() -> None:
    address = parse_database_address("postgresql://u@127.0.0.1:1/tok", {})
    with PostgresLedger(address) as away, pytest.raises(GroupError), away.group({"a"}):
        pass


def _take(ledger: PostgresLedger, subject: str) -> bool:
    return ledger.take(subject, 1, 2, HOUR, time.time()) is not None


_SUBJECTS = ("user a", "user b")
_USES = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(_SUBJECTS), st.integers(1, 3)),
        st.tuples(st.just("settle"), st.sampled_from(_SUBJECTS), st.integers(0, 2)),
        st.tuples(st.just("pause"), st.sampled_from(_SUBJECTS), st.integers(-10, 300)),
        st.tuples(st.just("read"), st.sampled_from(_SUBJECTS), st.integers(0, 4)),
        st.tuples(st.just("remember"), st.sampled_from(("anna", "bo")), st.integers(0, 3)),
        st.tuples(st.just("forget"), st.sampled_from(("anna", "bo")), st.just(0)),
    ),
    max_size=12,
)


class _Uses:
    """Runs uses of a ledger; each returns what does not depend on the exact moment."""

    def __init__(self, ledger: PostgresLedger, subjects: dict[str, str]) -> None:
        self._ledger = ledger
        self._subjects = subjects
        self._tickets: list[Any] = []

    def run(self, use: tuple[str, str, int]) -> object:
        what, name, number = use
        ledger, now, subject = self._ledger, time.time(), self._subjects.get(name, "")
        if what == "take":
            ticket = ledger.take(subject, number, 5, HOUR, now)
            self._tickets += [ticket] if ticket else []
            return ticket is not None
        if what == "settle" and self._tickets:
            reported = ReportedLimits(subject, "server", (ReportedLimit("hour", now, number),))
            ledger.settle(self._tickets.pop(0), number, now=now, subject=subject, limits=[reported])
        if what == "pause":
            ledger.pause(subject, RequestedPause("server", number), now)
        if what == "read":
            spent = ledger.recent_spend(subject, HOUR * number, now, "server")
            return len(spent.freed_at), spent.paused_until is None, spent.limits
        account = self._subjects.get(what + name, name)
        if what == "remember":
            state = STATE._replace(name=account, status=number)
            ledger.remember(state)
            return _status(ledger.read_state(account, "v1")), ledger.read_state(account, "v2")
        if what == "forget":
            before = _status(ledger.read_state(account, None))
            ledger.forget(account)
            return before, ledger.read_state(account, None)
        return None


def _status(state: AccountState | None) -> int | None:
    return None if state is None else state.status


@pytest.fixture(scope="module")
def module_url(postgres_server: PostgresServer) -> str:
    return postgres_server.url(postgres_server.new_schema())


@settings(max_examples=inputs(40), deadline=None)
@given(uses=st.lists(_USES, min_size=1, max_size=3))
def test_uses_in_groups_do_the_same_as_one_by_one(
    module_url: str, uses: list[list[tuple[str, str, int]]]
) -> None:
    address = parse_database_address(module_url, {})
    with PostgresLedger(address) as ledger:
        found = []
        for is_grouped in (False, True):
            mark = secrets.token_hex(8)
            subjects = {each: f"{each} {mark}" for each in _SUBJECTS}
            accounts = {
                what + each: f"{each} {mark}"
                for each in ("anna", "bo")
                for what in ("remember", "forget")
            }
            keys = {*subjects.values(), *map(account_key, accounts.values())}
            runner = _Uses(ledger, subjects | accounts)
            results: list[object] = []
            for some in uses:
                with ledger.group(keys) if is_grouped else nullcontext():
                    results += map(runner.run, some)
            results += [runner.run(("read", each, 1)) for each in _SUBJECTS]
            found.append(results)
        assert found[0] == found[1]
