"""The meaning of an error of PostgreSQL.

Its own text may repeat a row, and so a token: it is shown only where no statement was sent.
"""

import psycopg

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.core.redact import plain, redact
from tokcheck.core.redact.pieces import REDACTED

_LONGEST = 200
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BUSY = {"40001", "40P01", "55P03", "57014"}
_NO_TABLES = {"42P01", "42703"}
_DENIED = {"42501", "3F000"}  # the latter: a schema that the role may not see


class PostgresError(TokcheckError):
    """The database could not be reached, read or written; committed data is intact.

    ``is_away`` is whether no session with it could be opened.
    """

    exit_code = ExitCode.COULD_NOT_TELL

    def __init__(self, message: str, hint: str = "", *, is_away: bool = False) -> None:
        super().__init__(message, hint)
        self.is_away = is_away


def explain_postgres_error(error: psycopg.Error, place: str) -> PostgresError:
    """Return the explanation of an error of the database at ``place``."""
    code = error.sqlstate or ""
    if code in _BUSY:
        return PostgresError(
            f"The {place} is in use by another process that does not finish.",
            "Try again. If that does not help, see pg_stat_activity for the transaction that is "
            "open.",
        )
    if code == "25006":
        return PostgresError(
            f"The {place} is read-only, as a standby is.",
            "Name the primary server in TOKCHECK_DATABASE; with several hosts, add "
            "target_session_attrs=read-write.",
        )
    if code.startswith("28") or code == "3D000" or (not code and _is_refused_login(error)):
        return PostgresError(
            f"The {place} refused the login{_reason(error, place)}.",
            "Check the user, the database and the password, which may be in PGPASSFILE or "
            "PGPASSWORD. Stored data is intact.",
            is_away=True,
        )
    if code in _DENIED:
        return PostgresError(
            f"The {place} denies this role the access that tokcheck needs.",
            "Run tokcheck accounts list once as the owner of the schema, which creates and "
            "migrates the tables, and grant this role their use.",
        )
    if code in _NO_TABLES:
        return PostgresError(
            f"The {place} does not contain the data that tokcheck needs.",
            "Restore a backup, or name another database in TOKCHECK_DATABASE.",
        )
    if code.startswith("53"):
        return PostgresError(
            f"The {place} has run out of a resource: {type(error).__name__}.",
            "Free space on the server's disk, or allow more connections. Stored data is intact.",
        )
    if not code and "certificate verify failed" in str(error):
        return PostgresError(
            f"The certificate of the {place} cannot be verified.",
            "Name the file of its certificate authority in the parameter sslrootcert, or put it "
            "into ~/.postgresql/root.crt. Stored data is intact.",
            is_away=True,
        )
    if not code or code.startswith(("08", "57P")):
        return away_error(place, _reason(error, place))
    return PostgresError(
        f"The {place} could not be read or written (SQLSTATE {code}).",
        "See the server's log, and try again.",
    )


def away_error(place: str, reason: str = "") -> PostgresError:
    """Return the error of a database that cannot be reached, or does not answer."""
    return PostgresError(
        f"The {place} cannot be reached{reason}.",
        "Check that the server runs and that TOKCHECK_DATABASE names it. Stored data is intact.",
        is_away=True,
    )


def _is_refused_login(error: psycopg.Error) -> bool:
    """Return whether the server has requested a password; a failed connection has no SQLSTATE."""
    connection = error.pgconn
    return connection is not None and (connection.needs_password or connection.used_password)


def _reason(error: psycopg.Error, place: str) -> str:
    """Return the server's or the system's own words for why there is no connection.

    Those hold no row: no statement was sent. They repeat the names of the host and the database,
    in which a piece of the password was found if the place is redacted.
    """
    if REDACTED in place:
        return ""
    lines = str(error).strip().splitlines()
    if not lines:
        return ""
    # Before these words stands only which server was tried.
    text = lines[0].rpartition("failed: ")[2].rpartition("FATAL: ")[2].strip(" .")
    return f": {plain(redact(text), longest=_LONGEST)}" if text else ""
