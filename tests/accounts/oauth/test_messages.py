"""What each failure of a refresh says, whole: what was lost, what was not, and what to do next."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.accounts.conftest import Refreshing
from tests.support.accounts.failing_sqlite import file_size_limit, recording_connection
from tests.support.accounts.fake_token_endpoint import (
    FakeTokenEndpoint,
    Fault,
    Late,
    dropped_connection,
    invalid_grant_response,
    refused_connection,
    response,
)
from tokcheck.accounts.refresh.refresher import Refresher, holder
from tokcheck.accounts.store.store import Store
from tokcheck.core.errors import TokcheckError


def said(folder: Path, refresher: Refresher, lead: float = inf) -> list[str]:
    """Return how a refresh of ``kim o`` fails, and what it says."""
    with pytest.raises(TokcheckError) as caught:
        refresher.fresh("kim o", lead)
    error = caught.value
    told = f"{error.exit_code.name}\n{error.message}\n{error.hint}"
    return told.replace(str(folder), "FOLDER").replace(holder(), "process 1").split("\n")


ANSWERS: dict[str, Callable[[], list[Fault | Late]]] = {
    "refused": lambda: [invalid_grant_response("x" * 64)],
    "conflict": lambda: [response(409, b"")] * 9,
    "server error": lambda: [response(500, b"")] * 9,
    "unavailable": lambda: [response(503, b"<html>")] * 9,
    "too many requests": lambda: [response(429, b"", retry_after="3600")] * 9,
    "no answer": lambda: [Late(dropped_connection()), *[dropped_connection()] * 9],
    "out of reach": lambda: [refused_connection()],
}


@pytest.mark.parametrize("provider", ["fitbit", "google-health"])
@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_that_brings_no_tokens(
    folder: Path,
    bank: FakeTokenEndpoint,
    refreshing: Refreshing,
    snapshot: SnapshotAssertion,
    case: str,
    provider: str,
) -> None:
    bank.faults = ANSWERS[case]()
    with Store(folder) as store:
        store.put(bank.grant("kim o", provider=provider))
        assert snapshot == said(folder, refreshing(store))


@pytest.mark.parametrize("late", [3600, 60], ids=["beyond the grace", "within the grace"])
def test_an_answer_that_was_lost_and_then_refused(
    folder: Path,
    bank: FakeTokenEndpoint,
    refreshing: Refreshing,
    snapshot: SnapshotAssertion,
    late: float,
) -> None:
    with Store(folder) as store:
        grant = bank.grant("kim o", left=0)
        store.put(grant)
        bank.faults = [Late(dropped_connection())]
        lost = said(folder, refreshing(store, patience=0), 0)
        bank.clock.seconds += late
        bank.faults = [invalid_grant_response("x" * 64)]
        first = said(folder, refreshing(store), 0)
        bank.clock.seconds += 86_400
        assert snapshot == [lost, first, said(folder, refreshing(store), 0)]


def test_a_grant_without_a_refresh_token(
    folder: Path, bank: FakeTokenEndpoint, refreshing: Refreshing, snapshot: SnapshotAssertion
) -> None:
    with Store(folder) as store:
        store.put(bank.grant("kim o", left=60)._replace(refresh=None))
        forced = said(folder, refreshing(store))
        bank.clock.seconds += 60
        assert snapshot == [forced, said(folder, refreshing(store), 0)]


def test_an_answer_that_nobody_can_tell_beyond_the_grace(
    folder: Path, bank: FakeTokenEndpoint, refreshing: Refreshing, snapshot: SnapshotAssertion
) -> None:
    with Store(folder) as store:
        store.put(bank.grant("kim o", left=0))
        bank.faults = [Late(dropped_connection()), response(503, b"")]
        told = [said(folder, refreshing(store, patience=0), 0)]
        bank.clock.seconds += 3600
        told.append(said(folder, refreshing(store, patience=0), 0))
        assert snapshot == told


@contextmanager
def read_only(made: sqlite3.Connection) -> Iterator[None]:
    made.execute("PRAGMA query_only = ON")
    yield
    made.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize("moment", ["before", "under way"])
@pytest.mark.parametrize("disk", ["full", "without a byte", "read-only"])
def test_a_disk_that_takes_nothing(
    folder: Path,
    bank: FakeTokenEndpoint,
    refreshing: Refreshing,
    snapshot: SnapshotAssertion,
    disk: str,
    moment: str,
) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(bank.grant("kim o"))
        refreshing(store).fresh("kim o", inf)  # the space for a rescue is there from now on
        size = (folder / "accounts.sqlite3-wal").stat().st_size
        break_it: Callable[[], Any] = {
            "full": lambda: file_size_limit(size),
            "without a byte": lambda: file_size_limit(0),
            "read-only": lambda: read_only(made[0]),
        }[disk]
        with ExitStack() as until:
            if moment == "before":
                until.enter_context(break_it())
            else:
                bank.before = lambda: until.enter_context(break_it())
            assert snapshot == said(folder, refreshing(store))
        bank.before = lambda: None
        assert bank.knows(refreshing(store).fresh("kim o", 0))  # nothing was lost
        assert (1 if moment == "before" else 2) <= len(bank.requests)
