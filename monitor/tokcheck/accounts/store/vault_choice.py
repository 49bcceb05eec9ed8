"""The choice of a vault: made at first use, and recorded in the store."""

import sqlite3

from tokcheck.accounts.store.vault import MakeVault, TableVault, Vault
from tokcheck.core.errors import UsageError

IN_FILE, IN_KEYRING = "file", "keyring"
_KINDS = (IN_FILE, IN_KEYRING)


def choose_vault(wanted: str | None = None) -> MakeVault:
    """Return a function that makes a store's vault; ``wanted`` is the kind for an empty store.

    :raises UsageError: if there is no kind ``wanted``, or the store has a vault of another kind.
    """
    if wanted is not None and wanted not in _KINDS:
        raise UsageError(
            f"TOKCHECK_VAULT is neither {' nor '.join(_KINDS)}.",
            "Unset it, or set it to one of them.",
        )

    def make(connection: sqlite3.Connection) -> Vault:
        kind = _kind(connection)
        if wanted is not None and wanted != kind:
            if connection.execute("SELECT 1 FROM grants LIMIT 1").fetchone() is not None:
                raise UsageError(
                    f"This store keeps its secrets in the {kind}, but TOKCHECK_VAULT is {wanted}.",
                    "Unset TOKCHECK_VAULT. Or name another folder with TOKCHECK_HOME, and log in "
                    "there.",
                )
            connection.execute("INSERT OR REPLACE INTO settings VALUES ('vault', ?)", (wanted,))
            kind = wanted
        if kind == IN_FILE:
            return TableVault(connection)
        from tokcheck.accounts.store.keyring_vault import KeyringVault

        return KeyringVault(connection)

    return make


def _kind(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM settings WHERE name = 'vault'").fetchone()
    return IN_FILE if row is None else str(row[0])
