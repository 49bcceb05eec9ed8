"""The whole message of each failure of a refresh: what was lost, what was not, what to do."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.accounts.conftest import MakeRefresher
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
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.refresh.refresher import holder_name
from tokcheck.accounts.store import Store
from tokcheck.core.errors import TokcheckError


def failure_lines(folder: Path, refresher: Refresher, min_ttl: float = inf) -> list[str]:
    """Return the exit code, message and hint of a failed refresh of ``kim o``."""
    with pytest.raises(TokcheckError) as caught:
        refresher.fresh_grant("kim o", min_ttl)
    error = caught.value
    text = f"{error.exit_code.name}\n{error.message}\n{error.hint}"
    # On Windows, a path has backslashes, which its quoting for POSIX marks.
    for written in (f"'{folder}'", str(folder)):
        text = text.replace(written, "FOLDER")
    text = text.replace("FOLDER\\", "FOLDER/")
    return text.replace(holder_name(), "process 1").split("\n")


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
def test_a_response_without_tokens(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    snapshot: SnapshotAssertion,
    case: str,
    provider: str,
) -> None:
    token_endpoint.faults = ANSWERS[case]()
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim o", provider=provider))
        assert snapshot == failure_lines(folder, make_refresher(store))


@pytest.mark.parametrize("late", [3600, 60], ids=["beyond the grace", "within the grace"])
def test_a_lost_response_and_then_a_refusal(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    snapshot: SnapshotAssertion,
    late: float,
) -> None:
    with Store(folder) as store:
        grant = token_endpoint.grant("kim o", left=0)
        store.put(grant)
        token_endpoint.faults = [Late(dropped_connection())]
        lost = failure_lines(folder, make_refresher(store, patience=0), 0)
        token_endpoint.clock.seconds += late
        token_endpoint.faults = [invalid_grant_response("x" * 64)]
        first = failure_lines(folder, make_refresher(store), 0)
        token_endpoint.clock.seconds += 86_400
        assert snapshot == [lost, first, failure_lines(folder, make_refresher(store), 0)]


def test_a_grant_without_a_refresh_token(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    snapshot: SnapshotAssertion,
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim o", left=60)._replace(refresh=None))
        forced = failure_lines(folder, make_refresher(store))
        token_endpoint.clock.seconds += 60
        assert snapshot == [forced, failure_lines(folder, make_refresher(store), 0)]


def test_an_unknown_outcome_beyond_the_grace(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    snapshot: SnapshotAssertion,
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim o", left=0))
        token_endpoint.faults = [Late(dropped_connection()), response(503, b"")]
        failures = [failure_lines(folder, make_refresher(store, patience=0), 0)]
        token_endpoint.clock.seconds += 3600
        failures.append(failure_lines(folder, make_refresher(store, patience=0), 0))
        assert snapshot == failures


@contextmanager
def read_only(made: sqlite3.Connection) -> Iterator[None]:
    made.execute("PRAGMA query_only = ON")
    yield
    made.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize("moment", ["before", "under way"])
@pytest.mark.parametrize("disk", ["full", "without a byte", "read-only"])
def test_a_disk_that_cannot_be_written(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    snapshot: SnapshotAssertion,
    disk: str,
    moment: str,
) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(token_endpoint.grant("kim o"))
        make_refresher(store).fresh_grant(
            "kim o", inf
        )  # the space for a rescue is there from now on
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
                token_endpoint.before = lambda: until.enter_context(break_it())
            assert snapshot == failure_lines(folder, make_refresher(store))
        token_endpoint.before = lambda: None
        assert token_endpoint.would_refresh(
            make_refresher(store).fresh_grant("kim o", 0)
        )  # nothing was lost
        assert (1 if moment == "before" else 2) <= len(token_endpoint.requests)
