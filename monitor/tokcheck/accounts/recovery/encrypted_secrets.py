"""The encrypted secrets of a damaged store: decrypted for the recovery, and encrypted again."""

from tokcheck.accounts.recovery.salvage import Salvage
from tokcheck.accounts.recovery.table_rows import StoreRows
from tokcheck.accounts.store.vaults.encrypted_text import (
    is_encrypted,
    key_id_of,
    other_key_message,
)
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


def decrypt_rows(
    rows: StoreRows, encryption: SecretEncryption | None
) -> tuple[StoreRows, SecretEncryption | None]:
    """Return the rows with their secrets in the clear, and what encrypts them again.

    That is ``None`` if none of them is encrypted. A secret that is damaged is left out.

    :raises UsageError: if they are encrypted, and not with this key.
    """
    secrets = rows.tables.get("secrets", [])
    encrypted = [row for row in secrets if is_encrypted(row["text"])]
    if not encrypted:
        return rows, None
    if encryption is None:
        raise UsageError(
            "The secrets of this store are encrypted, and no key is set.",
            "Set TOKCHECK_ENCRYPTION_KEY_FILE to the file of the key.",
        )
    if all(key_id_of(str(row["text"])) != encryption.key_id for row in encrypted):
        raise UsageError(
            other_key_message(key_id_of(str(encrypted[0]["text"])), encryption.key_id),
            "Set the key of this store.",
        )
    found = []
    for row in secrets:
        text: str | None = str(row["text"])
        if is_encrypted(text):
            text = encryption.decrypt(str(row["reference"]), str(text))
        if text is not None:
            found.append({**row, "text": text})
    return rows._replace(tables={**rows.tables, "secrets": found}), encryption


def encrypt_salvage(salvage: Salvage, encryption: SecretEncryption | None) -> Salvage:
    """Return the rows of the new store with their secrets encrypted; as they are without a key."""
    if encryption is None:
        return salvage
    secrets = [
        {
            "reference": row["reference"],
            "text": encryption.encrypt(str(row["reference"]), str(row["text"])),
            "fingerprint": Secret(str(row["text"])).fingerprint,
        }
        for row in salvage.tables["secrets"]
    ]
    settings = [row for row in salvage.tables.get("settings", ()) if row["name"] != "key"]
    settings.append({"name": "key", "value": encryption.key_id})
    return salvage._replace(tables={**salvage.tables, "secrets": secrets, "settings": settings})
