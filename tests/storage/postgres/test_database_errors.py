"""Errors of PostgreSQL in words."""

import subprocess
import sys

import pytest

pytest.importorskip("psycopg")
import psycopg

from tokcheck.storage.postgres.database_address import parse_database_address
from tokcheck.storage.postgres.database_errors import explain_postgres_error


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
