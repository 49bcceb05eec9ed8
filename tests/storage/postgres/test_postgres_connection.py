"""A connection to PostgreSQL: what it knows after a transaction that failed."""

import pytest

from tests.support.suite.postgres_server import skip_without_postgres

skip_without_postgres(at_import=True)

from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: E402
from tokcheck.storage.postgres.database_errors import PostgresError  # noqa: E402
from tokcheck.storage.postgres.postgres_connection import PostgresConnection  # noqa: E402

_INSERT = "INSERT INTO numbers VALUES (?)"


def _insert_again(connection: PostgresConnection, number: int) -> None:
    with connection.writing() as session:
        session.execute(_INSERT, (number,))
        session.execute("SELECT count(*) FROM numbers")


def test_a_failed_transaction_leaves_no_statement_that_only_this_side_knows(
    database_url: str,
) -> None:
    """The driver prepares a statement at its sixth use, which the server may skip."""
    connection = PostgresConnection(parse_database_address(database_url, {}), {})
    with connection.writing() as session:
        session.execute("CREATE TABLE numbers (number integer PRIMARY KEY)")
    for number in range(12):
        with connection.writing() as session:
            session.execute(_INSERT, (number,))
            session.execute("SELECT count(*) FROM numbers")
        with pytest.raises(PostgresError, match="SQLSTATE 23505"):
            _insert_again(connection, number)
    with connection.reading() as session:
        assert [(12,)] == session.execute("SELECT count(*) FROM numbers").fetchall()
    connection.close()
