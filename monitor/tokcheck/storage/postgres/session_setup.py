"""Open a session of PostgreSQL, set what it needs, and name its advisory locks."""

import logging
from hashlib import sha256

import psycopg
from psycopg.raw_cursor import RawCursor

from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError, explain_postgres_error
from tokcheck.storage.postgres.postgres_migrations import SCHEMA
from tokcheck.storage.postgres.postgres_session import PostgresSession, make_row

# What it logs about a server that is gone is raised as an error, too. Without a handler, it would
# be printed in the midst of a command's output.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

_DEFAULT_PATH = '"$user", public'
# Beyond the server's own limit, after which the network is what does not answer.
_SLACK_SECONDS = 5.0

# One round trip. A machine that vanished must not keep its locks for hours.
_PREPARE = """
    SELECT current_setting('synchronous_commit'), current_setting('search_path'),
        set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false),
        set_config('idle_in_transaction_session_timeout', $3, false),
        set_config('tcp_keepalives_idle', '10', false),
        set_config('tcp_keepalives_interval', '5', false),
        set_config('tcp_keepalives_count', '3', false),
        CASE current_setting('search_path') WHEN $5 THEN set_config('search_path', $4, false) END
"""


def connect(address: DatabaseAddress) -> PostgresSession:
    """Open a session with a database.

    :raises PostgresError: if that fails; it says why.
    """
    try:
        return PostgresSession.connect(
            **address.parameters,  # type: ignore[arg-type] # all are texts
            autocommit=True,
            row_factory=make_row,
            cursor_factory=RawCursor,
        )
    except psycopg.Error as error:
        raise explain_postgres_error(error, address.place) from None


def prepare(session: PostgresSession, patience: float, place: str) -> str:
    """Set the limits of a new session, and return the schema of its tables.

    ``patience`` is how many seconds to wait for another process's transaction; ``place`` names the
    database.

    :raises PostgresError: if the database acknowledges commits that are not on its disk.
    """
    session.longest_wait = patience + _SLACK_SECONDS
    limit = f"{round(patience * 1000)}ms"
    (commits, path, *_) = session.execute(
        _PREPARE, (limit, limit, f"{round(patience * 6000)}ms", SCHEMA, _DEFAULT_PATH)
    ).fetchone() or ("", "")
    if commits == "off":
        raise PostgresError(
            f"The {place} acknowledges commits that are not on its disk: "
            "synchronous_commit is off.",
            "Turn it on for this role: ALTER ROLE ... SET synchronous_commit = on. Without "
            "it, a crash of the server loses grants.",
        )
    return SCHEMA if path == _DEFAULT_PATH else str(path)


def advisory_key(schema: str, purpose: str) -> int:
    """Return the key of an advisory lock, which is one of the database with all its schemas."""
    digest = sha256(f"tokcheck\0{schema}\0{purpose}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
