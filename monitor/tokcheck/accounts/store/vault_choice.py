"""Where a store keeps its secrets: chosen when it is first used, and written down in it."""

import sqlite3

from tokcheck.accounts.store.vault import MakeVault, TableVault, Vault
from tokcheck.core.errors import UsageError

IN_FILE, IN_KEYRING = "file", "keyring"
_KINDS = (IN_FILE, IN_KEYRING)


def choose_vault(wanted: str | None = None) -> MakeVault:
    """Return what makes the vault that a store was given; ``wanted`` decides for an empty one.

    :raises UsageError: if ``wanted`` is no such place, or the store has its secrets elsewhere.
    """
    if wanted is not None and wanted not in _KINDS:
        raise UsageError(
            f"TOKCHECK_VAULT names no place for secrets that is known: {' and '.join(_KINDS)} are.",
            "Unset it, or set it to one of them.",
        )

    def make(connection: sqlite3.Connection) -> Vault:
        kind = _kind(connection)
        if wanted is not None and wanted != kind:
            if connection.execute("SELECT 1 FROM grants LIMIT 1").fetchone() is not None:
                raise UsageError(
                    f"This store keeps its secrets in the {kind}, and TOKCHECK_VAULT asks for the "
                    f"{wanted}.",
                    "Unset it; or name another folder with TOKCHECK_HOME, and log in there.",
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
