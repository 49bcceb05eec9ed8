"""The store on PostgreSQL: what a file has not. The other tests of the store run over both."""

from collections.abc import Callable
from contextlib import closing
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher, OpenStore
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Intent
from tokcheck.core.errors import UsageError

skip_without_postgres(at_import=True)

from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: E402
from tokcheck.accounts.store.sqlite.database import MIGRATIONS  # noqa: E402 - as the next ones
from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402
from tokcheck.storage.postgres.postgres_connection import PostgresConnection  # noqa: E402
from tokcheck.storage.postgres.tables.store_tables import STORE_MIGRATIONS  # noqa: E402

HOUR = 3600.0


@pytest.fixture
def open_ahead(database_url: str, folder: Path) -> Callable[[float], PostgresStore]:
    """Return a function that opens the store on a machine with a clock that is ahead."""

    def open_store(seconds: float) -> PostgresStore:
        import time  # noqa: PLC0415 - one place

        def connect(*words: object, **options: object) -> PostgresConnection:
            options["now"] = lambda: time.time() + seconds
            return PostgresConnection(*words, **options)  # type: ignore[arg-type] # as it is given

        return PostgresStore(parse_database_address(database_url, {}), folder, connect=connect)

    return open_store


def test_the_columns_are_those_of_the_file(database_url: str) -> None:
    import sqlite3  # noqa: PLC0415 - one place

    tables = ("grants", "intents", "broken", "refresh_limits", "secrets", "settings")
    with closing(sqlite3.connect(":memory:")) as file:
        for migration in MIGRATIONS:
            for step in migration:
                file.execute(step) if isinstance(step, str) else step(file)
        expected = {
            table: [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            for table in tables
        }
    address = parse_database_address(database_url, {})
    connection = PostgresConnection(address, {"store": STORE_MIGRATIONS})
    with connection.reading():
        found = {
            table: [
                name
                for (name,) in connection.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 "
                    "ORDER BY attnum",
                    (table,),
                )
            ]
            for table in tables
        }
    connection.close()
    assert expected == found


def test_a_connection_that_breaks_is_opened_again(
    open_postgres_store: OpenStore,
    postgres_server: PostgresServer,
    token_endpoint: FakeTokenEndpoint,
) -> None:
    with open_postgres_store() as store:
        store.put(token_endpoint.grant("kim"))
        end_backends(postgres_server)
        assert ["kim"] == [grant.name for grant in store.grants()]
        end_backends(postgres_server)
        store.put(token_endpoint.grant("bo"))
        assert 2 == len(store.grants())


def end_backends(server: PostgresServer) -> None:
    """End every session of the server but this one."""
    server.run_sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )


def test_a_refresh_outlives_its_session(
    open_postgres_store: OpenStore,
    postgres_server: PostgresServer,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with open_postgres_store() as store, open_postgres_store() as other:
        store.put(token_endpoint.grant("kim", left=0))

        def break_the_session() -> None:
            end_backends(postgres_server)
            other.accounts()  # a new session, which does not have the lock

        token_endpoint.before = break_the_session
        grant = make_refresher(store).fresh_grant("kim", 0)
        assert token_endpoint.would_refresh(grant)
        assert grant.access.fingerprint == other.grant("kim").access.fingerprint
        assert other.lock("kim").take()


def test_a_lock_is_taken_again_after_a_break(
    open_postgres_store: OpenStore, postgres_server: PostgresServer
) -> None:
    with open_postgres_store() as store, open_postgres_store() as other:
        lock = store.lock("kim")
        assert lock.take()
        assert not store.lock("kim").take(), "nor by another thread of the process"
        end_backends(postgres_server)
        store.accounts()
        assert not other.lock("kim").take()
        assert other.lock("kim").is_taken()
        lock.release()
        assert not other.lock("kim").is_taken()


def test_changes_of_other_connections_are_noticed(
    open_postgres_store: OpenStore, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_postgres_store() as store, open_postgres_store() as other:
        first = store.data_version()
        assert first == store.data_version()
        store.put(token_endpoint.grant("kim"))
        assert first == store.data_version(), "its own changes are known"
        other.put(token_endpoint.grant("bo"))
        assert first != store.data_version()


@pytest.mark.parametrize("ahead", [-HOUR, HOUR])
def test_machines_whose_clocks_differ_agree_on_every_moment(
    open_ahead: Callable[[float], PostgresStore], token_endpoint: FakeTokenEndpoint, ahead: float
) -> None:
    with open_ahead(0.0) as right, open_ahead(ahead) as wrong:
        grant = token_endpoint.grant("kim", left=100)
        assert grant.refresh is not None
        intent = Intent(grant.refresh.fingerprint, START, "process 1")
        right.put(grant)
        assert right.begin("kim", intent)
        account = wrong.account("kim")
        assert account.intent is not None
        assert abs(START + ahead - account.intent.began_at) < 2
        assert abs(START + ahead + 100 - (account.grant.expires_at or 0)) < 2
        assert account.needs_no_refresh(50, START + ahead) is False
        wrong.withdraw("kim", grant.refresh.fingerprint)
        assert wrong.account("kim").needs_no_refresh(50, START + ahead)
        assert not wrong.account("kim").needs_no_refresh(150, START + ahead)
        wrong.put(account.grant)
        again = right.account("kim").grant
        assert abs(START + 100 - (again.expires_at or 0)) < 2


def test_commits_that_are_not_on_the_disk_are_refused(
    postgres_server: PostgresServer, folder: Path
) -> None:
    url = postgres_server.url(postgres_server.new_schema())
    address = parse_database_address(f"{url}%20-csynchronous_commit%3Doff", {})
    with pytest.raises(StoreError, match="synchronous_commit is off") as caught:
        PostgresStore(address, folder)
    assert "ALTER ROLE" in caught.value.hint


def test_a_database_of_a_newer_version_is_refused(
    open_postgres_store: OpenStore, postgres_server: PostgresServer, database_url: str
) -> None:
    open_postgres_store().close()
    schema = database_url.rpartition("%3D")[2]
    postgres_server.run_sql(f"UPDATE {schema}.versions SET version = 99")
    with pytest.raises(StoreError, match="newer version of tokcheck") as caught:
        open_postgres_store()
    assert "nothing was changed" in caught.value.hint


def test_a_role_needs_no_more_than_the_use_of_the_tables(
    postgres_server: PostgresServer,
    database_url: str,
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    schema = database_url.rpartition("%3D")[2]
    role = f"role_{schema}"
    postgres_server.run_sql(f"CREATE ROLE {role} LOGIN")
    as_role = parse_database_address(database_url.replace("test@", f"{role}@"), {})
    with pytest.raises(StoreError) as caught:
        PostgresStore(as_role, folder)
    assert "as the owner of the schema" in caught.value.hint
    PostgresStore(parse_database_address(database_url, {}), folder).close()
    postgres_server.run_sql(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    postgres_server.run_sql(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"
    )
    with PostgresStore(as_role, folder) as store:
        store.put(token_endpoint.grant("kim"))
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))
        store.remove("kim")


def test_a_server_that_is_not_there_is_named(folder: Path) -> None:
    address = parse_database_address("postgresql://u:secret@127.0.0.1:1/tok", {})
    with pytest.raises(
        StoreError, match=r"database tok at 127\.0\.0\.1 cannot be reached"
    ) as caught:
        PostgresStore(address, folder)
    assert caught.value.is_away
    assert "secret" not in caught.value.message + caught.value.hint


def test_an_unknown_name_names_the_database(open_postgres_store: OpenStore) -> None:
    with open_postgres_store() as store, pytest.raises(UsageError) as caught:
        store.account("kim")
    assert "no accounts yet in the PostgreSQL database postgres of this computer" in (
        caught.value.hint
    )
