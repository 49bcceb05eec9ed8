"""Errors of PostgreSQL in words."""

import subprocess
import sys

import pytest

pytest.importorskip("psycopg")
import psycopg

from tests.support.suite.postgres_server import PostgresServer
from tokcheck.storage.postgres.database_address import parse_database_address
from tokcheck.storage.postgres.database_errors import PostgresError, explain_postgres_error
from tokcheck.storage.postgres.session_setup import connect


def test_what_the_driver_logs_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        "import logging; from tokcheck.storage.postgres import session_setup; "
        "logging.getLogger('psycopg').warning('the connection is lost')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert ("", "") == capfd.readouterr()


def test_the_reason_repeats_no_host_that_is_a_piece_of_the_password() -> None:
    password = "Canary-Passw0rd-9z8y7x6w"
    for url, shown in (
        (f"postgresql://u:{password}@d-Passw0rd-9z8y7x6w", "database at d-[redacted] cannot"),
        (f"postgresql://u:{password}@db.example", "at db.example cannot be reached: could not"),
    ):
        address = parse_database_address(url, {})
        host = address.parameters["host"]
        error = psycopg.OperationalError(f'failed: could not translate host name "{host}"')
        message = explain_postgres_error(error, address.place).message
        assert shown in message
        assert "assw0rd" not in message


def test_a_certificate_of_an_unknown_authority_is_no_server_that_is_gone() -> None:
    error = psycopg.OperationalError(
        'connection failed: connection to server at "192.0.2.2", port 5432 failed: '
        "SSL error: certificate verify failed"
    )
    explained = explain_postgres_error(error, "PostgreSQL database tok at 192.0.2.2")
    assert (
        "The certificate of the PostgreSQL database tok at 192.0.2.2 cannot be verified."
        == explained.message
    )
    assert "sslrootcert" in explained.hint
    assert explained.is_away


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_login_that_is_refused_is_not_a_server_that_is_gone(
    password: str | None, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    postgres_server.run_sql("DROP ROLE IF EXISTS guarded")
    postgres_server.run_sql("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    rules = postgres_server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{before}")
        postgres_server.run_sql("SELECT pg_reload_conf()")
        user = "guarded" if password is None else f"guarded:{password}"
        url = f"postgresql://{user}@127.0.0.1:{postgres_server.port}/postgres"
        address = parse_database_address(url, {})
        while True:  # until the server has read its rules
            try:
                connect(address).close()
            except PostgresError as error:
                refusal = error
                break
    finally:
        rules.write_text(before)
        postgres_server.run_sql("SELECT pg_reload_conf()")
        postgres_server.run_sql("DROP ROLE guarded")
    assert "PostgreSQL database postgres at 127.0.0.1 refused the login: " in refusal.message
    assert "password" in refusal.message
    assert "PGPASSFILE" in refusal.hint
    assert refusal.is_away, "a password that was changed may be changed back"
