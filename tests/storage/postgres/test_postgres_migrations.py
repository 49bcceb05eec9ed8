"""The tables of the database: the owner creates all, and a role with few rights uses them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres

skip_without_postgres(at_import=True)

from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: E402
from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger  # noqa: E402
from tokcheck.exporter.sources.leases import AccountLeases  # noqa: E402
from tokcheck.storage.postgres.database_address import (  # noqa: E402
    DatabaseAddress,
    parse_database_address,
)

_USE = "SELECT, INSERT, UPDATE, DELETE"


def _use_store(address: DatabaseAddress, folder: Path) -> None:
    with PostgresStore(address, folder) as store:
        assert [] == store.grants()


def _use_ledger(address: DatabaseAddress, folder: Path) -> None:
    del folder
    ledger = PostgresLedger(address)
    try:
        ledger.check()
    finally:
        ledger.close()


def _use_leases(address: DatabaseAddress, folder: Path) -> None:
    del folder
    leases = AccountLeases(address, "study", "one")
    try:
        assert set() == set(leases.choose(["kim"], {"kim"})), "kim is kept where the tables fail"
    finally:
        leases.close()


USES: list[Callable[[DatabaseAddress, Path], None]] = [_use_store, _use_ledger, _use_leases]


@pytest.fixture
def schema(database_url: str) -> str:
    return database_url.rpartition("%3D")[2]


@pytest.fixture
def owner(database_url: str) -> DatabaseAddress:
    return parse_database_address(database_url, {})


@pytest.fixture
def jobs(
    postgres_server: PostgresServer, database_url: str, schema: str
) -> Iterator[DatabaseAddress]:
    """Return the address of a role that has the use of the schema, and of no table in it."""
    role = f"jobs_{schema}"
    postgres_server.run_sql(f"CREATE ROLE {role} LOGIN")
    postgres_server.run_sql(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    yield parse_database_address(database_url.replace("test@", f"{role}@"), {})
    postgres_server.run_sql(f"DROP OWNED BY {role}")
    postgres_server.run_sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("first", USES)
@pytest.mark.parametrize("use", USES)
def test_whatever_the_owner_does_first_a_role_can_do_everything(
    postgres_server: PostgresServer,
    owner: DatabaseAddress,
    jobs: DatabaseAddress,
    schema: str,
    tmp_path: Path,
    first: Callable[[DatabaseAddress, Path], None],
    use: Callable[[DatabaseAddress, Path], None],
) -> None:
    first(owner, tmp_path)
    postgres_server.run_sql(f"GRANT {_USE} ON ALL TABLES IN SCHEMA {schema} TO jobs_{schema}")
    use(jobs, tmp_path)


@pytest.mark.parametrize("use", USES)
def test_tables_that_a_later_version_creates_may_be_granted_in_advance(
    postgres_server: PostgresServer,
    owner: DatabaseAddress,
    jobs: DatabaseAddress,
    schema: str,
    tmp_path: Path,
    use: Callable[[DatabaseAddress, Path], None],
) -> None:
    postgres_server.run_sql(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {_USE} ON TABLES TO jobs_{schema}"
    )
    _use_store(owner, tmp_path)
    use(jobs, tmp_path)


def test_a_role_uses_its_tables_while_others_are_missing(
    postgres_server: PostgresServer,
    owner: DatabaseAddress,
    jobs: DatabaseAddress,
    schema: str,
    tmp_path: Path,
) -> None:
    """As after an update, until the owner has run a command."""
    _use_store(owner, tmp_path)
    postgres_server.run_sql(f"GRANT {_USE} ON ALL TABLES IN SCHEMA {schema} TO jobs_{schema}")
    postgres_server.run_sql(f"DROP TABLE {schema}.cluster_leases, {schema}.cluster_instances")
    postgres_server.run_sql(f"DELETE FROM {schema}.versions WHERE part = 'cluster'")
    _use_store(jobs, tmp_path)
    # One that may create tables, and may not write the versions of them.
    postgres_server.run_sql(f"GRANT CREATE ON SCHEMA {schema} TO jobs_{schema}")
    postgres_server.run_sql(f"REVOKE INSERT, UPDATE ON {schema}.versions FROM jobs_{schema}")
    _use_store(jobs, tmp_path)
    _use_ledger(owner, tmp_path)
    postgres_server.run_sql(f"GRANT {_USE} ON ALL TABLES IN SCHEMA {schema} TO jobs_{schema}")
    _use_leases(jobs, tmp_path)


def test_a_newer_version_of_another_part_is_no_matter(
    postgres_server: PostgresServer, owner: DatabaseAddress, schema: str, tmp_path: Path
) -> None:
    _use_store(owner, tmp_path)
    postgres_server.run_sql(f"UPDATE {schema}.versions SET version = 99 WHERE part = 'cluster'")
    _use_store(owner, tmp_path)
