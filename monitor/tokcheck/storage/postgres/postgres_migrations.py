"""The numbered migrations of tables on PostgreSQL; each part of them has a version of its own."""

from collections.abc import Sequence
from typing import TypeAlias

import psycopg
from psycopg import sql as composing

from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_session import PostgresSession

SCHEMA = "tokcheck"
Migration: TypeAlias = Sequence[str]

_READ_VERSION = "SELECT version FROM versions WHERE part = $1"
_CREATE_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS versions (part text PRIMARY KEY, version integer NOT NULL)"
)
_WRITE_VERSION = """
    INSERT INTO versions VALUES ($1, $2)
    ON CONFLICT (part) DO UPDATE SET version = excluded.version
"""


def read_version(session: PostgresSession, part: str) -> int:
    """Return the version of a part; 0 if it has no tables, or this role may not see them."""
    try:
        row = session.execute(_READ_VERSION, (part,)).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return 0
    return 0 if row is None else int(row[0])


def migrate_part(
    session: PostgresSession, part: str, migrations: Sequence[Migration], schema: str, place: str
) -> None:
    """Run the missing migrations of a part, within a transaction that no other process is in.

    :raises PostgresError: if a newer version of tokcheck has written the tables.
    """
    if schema == SCHEMA:
        (exists,) = session.execute("SELECT to_regnamespace($1)", (SCHEMA,)).fetchone() or (None,)
        if exists is None:  # a role may have the use of a schema that it could not create
            session.execute(composing.SQL("CREATE SCHEMA {}").format(composing.Identifier(SCHEMA)))
    (table,) = session.execute("SELECT to_regclass('versions')").fetchone() or (None,)
    version, known = 0 if table is None else read_version(session, part), len(migrations)
    if version > known:
        raise PostgresError(
            f"The {place} was written by a newer version of tokcheck (version {version} of its "
            f"tables; this one knows {known}).",
            "Update tokcheck; nothing was changed in it.",
        )
    if version == known:
        return
    session.execute(_CREATE_VERSIONS)
    for migration in migrations[version:]:
        for statement in migration:
            session.execute(statement)
    session.execute(_WRITE_VERSION, (part, known))
