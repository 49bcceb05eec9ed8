"""Leases of accounts: instances of a cluster divide the stored accounts among themselves.

Each account has one row in the database, which names the instance that serves it. An instance has a
row with a deadline, by the server's clock, which it moves on with every poll; behind it, its
accounts are free. So a renewal changes one row, however many accounts there are.
"""

import os
import re
import socket
import time
from collections.abc import Callable, Collection, Container
from contextlib import suppress
from math import inf
from secrets import token_hex

from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources.selection import ClusterState, Term
from tokcheck.storage.postgres.database_address import DatabaseAddress
from tokcheck.storage.postgres.database_errors import PostgresError
from tokcheck.storage.postgres.postgres_connection import PostgresConnection
from tokcheck.storage.postgres.tables.lease_tables import LEASE_MIGRATIONS
from tokcheck.storage.sql_connection import SqlConnection

# Three polls. An instance that is gone is noticed after that, and its accounts are taken at the
# next poll of another one: 20 seconds.
LEASE_SECONDS = 15.0
# Less than the leases last. The first instance adds a row for each account in one statement.
_PATIENCE_SECONDS = 8.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_NOW = "extract(epoch FROM clock_timestamp())::float8"
_RENEW = f"""
    INSERT INTO cluster_instances (cluster, instance, until) VALUES (?, ?, {_NOW} + ?)
    ON CONFLICT (cluster, instance) DO UPDATE SET until = excluded.until
"""  # noqa: S608 - constants alone
# Another instance that does the same at this moment is left to do it: no instance waits for
# another.
_DROP_DEAD = f"""
    DELETE FROM cluster_instances WHERE (cluster, instance) IN (
        SELECT cluster, instance FROM cluster_instances WHERE cluster = ? AND until < {_NOW}
        FOR UPDATE SKIP LOCKED
    )
"""  # noqa: S608 - constants alone
_ADD_ACCOUNTS = """
    INSERT INTO cluster_leases (cluster, account) SELECT ?, name FROM grants ORDER BY name
    ON CONFLICT DO NOTHING
"""
_DROP_ACCOUNTS = """
    DELETE FROM cluster_leases WHERE (cluster, account) IN (
        SELECT cluster, account FROM cluster_leases
        WHERE cluster = ? AND NOT EXISTS (SELECT 1 FROM grants WHERE name = account)
        FOR UPDATE SKIP LOCKED
    )
"""
_IS_FREE = """
    NOT EXISTS (
        SELECT 1 FROM cluster_instances
        WHERE cluster_instances.cluster = cluster_leases.cluster
            AND cluster_instances.instance = cluster_leases.instance
    )
"""
_COUNT = f"""
    SELECT (SELECT count(*) FROM cluster_instances WHERE cluster = ?), count(*),
        count(*) FILTER (WHERE instance = ?), count(*) FILTER (WHERE {_IS_FREE})
    FROM cluster_leases WHERE cluster = ?
"""  # noqa: S608 - constants alone
_TAKE = f"""
    UPDATE cluster_leases SET instance = ? WHERE (cluster, account) IN (
        SELECT cluster, account FROM cluster_leases WHERE cluster = ? AND {_IS_FREE}
        LIMIT ? FOR UPDATE SKIP LOCKED
    )
"""  # noqa: S608 - constants alone
_GIVE_BACK = """
    UPDATE cluster_leases SET instance = NULL WHERE (cluster, account) IN (
        SELECT cluster, account FROM cluster_leases WHERE cluster = ? AND instance = ?
        LIMIT ? FOR UPDATE SKIP LOCKED
    )
"""
_READ = "SELECT account FROM cluster_leases WHERE cluster = ? AND instance = ?"


def checked_cluster_name(name: str) -> str:
    """Return the name of a cluster.

    :raises UsageError: if it cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "The name of the cluster is not valid.",
            "Use at most 63 letters, digits, dots, hyphens and underscores, such as study-2.",
        )
    return name


def instance_name() -> str:
    """Return a name for this process that no other one has."""
    return f"{socket.gethostname()[:100]}-{os.getpid()}-{token_hex(4)}"


class AccountLeases:
    """The accounts that this instance of a cluster serves. It connects on first use.

    If the leases cannot be renewed, the accounts stay until these are over by this computer's
    ``timer``, and then other instances may have them.
    """

    def __init__(
        self,
        address: DatabaseAddress,
        cluster: str,
        instance: str,
        *,
        seconds: float = LEASE_SECONDS,
        connect: Callable[..., PostgresConnection] = PostgresConnection,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = ClusterState(cluster)
        self._accounts = 0
        self._timer = timer
        self.term = Term(inf, timer)
        """The time of the last renewal's leases."""
        self._instance = instance
        self._seconds = seconds
        self._connection = connect(
            address, {"cluster": LEASE_MIGRATIONS}, patience=_PATIENCE_SECONDS
        )
        self._held: frozenset[str] = frozenset()
        self._names: frozenset[str] | None = None

    @property
    def cluster(self) -> ClusterState:
        """The cluster as the last renewal found it.

        Once the leases are over, no instance is known to serve an account.
        """
        if self.term.is_over():
            return ClusterState(self._cluster.name, None, 0, self._accounts)
        return self._cluster

    def choose(self, names: Collection[str], known: Container[str]) -> Collection[str]:
        """Renew the leases, and return those of the store's ``names`` that this instance serves.

        If that fails, these are the ``known`` ones, or none once the leases are over.
        """
        try:
            self._renew(frozenset(names))
        except PostgresError:
            return () if self.term.is_over() else [name for name in names if name in known]
        return self._held

    def choose_named(self, names: Collection[str]) -> Collection[str]:
        """Return no name: only stored accounts are leased.

        :raises UsageError: if there is one.
        """
        if names:
            name = next(iter(names))
            raise UsageError(
                f"The account {name} is not in the store, and a cluster shares only stored "
                "accounts.",
                "Store it with `tokcheck accounts import`, or watch it with another exporter.",
            )
        return ()

    def close(self) -> None:
        """Give all leases back, and close the connection."""
        with suppress(PostgresError), self._connection.writing() as connection:
            connection.execute(
                "UPDATE cluster_leases SET instance = NULL WHERE cluster = ? AND instance = ?",
                (self._cluster.name, self._instance),
            )
            connection.execute(
                "DELETE FROM cluster_instances WHERE cluster = ? AND instance = ?",
                (self._cluster.name, self._instance),
            )
        self._connection.close()

    def _renew(self, names: frozenset[str]) -> None:
        cluster, instance = self._cluster.name, self._instance
        is_known = self._names == names
        # Taken first, so it is over here before it is over at the server.
        term = Term(self._timer() + self._seconds, self._timer)
        with self._connection.writing() as connection:
            connection.execute(_RENEW, (cluster, instance, self._seconds))
            connection.execute(_DROP_DEAD, (cluster,))
            if not is_known:
                connection.execute(_ADD_ACCOUNTS, (cluster,))
                connection.execute(_DROP_ACCOUNTS, (cluster,))
            instances, accounts, held, free = self._count(connection)
            fair = -(-accounts // instances)
            if held > fair:
                connection.execute(_GIVE_BACK, (cluster, instance, held - fair))
                instances, _, held, free = self._count(connection)
            elif held < fair and free:
                connection.execute(_TAKE, (instance, cluster, fair - held))
                instances, _, held, free = self._count(connection)
            found = frozenset(
                str(name) for (name,) in connection.execute(_READ, (cluster, instance))
            )
        self._held, self._names, self._accounts = found, names, accounts
        self._cluster, self.term = ClusterState(cluster, instances, held, free), term

    def _count(self, connection: SqlConnection) -> tuple[int, int, int, int]:
        """Return the numbers of instances, accounts, own leases and free accounts."""
        row = connection.execute(
            _COUNT, (self._cluster.name, self._instance, self._cluster.name)
        ).fetchone()
        instances, accounts, held, free = map(int, row)
        return max(1, instances), accounts, held, free
