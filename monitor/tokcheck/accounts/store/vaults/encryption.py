"""Envelope encryption of a store's secrets: XChaCha20-Poly1305 with a data key for each secret.

The data key is encrypted with the store's key and kept beside the secret, so another key needs only
the data keys to be encrypted again. An encrypted secret of one row is of no use in another: the
secret's reference is authenticated with it. Nonces are random, which their 192 bits allow for any
number of secrets: https://doc.libsodium.org/secret-key_cryptography/aead
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from secrets import token_bytes
from types import ModuleType

from tokcheck.accounts.store.vaults.encrypted_text import PREFIX
from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey
from tokcheck.core.errors import UsageError
from tokcheck.storage.install_method import extra_command

_KEY_BYTES = 32
_NONCE_BYTES = 24


class SecretEncryption:
    """Encrypts and decrypts secrets with one key. ``random`` returns so many random bytes.

    :raises UsageError: if the library is not installed.
    """

    def __init__(self, key: EncryptionKey, random: Callable[[int], bytes] = token_bytes) -> None:
        self._key = key
        self._random = random
        self._library = _load_library()

    @property
    def key_id(self) -> str:
        """The id of the key."""
        return self._key.id

    def encrypt(self, reference: str, text: str) -> str:
        """Return a secret encrypted for one reference."""
        data_key = self._random(_KEY_BYTES)
        content = self._seal(data_key, reference, text.encode("utf-8", "surrogatepass"))
        return self._join(reference, data_key, content)

    def decrypt(self, reference: str, text: str) -> str | None:
        """Return the secret of a reference.

        ``None`` if the text is damaged, of another reference, or encrypted with another key.
        """
        opened = self._open_envelope(reference, text)
        if opened is None:
            return None
        data_key, content = opened
        found = self._open(data_key, reference, content)
        return None if found is None else found.decode("utf-8", "surrogatepass")

    def encrypt_again(self, reference: str, text: str, old: "SecretEncryption") -> str | None:
        """Return an encrypted secret of another key for this one; ``None`` as for decrypting."""
        opened = old._open_envelope(reference, text)  # noqa: SLF001 - of this class
        if opened is None:
            return None
        data_key, content = opened
        if self._open(data_key, reference, content) is None:
            return None
        return self._join(reference, data_key, content)

    def _join(self, reference: str, data_key: bytes, content: str) -> str:
        wrapped = self._seal(self._key.raw, reference, data_key)
        return f"{PREFIX}{self.key_id}:{wrapped}:{content}"

    def _open_envelope(self, reference: str, text: str) -> tuple[bytes, str] | None:
        """Return the data key of a secret, and its encrypted content."""
        parts = text.removeprefix(PREFIX).split(":")
        if len(parts) != 3:
            return None
        data_key = self._open(self._key.raw, reference, parts[1])
        return None if data_key is None else (data_key, parts[2])

    def _seal(self, key: bytes, reference: str, content: bytes) -> str:
        nonce = self._random(_NONCE_BYTES)
        encrypted = self._library.crypto_aead_xchacha20poly1305_ietf_encrypt(
            content, reference.encode(), nonce, key
        )
        return urlsafe_b64encode(nonce + encrypted).decode()

    def _open(self, key: bytes, reference: str, text: str) -> bytes | None:
        from nacl.exceptions import CryptoError

        try:
            data = urlsafe_b64decode(text)
            found: bytes = self._library.crypto_aead_xchacha20poly1305_ietf_decrypt(
                data[_NONCE_BYTES:], reference.encode(), data[:_NONCE_BYTES], key
            )
        # The library raises the last two for a nonce or a key of another length.
        except (CryptoError, ValueError, TypeError):
            return None
        return found


def _load_library() -> ModuleType:
    try:
        import nacl.bindings
    except ImportError:
        raise UsageError(
            "A key is set to encrypt stored secrets, and the Python package PyNaCl is not "
            "installed.",
            f"To add it: {extra_command('encryption')}",
        ) from None
    return nacl.bindings
