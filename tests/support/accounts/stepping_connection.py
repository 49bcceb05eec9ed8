"""A store on PostgreSQL for which every statement is a step, at which its process may end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.accounts.failing_sqlite import Steps
from tokcheck.accounts.store.postgres.postgres_store import PostgresStore
from tokcheck.storage.postgres.database_address import parse_database_address
from tokcheck.storage.postgres.postgres_connection import PostgresConnection

if TYPE_CHECKING:
    import psycopg

    from tokcheck.storage.postgres.postgres_session import PostgresRow


def open_with_steps(url: str, folder: Path, steps: Steps) -> PostgresStore:
    """Open the store of a database."""

    class SteppingPostgres(PostgresConnection):
        def execute(
            self, sql: str, parameters: Sequence[Any] = (), /
        ) -> "psycopg.Cursor[PostgresRow]":
            steps.step()
            return super().execute(sql, parameters)

    return PostgresStore(parse_database_address(url, {}), folder, connect=SteppingPostgres)
