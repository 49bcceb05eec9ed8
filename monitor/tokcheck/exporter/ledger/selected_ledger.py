"""The ledger that the environment selects: a file of the data folder, or a database."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tokcheck.exporter.ledger.request_ledger import RequestLedger
from tokcheck.storage.data_folder import data_folder


def ledger_path(environment: Mapping[str, str]) -> Path:
    """Return the path of the ledger's file in the data folder."""
    return data_folder(environment) / "exporter.sqlite3"


def database_opener(environment: Mapping[str, str]) -> Callable[[], RequestLedger] | None:
    """Return a function that opens the ledger of a database, if the environment names one.

    :raises UsageError: if the address cannot be used.
    """
    url = environment.get("TOKCHECK_DATABASE")
    if not url:
        return None
    # Few need a database, and its driver is an extra.
    from tokcheck.storage.postgres.database_address import parse_database_address  # noqa: PLC0415

    address = parse_database_address(url, environment)
    from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger  # noqa: PLC0415

    return partial(PostgresLedger, address)


def open_ledger(environment: Mapping[str, str]) -> RequestLedger:
    """Open the ledger for a command that adds to it, a context manager.

    :raises UsageError: if the address of a database cannot be used.
    """
    from tokcheck.exporter.ledger.ledger import Ledger  # noqa: PLC0415 - not with a database

    opener = database_opener(environment)
    return Ledger(ledger_path(environment)) if opener is None else opener()
