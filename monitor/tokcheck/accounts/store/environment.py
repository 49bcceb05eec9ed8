"""The store that the environment selects: a file of the data folder, or a database."""

from collections.abc import Mapping
from pathlib import Path

from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.accounts.store.vaults.vault import IN_KEYRING
from tokcheck.accounts.store.vaults.vault_choice import choose_vault, environment_key
from tokcheck.core.errors import UsageError
from tokcheck.storage.data_folder import data_folder


def open_store(environment: Mapping[str, str], folder: Path | None = None) -> GrantStore:
    """Open the store that the environment selects, with the vault that it selects.

    ``folder`` is the data folder, by default the environment's.
    """
    folder = folder or data_folder(environment)
    vault = environment.get("TOKCHECK_VAULT") or None
    url = environment.get("TOKCHECK_DATABASE")
    if not url:
        return Store(folder, vault=choose_vault(vault, environment_key(environment)))
    if vault == IN_KEYRING:
        raise UsageError(
            "A keyring belongs to one computer, and the accounts of TOKCHECK_DATABASE to several.",
            "Unset TOKCHECK_VAULT.",
        )
    from tokcheck.storage.postgres.database_address import parse_database_address

    address = parse_database_address(url, environment)
    from tokcheck.accounts.store.postgres.postgres_store import PostgresStore

    return PostgresStore(address, folder, key=environment_key(environment))
