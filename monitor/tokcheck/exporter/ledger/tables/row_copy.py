"""The rows of a ledger as they are copied into another one, as into that of a server."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from tokcheck.exporter.ledger.tables.stored_state import dump_state, load_state
from tokcheck.exporter.state.clock_jump import shift_moments
from tokcheck.storage.sql_connection import SqlConnection

Rows: TypeAlias = Mapping[str, Sequence[Sequence[Any]]]

# Without the ticks, which are of a machine's own clock.
_TABLES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "spend": ("id", "subject", "at", "requests", "settled"),
        "standing": ("name", "version", "body"),
        "pause": ("subject", "server", "at", "seconds"),
        "lost": ("at",),
        "reported_limit": ("subject", "server", "time_window", "at", "requests"),
        "observation": (
            *("account", "serial", "stored_at", "provider", "latest", "classes", "minutes"),
        ),
    }
)


def read_rows(connection: SqlConnection, offset: float) -> Rows:
    """Return the rows of each table in the time of this computer.

    ``offset`` is the ledger's clock minus this computer's, in seconds.
    """
    return {
        table: [
            _shift_row(columns, row, -offset)
            for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - names of ours
        ]
        for table, columns in _TABLES.items()
    }


def insert_rows(connection: SqlConnection, rows: Rows, offset: float) -> None:
    """Store the rows, which are in the time of this computer, that are not there yet."""
    for table, table_rows in rows.items():
        columns = _TABLES[table]
        places = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - the same
        for row in table_rows:
            shifted = _shift_row(columns, row, offset)
            connection.execute(f"{insert} ON CONFLICT DO NOTHING", shifted)


def _shift_row(columns: Sequence[str], row: Sequence[Any], offset: float) -> tuple[Any, ...]:
    """Return a row with its moments moved."""
    values = dict(zip(columns, row, strict=True))
    if offset and values.get("at") is not None:
        values["at"] += offset
    if offset and "body" in values:
        state = load_state(values["body"])
        if state is not None:
            values["body"] = dump_state(shift_moments(state, offset))
    return tuple(values.values())
