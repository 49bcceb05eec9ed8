"""Secrets in a table of the store, encrypted with a key that the store does not hold."""

from tokcheck.accounts.errors import LostError
from tokcheck.accounts.store.vaults.encrypted_text import key_id_of
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.accounts.store.vaults.vault import TableVault, changed_key_error
from tokcheck.core.secret import Secret
from tokcheck.storage.sql_connection import SqlConnection


class EncryptedVault(TableVault):
    """Keeps each secret encrypted, with the fingerprint of its text beside it."""

    def __init__(self, connection: SqlConnection, encryption: SecretEncryption) -> None:
        super().__init__(connection)
        self.encryption = self._encryption = encryption

    def _to_text(self, reference: str, secret: Secret) -> str:
        return self._encryption.encrypt(reference, secret.reveal())

    def _from_text(self, reference: str, text: str) -> Secret:
        if key_id_of(text) != self._encryption.key_id:
            raise changed_key_error()
        found = self._encryption.decrypt(reference, text)
        if found is None:
            raise LostError("file")
        return Secret(found)
