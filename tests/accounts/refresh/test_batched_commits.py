"""Several changes of a store in one transaction, and the thread that batches them."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts.failing_sqlite import failing_connection, recording_connection
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.accounts.vaults.vault_in_memory import VaultInMemory
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, Intent
from tokcheck.accounts.refresh.async_refresher import MAX_BATCH, DiskThread
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import UsageError


def counting_connection(statements: list[str], word: str) -> type[sqlite3.Connection]:
    """Make connections that note each statement that begins with a word."""

    class CountingConnection(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql.startswith(word):
                statements.append(sql)
            return super().execute(sql, *args)

    return CountingConnection


def begin_changes(store: GrantStore, grants: list[Grant]) -> list[Callable[[], bool]]:
    def one(grant: Grant) -> bool:
        assert grant.refresh is not None
        return store.begin(grant.name, Intent(grant.refresh.fingerprint, START, "process 1"))

    return [partial(one, grant) for grant in grants]


def have_intents(store: GrantStore) -> list[bool]:
    return [standing.intent is not None for standing in store.accounts()]


@pytest.fixture
def grants(folder: Path, token_endpoint: FakeTokenEndpoint) -> list[Grant]:
    made = [token_endpoint.grant(name) for name in ("ann", "bo", "cy")]
    with Store(folder) as store:
        for grant in made:
            store.put(grant)
    return made


def test_a_batch_of_changes_costs_one_commit(folder: Path, grants: list[Grant]) -> None:
    commits: list[str] = []
    with Store(folder, connection=counting_connection(commits, "COMMIT")) as store:
        assert [True, True, True] == store.apply_changes(begin_changes(store, grants))
        assert 1 == len(commits)
        assert [True, True, True] == have_intents(store)


def test_other_connections_see_a_batch_at_once(folder: Path, grants: list[Grant]) -> None:
    seen: list[list[bool]] = []
    with Store(folder) as store, Store(folder) as other:
        works = begin_changes(store, grants)
        store.apply_changes([*works, lambda: seen.append(have_intents(other))])
        assert [[False, False, False]] == seen
        assert [True, True, True] == have_intents(other)


def test_a_failed_change_does_not_affect_the_others(
    folder: Path, grants: list[Grant], token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        first, second, third = begin_changes(store, grants)
        twin = token_endpoint.grant("dan")._replace(refresh=grants[0].refresh)
        results = store.apply_changes([first, lambda: store.put(twin), second, third])
        assert [True, True, True] == [results[0], *results[2:]]
        assert isinstance(results[1], UsageError)
        assert ["ann", "bo", "cy"] == [grant.name for grant in store.grants()]
        assert [True, True, True] == have_intents(store)


def test_after_a_failed_commit_each_change_is_made_alone(folder: Path, grants: list[Grant]) -> None:
    with Store(folder, connection=failing_connection("COMMIT")) as store:
        assert [True, True, True] == store.apply_changes(begin_changes(store, grants))
        assert [True, True, True] == have_intents(store)
    with Store(folder, connection=failing_connection("COMMIT", "COMMIT")) as store:
        results = store.apply_changes(begin_changes(store, grants))
    assert [StoreError, bool, bool] == [type(result) for result in results]


def test_an_error_after_which_sqlite_rolls_back(folder: Path, grants: list[Grant]) -> None:
    """A full disk ends the whole transaction, for every change in it."""
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        first, second, third = begin_changes(store, grants)

        def undone() -> bool:
            if made[0].in_transaction:
                made[0].execute("ROLLBACK")
            raise StoreError("There is no space left.", "Make some.")

        results = store.apply_changes([first, undone, second, third])
        assert [bool, StoreError, bool, bool] == [type(result) for result in results]
        assert [True, True, True] == have_intents(store)


def test_secrets_in_another_vault_survive_a_rollback(
    folder: Path, grants: list[Grant], token_endpoint: FakeTokenEndpoint
) -> None:
    kept: dict[str, str] = {}
    vault = partial(VaultInMemory, kept)
    elsewhere = folder.with_name("elsewhere")
    with Store(elsewhere, vault=vault) as store:
        for grant in grants:
            store.put(grant)
    with Store(elsewhere, vault=vault, connection=failing_connection("COMMIT")) as store:
        renewed = [token_endpoint.grant(grant.name) for grant in grants]
        assert [None] * 3 == store.apply_changes([partial(store.put, grant) for grant in renewed])
        assert [grant.access.reveal() for grant in renewed] == [
            grant.access.reveal() for grant in store.grants()
        ]
    assert 9 == len(kept)


def test_a_batch_waits_once_for_a_locked_store(folder: Path, grants: list[Grant]) -> None:
    made: list[sqlite3.Connection] = []
    statements: list[str] = []
    with (
        Store(folder, connection=recording_connection(made)),
        Store(
            folder, patience=0.01, connection=counting_connection(statements, "BEGIN IMMEDIATE")
        ) as store,
    ):
        made[0].execute("BEGIN IMMEDIATE")
        results = store.apply_changes(begin_changes(store, grants))
        made[0].execute("ROLLBACK")
    assert [StoreError] * 3 == [type(result) for result in results]
    assert 1 == len(statements)


def test_an_empty_batch_does_nothing(folder: Path) -> None:
    with Store(folder) as store:
        assert [] == store.apply_changes([])


def test_changes_that_arrive_while_the_thread_is_busy_share_a_commit(
    folder: Path, grants: list[Grant]
) -> None:
    commits: list[str] = []
    at_work, go_on = threading.Event(), threading.Event()

    def hold() -> int:
        at_work.set()
        assert go_on.wait(10)
        return 7

    async def work() -> list[object]:
        with (
            Store(folder, connection=counting_connection(commits, "COMMIT")) as store,
            closing(DiskThread(store)) as disk,
        ):
            first = asyncio.create_task(disk.run(hold))
            await asyncio.to_thread(at_work.wait)
            rest = [asyncio.create_task(disk.change(one)) for one in begin_changes(store, grants)]
            await asyncio.sleep(0)
            go_on.set()
            return [await first, *[await task for task in rest]]

    assert [7, True, True, True] == asyncio.run(work())
    assert 1 == len(commits)


def test_each_job_gets_its_own_error(folder: Path, grants: list[Grant]) -> None:
    def fail() -> bool:
        raise UsageError("Not so.", "But so.")

    async def work() -> list[object]:
        with Store(folder) as store, closing(DiskThread(store)) as disk:
            return await asyncio.gather(
                disk.run(fail),
                *(disk.change(one) for one in begin_changes(store, grants)),
                disk.change(fail),
                return_exceptions=True,
            )

    results = asyncio.run(work())
    assert [UsageError, bool, bool, bool, UsageError] == [type(result) for result in results]


def test_a_batch_has_a_maximum_size(folder: Path) -> None:
    """Another process waits for the store as long as one transaction takes."""
    commits: list[str] = []

    async def work() -> list[int]:
        with (
            Store(folder, connection=counting_connection(commits, "COMMIT")) as store,
            closing(DiskThread(store)) as disk,
        ):
            numbers = range(2 * MAX_BATCH + 1)
            return await asyncio.gather(*(disk.change(partial(int, one)) for one in numbers))

    assert list(range(2 * MAX_BATCH + 1)) == asyncio.run(work())
    assert 2 <= len(commits) <= 4
