"""Sort the rows of a damaged store into its tables, by their form alone. Pure.

Where a row stood is not known if the pages above it are damaged. But no two tables of the store
have rows of the same form, and what is in them (fingerprints, references of secrets, reasons) has
forms of its own.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import cache
from typing import Any, NamedTuple

from tokcheck.accounts.grant import BrokenReason, LimitCode
from tokcheck.accounts.names import name_flaw
from tokcheck.providers import REGISTRY
from tokcheck.storage.sqlite.private_database import Migration
from tokcheck.storage.sqlite.sqlite_records import Row, Value

FINGERPRINT = re.compile(r"[0-9a-f]{12}")
REFERENCE = re.compile(r"(\d{1,18})/(\d{1,18})/(client_secret|access|refresh)")
_TYPES: dict[str, type | tuple[type, ...]] = {"TEXT": str, "INTEGER": int, "REAL": (int, float)}
_YEAR_10000 = 253_402_300_800
_OLD_CODES = ("invalid_grant", "duplicate")

Fields = dict[str, Value]


class SqlColumn(NamedTuple):
    """A column of a table."""

    name: str
    type: str
    is_required: bool
    is_number: bool
    """Whether it is the number of the row, which the row itself leaves out."""


class Layout(NamedTuple):
    """The form of a table's rows."""

    columns: tuple[SqlColumn, ...]
    has_number: bool
    """Whether one of the columns is the number of the row."""


class StoreRows(NamedTuple):
    """The rows of a store by table, and the entries of its indexes."""

    version: int
    tables: dict[str, list[Fields]]
    names: dict[int, set[str]]
    """The names of accounts by id, as the index of names has them, and all fingerprints."""
    fingerprints: dict[int, set[str]]
    """The fingerprints of refresh tokens by id, as their index has them."""
    last_id: int
    """The largest id that the store may have given."""

    @property
    def row_count(self) -> int:
        """How many rows the tables have."""
        return sum(map(len, self.tables.values()))


def sort_rows(rows: Iterable[Row], migrations: Sequence[Migration], version: int) -> StoreRows:
    """Return the rows of a store of a version by table; what has no form of a row is left out."""
    layouts = table_layouts(migrations[:version])
    found = StoreRows(version, {table: [] for table in layouts}, {}, {}, 0)
    last_id = 0
    for row in rows:
        table, fields = _table_of(row, layouts)
        if table is not None:
            found.tables[table].append(fields)
        elif row.number is None and len(row.values) == 2:  # an entry of an index
            _add_index_entry(found, *row.values)
        elif row.values[:1] == ("grants",) and isinstance(row.values[-1], int):
            last_id = max(last_id, row.values[-1])  # of sqlite_sequence
    return found._replace(last_id=last_id)


def _add_index_entry(found: StoreRows, key: Value, owner: Value) -> None:
    if isinstance(key, str) and isinstance(owner, int) and owner > 0:
        found.names.setdefault(owner, set()).add(key)  # a name may look like a fingerprint
        if FINGERPRINT.fullmatch(key):
            found.fingerprints.setdefault(owner, set()).add(key)


def table_layouts(migrations: Sequence[Migration]) -> dict[str, Layout]:
    """Return the layouts of the tables that some migrations make."""
    return _make_tables(tuple(tuple(migration) for migration in migrations))


@cache
def _make_tables(migrations: tuple[Migration, ...]) -> dict[str, Layout]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as scratch:
        for migration in migrations:
            for step in migration:
                if isinstance(step, str):
                    scratch.execute(step)
                else:
                    step(scratch)
        tables = [name for (name,) in scratch.execute(_TABLES)]
        layouts = {}
        for table in tables:
            columns = scratch.execute(f"PRAGMA table_info({table})").fetchall()
            alias = [one for one in columns if one[5] and one[2] == "INTEGER"]
            layouts[table] = Layout(
                tuple(
                    SqlColumn(one[1], one[2], bool(one[3] or one[5]), is_number=one in alias)
                    for one in columns
                ),
                has_number=bool(alias),
            )
        return layouts


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def _table_of(row: Row, layouts: dict[str, Layout]) -> tuple[str | None, Fields]:
    for table, layout in layouts.items():
        fields = _fields_of(row, layout)
        if fields is not None and _CHECKS.get(table, _accept)(fields):
            return table, fields
    return None, {}


def _fields_of(row: Row, layout: Layout) -> Fields | None:
    """Return the values of a row by column, or ``None`` if it has another form.

    A row that is older than its last columns lacks them.
    """
    columns, has_number = layout
    if has_number != (row.number is not None) or len(row.values) > len(columns):
        return None
    values = row.values + (None,) * (len(columns) - len(row.values))
    fields: Fields = {}
    for column, value in zip(columns, values, strict=True):
        if column.is_number:
            if value is not None or (row.number or 0) < 1:
                return None
            fields[column.name] = row.number
        elif value is None:
            if column.is_required:
                return None
            fields[column.name] = None
        elif isinstance(value, _TYPES.get(column.type, ())):
            fields[column.name] = value
        elif isinstance(value, bytes) and column.name == "name" and has_number:
            fields[column.name] = ""  # a damaged name costs no account; another is found for it
        else:
            return None
    return fields


def is_row(table: str, layout: Layout, values: Sequence[Value]) -> bool:
    """Return whether the store may have written these values of all columns of a table."""
    columns = layout.columns
    number = next(
        (value for one, value in zip(columns, values, strict=True) if one.is_number), None
    )
    stored = tuple(
        None if one.is_number else value for one, value in zip(columns, values, strict=True)
    )
    fields = _fields_of(Row(number if isinstance(number, int) else None, stored), layout)
    if fields is None:
        return False
    if table == "grants":
        provider = str(fields["provider"])
        if name_flaw(str(fields["name"])) or readable_provider(provider) != provider:
            return False
    return _CHECKS.get(table, _accept)(fields)


def readable_provider(name: str) -> str:
    """Return the provider with a name like a damaged one: of equal length, and mostly the same."""
    for known in REGISTRY:
        same = sum(one == other for one, other in zip(name, known, strict=False))
        if name not in REGISTRY and len(name) == len(known) and same * 2 > len(known):
            return known
    return name


def _accept(fields: Fields) -> bool:
    del fields
    return True


def _is_grant(fields: Fields) -> bool:
    references = (fields[name] for name in ("client_secret", "access", "refresh"))
    return (
        all(value in (None, "") or REFERENCE.fullmatch(str(value)) for value in references)
        and _is_fingerprint(fields["fingerprint"], required=False)
        and _are_moments(fields, "expires_at", "refresh_expires_at", "obtained_at")
    )


def _is_intent(fields: Fields) -> bool:
    return _is_fingerprint(fields["fingerprint"]) and _are_moments(fields, "began_at")


def _is_broken(fields: Fields) -> bool:
    if "reason" not in fields:  # until version 2
        return fields["code"] in _OLD_CODES and _are_moments(fields, "at")
    return (
        fields["reason"] in tuple(BrokenReason)
        and _is_fingerprint(fields["fingerprint"], required=False)
        and _are_moments(fields, "at", "began_at")
    )


def _is_limit(fields: Fields) -> bool:
    has_code = fields.get("code") in (None, *LimitCode)
    return has_code and _are_moments(fields, "since", "until")


def _is_secret(fields: Fields) -> bool:
    # A damaged fingerprint costs no secret: a refresh token has another one.
    return REFERENCE.fullmatch(str(fields["reference"])) is not None


def _is_setting(fields: Fields) -> bool:
    return fields["name"] in ("vault", "keyring", "key")


_CHECKS: dict[str, Callable[[Fields], bool]] = {
    "grants": _is_grant,
    "intents": _is_intent,
    "broken": _is_broken,
    "refresh_limits": _is_limit,
    "secrets": _is_secret,
    "settings": _is_setting,
}


def _is_fingerprint(value: Any, *, required: bool = True) -> bool:  # noqa: ANN401 - any value
    return (value is None and not required) or FINGERPRINT.fullmatch(str(value)) is not None


def _are_moments(fields: Fields, *names: str) -> bool:
    return all(
        value is None or (isinstance(value, int | float) and 0 <= value < _YEAR_10000)
        for value in (fields[name] for name in names)
    )
