"""The tables of the ledger on PostgreSQL, and their migrations."""

LEDGER_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE spend (
            id bigint PRIMARY KEY,
            subject text NOT NULL,
            at double precision NOT NULL,
            ticks double precision,
            requests integer NOT NULL,
            settled integer NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX spend_by_subject ON spend (subject)",
        "CREATE TABLE standing (name text PRIMARY KEY, version text NOT NULL, body bytea NOT NULL)",
        "CREATE TABLE lost (at double precision)",
        """
        CREATE TABLE pause (
            subject text NOT NULL,
            server text NOT NULL,
            at double precision NOT NULL,
            ticks double precision,
            seconds double precision NOT NULL,
            PRIMARY KEY (subject, server)
        )
        """,
        """
        CREATE TABLE observation (
            account text PRIMARY KEY,
            serial bigint NOT NULL,
            stored_at double precision NOT NULL,
            provider text NOT NULL,
            latest text,
            classes text NOT NULL,
            minutes text NOT NULL
        )
        """,
        "CREATE INDEX observation_by_serial ON observation (serial)",
    ),
    (
        """
        CREATE TABLE reported_limit (
            subject text NOT NULL,
            server text NOT NULL,
            time_window text NOT NULL,
            at double precision NOT NULL,
            requests bigint NOT NULL,
            PRIMARY KEY (subject, server, time_window)
        )
        """,
    ),
)
