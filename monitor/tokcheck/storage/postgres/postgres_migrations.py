"""The numbered migrations of tables on PostgreSQL; each part of them has a version of its own."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

import psycopg
from psycopg import sql as composing

from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_session import PostgresSession
from tokcheck.storage.postgres.tables.all_parts import PARTS

SCHEMA = "tokcheck"
Migration: TypeAlias = Sequence[str]

_READ_VERSIONS = "SELECT part, version FROM versions"
_MAY_CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"
_CREATE_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS versions (part text PRIMARY KEY, version integer NOT NULL)"
)
_WRITE_VERSION = """
    INSERT INTO versions VALUES ($1, $2)
    ON CONFLICT (part) DO UPDATE SET version = excluded.version
"""


def migrate(
    session: PostgresSession,
    parts: Mapping[str, Sequence[Migration]],
    schema: str,
    lock_key: int,
    place: str,
) -> None:
    """Bring the tables of ``parts`` up to date, one process at a time.

    So are those of all other parts if this role may create them: it can then grant their use to
    roles that may not.

    :raises PostgresError: if a newer version of tokcheck has written the tables of ``parts``.
    """
    versions = _read_versions(session)
    for part, migrations in parts.items():
        if versions.get(part, 0) != len(migrations):
            _migrate_part(session, part, migrations, schema, lock_key, place)
    others = {
        part: migrations
        for part, migrations in PARTS.items()
        if part not in parts and versions.get(part, 0) < len(migrations)
    }
    if others and (session.execute(_MAY_CREATE).fetchone() or (False,))[0]:
        # One that may create tables need not own those of another role.
        with suppress(psycopg.errors.InsufficientPrivilege):
            for part, migrations in others.items():
                _migrate_part(session, part, migrations, schema, lock_key, place)


def _read_versions(session: PostgresSession) -> dict[str, int]:
    """Return the versions of the parts that have tables, or none if this role may not see them."""
    try:
        return {part: int(version) for part, version in session.execute(_READ_VERSIONS)}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return {}


def _migrate_part(
    session: PostgresSession,
    part: str,
    migrations: Sequence[Migration],
    schema: str,
    lock_key: int,
    place: str,
) -> None:
    """Run the missing migrations of a part in a transaction that no other process is in.

    :raises PostgresError: if a newer version of tokcheck has written the tables.
    """
    with session.transaction():
        session.execute("SELECT pg_advisory_xact_lock($1)", (lock_key,))
        if schema == SCHEMA:
            (exists,) = session.execute("SELECT to_regnamespace($1)", (SCHEMA,)).fetchone() or (
                None,
            )
            if exists is None:  # a role may have the use of a schema that it could not create
                identifier = composing.Identifier(SCHEMA)
                session.execute(composing.SQL("CREATE SCHEMA {}").format(identifier))
        (table,) = session.execute("SELECT to_regclass('versions')").fetchone() or (None,)
        version = 0 if table is None else _read_versions(session).get(part, 0)
        known = len(migrations)
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
