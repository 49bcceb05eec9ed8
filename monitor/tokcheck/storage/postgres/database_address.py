"""The address of a database on PostgreSQL: ``TOKCHECK_DATABASE``.

The password comes from where libpq looks for it. TLS is verified unless the host is this computer.
https://www.postgresql.org/docs/current/libpq-connect.html
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain, redact_pieces
from tokcheck.storage.install_method import extra_command
from tokcheck.storage.postgres.service_file import read_service

VARIABLE = "TOKCHECK_DATABASE"
_SCHEMES = ("postgresql", "postgres")
_EXAMPLE = "postgresql://tokcheck@db.example/tokcheck"
_SYSTEM_ROOTS_SINCE = 160_000
# A server that is gone, or a network that swallows packets, is noticed within half a minute.
_DEFAULTS = {
    "application_name": "tokcheck",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


_HOSTS = ("host", "hostaddr")
_PASSWORDS = ("password", "sslpassword")
# One that is shorter may be the name of the database or of the user, too.
_LONG_PASSWORD = 12


class DatabaseAddress(NamedTuple):
    """Where the database is."""

    parameters: Mapping[str, str]
    """The parameters of libpq; they may hold a password."""
    place: str
    """The database in words, without a password."""


def parse_database_address(
    url: str, environment: Mapping[str, str], *, source: str = VARIABLE
) -> DatabaseAddress:
    """Return the address of a URL; ``environment`` may hold the variables of libpq.

    ``source`` is the variable or the option that the URL comes from.

    :raises UsageError: if it is none, if the driver is not installed, or if the server's
        certificate would not be verified.
    """
    if url.partition("://")[0] not in _SCHEMES:
        raise UsageError(f"{source} is not the URL of a database.", f"Write {_EXAMPLE}")
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise UsageError(
            f"{source} is set, and the Python package psycopg is not installed.",
            f"To add it: {extra_command('postgres')}",
        ) from None
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    # Their texts repeat the URL, and so a password; the last one is of what is no UTF-8.
    except (psycopg.Error, UnicodeError):
        raise UsageError(f"{source} is not the URL of a database.", f"Write {_EXAMPLE}") from None
    if _is_torn(url):
        raise UsageError(
            f"{source} is not the URL of a database: a special character in it must be encoded.",
            "Write @ as %40, / as %2F, & as %26 and = as %3D; parameters begin with ?",
        )
    parameters = _DEFAULTS | given
    service = _service_parameters(given, environment)
    if _is_local(service | given, environment):
        # The file may change until libpq reads it.
        parameters = {name: service[name] for name in _HOSTS if name in service} | parameters
    else:
        parameters |= _tls_parameters(service | given, environment)
    return DatabaseAddress(parameters, _place(given, environment))


def _is_torn(url: str) -> bool:
    """Return whether the host or the name of the database may hold a part of the password.

    A password ends early at an @ or / in it, and a parameter without a question mark in front is
    none. Messages would show the rest.
    """
    authority, _, path = url.partition("://")[2].partition("/")
    host = authority.rpartition("@")[2].partition("?")[0]
    rest = host + path.partition("?")[0]
    return authority.count("@") > 1 or any(sign in rest for sign in "@&=")


def _service_parameters(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the service file adds: its host and the authority of its certificate.

    A weaker ``sslmode`` of the file does not count where the certificate has to be verified.
    """
    name = given.get("service") or environment.get("PGSERVICE")
    found = read_service(name, environment) if name else {}
    return {name: found[name] for name in (*_HOSTS, "sslrootcert") if found.get(name)}


def _is_local(given: Mapping[str, str], environment: Mapping[str, str]) -> bool:
    """Return whether every host is this computer: a socket, or loopback."""
    if "host" not in given and ("service" in given or environment.get("PGSERVICE")):
        return False  # the service may name any host, in a file that cannot be read here
    named = [
        host
        for name in _HOSTS
        for host in (given.get(name) or environment.get(f"PG{name.upper()}") or "").split(",")
    ]
    return all(host == "" or host[0] in "/@" or is_loopback(host) for host in named)


def _tls_parameters(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    mode = given.get("sslmode") or environment.get("PGSSLMODE") or "verify-full"
    if mode != "verify-full":
        raise UsageError(
            f"With sslmode={mode}, the database's certificate is not verified, and tokens would "
            "be sent to any server that answers.",
            "Leave sslmode out, or write sslmode=verify-full; sslrootcert names the file of "
            "your own certificate authority.",
        )
    import psycopg

    # A home may be missing, or be one that the user may not enter.
    has_own = os.path.exists(os.path.expanduser("~/.postgresql/root.crt"))  # noqa: PTH110, PTH111
    has_roots = "sslrootcert" in given or environment.get("PGSSLROOTCERT") or has_own
    roots = (
        {} if has_roots or psycopg.pq.version() < _SYSTEM_ROOTS_SINCE else {"sslrootcert": "system"}
    )
    return {"sslmode": mode, **roots}


def _place(given: Mapping[str, str], environment: Mapping[str, str]) -> str:
    place = _describe(given, environment)
    # A URL that is pasted over itself has a piece of the password as its host.
    passwords = [given.get(name, "") for name in _PASSWORDS] + [environment.get("PGPASSWORD", "")]
    return plain(redact_pieces(place, [each for each in passwords if len(each) >= _LONG_PASSWORD]))


def _describe(given: Mapping[str, str], environment: Mapping[str, str]) -> str:
    name = given.get("dbname") or environment.get("PGDATABASE") or ""
    database = f"PostgreSQL database {name}".strip()
    host = given.get("host") or given.get("hostaddr") or environment.get("PGHOST") or ""
    service = given.get("service") or environment.get("PGSERVICE")
    if service and not host:
        return f"{database} of the service {service}"
    return (
        f"{database} at {host}" if host and host[0] not in "/@" else f"{database} of this computer"
    )
