"""Encrypt the secrets of a store with another key, for the first time, or no longer."""

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.store.vaults.encrypted_text import is_encrypted
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.accounts.store.vaults.vault import IN_KEYRING, Vault, vault_kind
from tokcheck.core.errors import UsageError
from tokcheck.storage.sql_connection import SqlConnection


def rekey_secrets(connection: SqlConnection, vault: Vault, new: SecretEncryption | None) -> int:
    """Rewrite all secrets for the key of ``new`` within a transaction; return how many there are.

    Of a secret that is encrypted already, only the data key is encrypted again.

    :raises StoreError: if one of them is damaged. The transaction must then be rolled back.
    :raises UsageError: if they are in a keyring.
    """
    if vault_kind(connection) == IN_KEYRING:
        raise UsageError(
            "This store keeps its secrets in the keyring, which encrypts them itself.",
            "Nothing was changed.",
        )
    rows = connection.execute("SELECT reference, text FROM secrets").fetchall()
    for reference, text in rows:
        changed = _with_key(str(reference), str(text), vault.encryption, new)
        if changed is None:
            raise StoreError(
                f"The secret {reference} cannot be decrypted with the key that is set. Nothing was "
                "changed.",
                "Restore a backup, or remove its account: tokcheck accounts list",
            )
        connection.execute("UPDATE secrets SET text = ? WHERE reference = ?", (changed, reference))
    connection.execute("DELETE FROM settings WHERE name = 'key'")
    if new is not None:
        connection.execute("INSERT INTO settings (name, value) VALUES ('key', ?)", (new.key_id,))
    return len(rows)


def _with_key(
    reference: str, text: str, old: SecretEncryption | None, new: SecretEncryption | None
) -> str | None:
    if not is_encrypted(text):
        return text if new is None else new.encrypt(reference, text)
    if old is None:
        return None
    if new is None:
        return old.decrypt(reference, text)
    return new.encrypt_again(reference, text, old)
