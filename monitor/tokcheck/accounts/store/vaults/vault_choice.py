"""The choice of a vault, which is recorded in the store.

That it uses the keyring is recorded with its first secret there: an empty store does not depend on
a keyring that turned out to be of no use.
"""

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tokcheck.accounts.store.vaults.encrypted_text import other_key_message
from tokcheck.accounts.store.vaults.vault import (
    IN_FILE,
    IN_KEYRING,
    MakeVault,
    TableVault,
    Vault,
    is_read_only,
    record_vault_kind,
    stored_key_id,
    vault_kind,
)
from tokcheck.core.errors import UsageError
from tokcheck.storage.sql_connection import SqlConnection

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey

_KINDS = (IN_FILE, IN_KEYRING)
_SET_ONCE = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
_FORGET_KEY = "DELETE FROM settings WHERE name = 'key' AND NOT EXISTS (SELECT 1 FROM grants)"


def choose_vault(wanted: str | None = None, key: "EncryptionKey | None" = None) -> MakeVault:
    """Return a function that makes a store's vault; ``wanted`` is the kind for an empty store.

    ``key`` encrypts the secrets of an empty store, or of one that was encrypted with it; a keyring
    encrypts them itself.

    :raises UsageError: if there is no kind ``wanted``, the store has a vault of another kind, or
        its secrets are encrypted with another key.
    """
    if wanted is not None and wanted not in _KINDS:
        raise UsageError(
            f"TOKCHECK_VAULT is neither {' nor '.join(_KINDS)}.",
            "Unset it, or set it to one of them.",
        )

    def make(connection: sqlite3.Connection) -> Vault:
        stored = vault_kind(connection)
        kind = wanted or stored
        if kind != stored and _has_accounts(connection):
            raise UsageError(
                f"This store keeps its secrets in the {stored}, but TOKCHECK_VAULT is {kind}.",
                "Unset TOKCHECK_VAULT. Or name another folder with TOKCHECK_HOME, and log in "
                "there.",
            )
        vault = _make_vault(kind, connection, key)
        if kind == IN_FILE != stored and not is_read_only(connection):
            record_vault_kind(connection, kind)
        return vault

    return make


def _make_vault(kind: str, connection: sqlite3.Connection, key: "EncryptionKey | None") -> Vault:
    if kind == IN_FILE:
        return make_table_vault(connection, key, records=not is_read_only(connection))
    from tokcheck.accounts.store.vaults.keyring_vault import KeyringVault

    return KeyringVault(connection)


def make_table_vault(
    connection: SqlConnection, key: "EncryptionKey | None", *, records: bool = True
) -> TableVault:
    """Return the vault of a store that keeps its secrets itself.

    An empty store takes the key, or none, as it is given: nothing is encrypted with the other one,
    which may be gone since the accounts have moved. ``records`` is whether that is recorded.

    :raises UsageError: if its secrets are encrypted and ``key`` is not theirs, or the reverse.
    """
    given = "" if key is None else key.id
    stored = stored_key_id(connection)
    if stored != given and not _has_accounts(connection):
        if not records:
            stored = given
        elif stored:
            connection.execute(_FORGET_KEY)
            stored = stored_key_id(connection)
    if key is None:
        if stored:
            raise UsageError(
                f"The secrets of this store are encrypted with the key {stored}, and no key is "
                "set.",
                "Set TOKCHECK_ENCRYPTION_KEY_FILE to the file of the key.",
            )
        return TableVault(connection)
    from tokcheck.accounts.store.vaults.encrypted_vault import EncryptedVault
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption

    encryption = SecretEncryption(key)
    if not stored:
        if _has_accounts(connection):
            raise UsageError(
                "A key is set, and the secrets of this store are not encrypted.",
                "To encrypt them: unset the variable of the key, and run "
                "tokcheck accounts rekey --new-key-file PATH",
            )
        connection.execute(_SET_ONCE, ("key", key.id))
        stored = stored_key_id(connection)
    if stored != key.id:
        raise UsageError(
            other_key_message(stored, key.id),
            "Set the key of this store. To give it another key: tokcheck accounts rekey --help",
        )
    return EncryptedVault(connection, encryption)


def environment_key(environment: Mapping[str, str]) -> "EncryptionKey | None":
    """Return the key that the environment names, or ``None`` if it names none.

    :raises UsageError: if there is no key where it should be.
    """
    if not any(name.startswith("TOKCHECK_ENCRYPTION_KEY") for name in environment):
        return None
    from tokcheck.accounts.store.vaults.encryption_key import key_source, read_key

    source = key_source(environment)
    return None if source is None else read_key(source, environment)


def _has_accounts(connection: SqlConnection) -> bool:
    return connection.execute("SELECT 1 FROM grants LIMIT 1").fetchone() is not None
