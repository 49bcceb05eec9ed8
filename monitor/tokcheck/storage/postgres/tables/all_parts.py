"""All parts of the database: each has tables and a version of its own."""

from collections.abc import Mapping

from tokcheck.storage.postgres.tables.lease_tables import LEASE_MIGRATIONS
from tokcheck.storage.postgres.tables.ledger_tables import LEDGER_MIGRATIONS
from tokcheck.storage.postgres.tables.store_tables import STORE_MIGRATIONS

PARTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "store": STORE_MIGRATIONS,
    "ledger": LEDGER_MIGRATIONS,
    "cluster": LEASE_MIGRATIONS,
}
