"""``tokcheck accounts migrate``: move accounts and counts into a database, or back into files."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from contextlib import ExitStack

    from tokcheck.accounts.store.grant_store import GrantStore
    from tokcheck.exporter.ledger.request_ledger import RequestLedger


def migrate(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Move everything from the data folder into this database, such as "
            "postgresql://tokcheck@db.example/tokcheck.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL",
            help="Move everything from this database into the data folder.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Move the accounts and the request counts into a database, or back into files.

    Everything is stored in one transaction and compared before the originals are deleted, so the
    command can be interrupted and repeated. No account is refreshed meanwhile.
    """
    import sys
    from contextlib import ExitStack

    from tokcheck.core.errors import ExitCode, UsageError

    url = to or source
    if url is None or (to and source):
        raise UsageError(
            "Name exactly one database, to move accounts into or out of it.",
            "To move into a database: tokcheck accounts migrate --to postgresql://USER@HOST/NAME",
        )
    with ExitStack() as stack:
        files, database = _open_files(stack), _open_database(stack, url, "--to" if to else "--from")
        here, there = (files, database) if to else (database, files)
        with here.store.moving_out() as accounts, there.store.transaction():
            new = there.store.adopt(accounts)
            there.ledger.adopt_rows(here.ledger.read_rows())
        place = there.store.place
    sys.stdout.write(f"moved to {place}: {new} of {len(accounts)} accounts, and all counts\n")
    sys.stderr.write(
        "From now on, set TOKCHECK_DATABASE to that URL for every command.\n"
        if to
        else "From now on, unset TOKCHECK_DATABASE for every command.\n"
    )
    return ExitCode.USABLE


class _Place(NamedTuple):
    """Where accounts and counts are."""

    store: "GrantStore"
    ledger: "RequestLedger"


def _open_files(stack: "ExitStack") -> _Place:
    import os

    from tokcheck.accounts.store.environment import open_store
    from tokcheck.exporter.ledger.ledger import Ledger, uptime
    from tokcheck.exporter.ledger.selected_ledger import ledger_path

    without = {name: text for name, text in os.environ.items() if name != "TOKCHECK_DATABASE"}
    store = stack.enter_context(open_store(without))
    path = ledger_path(os.environ)
    return _Place(store, stack.enter_context(Ledger(path, steady=uptime)))


def _open_database(stack: "ExitStack", url: str, option: str) -> _Place:
    """Open both over one connection, so that one transaction changes both."""
    import os

    from tokcheck.storage.data_folder import data_folder
    from tokcheck.storage.postgres.database_address import parse_database_address

    address = parse_database_address(url, os.environ, source=option)
    from tokcheck.accounts.store.postgres.postgres_store import PostgresStore
    from tokcheck.accounts.store.vaults.vault_choice import environment_key
    from tokcheck.exporter.ledger.postgres_ledger import PostgresLedger
    from tokcheck.storage.postgres.postgres_connection import PostgresConnection
    from tokcheck.storage.postgres.tables.ledger_tables import LEDGER_MIGRATIONS
    from tokcheck.storage.postgres.tables.store_tables import STORE_MIGRATIONS

    parts = {"store": STORE_MIGRATIONS, "ledger": LEDGER_MIGRATIONS}
    shared = PostgresConnection(address, parts)

    def connect(*_: object, **__: object) -> PostgresConnection:
        return shared

    key = environment_key(os.environ)
    store = PostgresStore(address, data_folder(os.environ), key=key, connect=connect)
    ledger = PostgresLedger(address, connect=connect)
    stack.callback(shared.close)
    return _Place(store, ledger)
