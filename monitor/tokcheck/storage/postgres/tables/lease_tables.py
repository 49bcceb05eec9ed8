"""The tables of a cluster's leases on PostgreSQL, and their migrations."""

LEASE_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE cluster_instances (
            cluster text NOT NULL,
            instance text NOT NULL,
            until double precision NOT NULL,
            PRIMARY KEY (cluster, instance)
        )
        """,
        """
        CREATE TABLE cluster_leases (
            cluster text NOT NULL,
            account text NOT NULL,
            instance text,
            PRIMARY KEY (cluster, account)
        )
        """,
        "CREATE INDEX cluster_leases_by_instance ON cluster_leases (cluster, instance)",
    ),
)
