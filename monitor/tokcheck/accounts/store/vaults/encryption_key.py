"""The key that encrypts the secrets of a store: from a file, a variable or a command."""

import base64
import binascii
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import list_names
from tokcheck.storage.errors import StorageError
from tokcheck.storage.private_files import check_private_file
from tokcheck.storage.regular_files import read_regular_file, unreadable_file_error

KEY_FILE, KEY, KEY_COMMAND = (
    "TOKCHECK_ENCRYPTION_KEY_FILE",
    "TOKCHECK_ENCRYPTION_KEY",
    "TOKCHECK_ENCRYPTION_KEY_COMMAND",
)
KEY_VARIABLES = (KEY_FILE, KEY, KEY_COMMAND)
_LENGTH = 32
_LARGEST_FILE = 4096
_MAKE = "To make one: openssl rand -base64 32"
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{64}")


class EncryptionKey:
    """A key of 256 bits, which is never shown."""

    __slots__ = ("id", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        # It distinguishes keys: the first 8 hexadecimal digits of a digest.
        self.id = sha256(b"tokcheck key id\0" + raw).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"EncryptionKey({self.id})"


class KeySource(NamedTuple):
    """Where a key is: ``kind`` is one of ``KEY_VARIABLES``."""

    kind: str
    text: str

    def __repr__(self) -> str:
        return f"KeySource({self.kind})"


def key_source(environment: Mapping[str, str]) -> KeySource | None:
    """Return where the environment says that the key is, or ``None``.

    :raises UsageError: if it names several places.
    """
    sources = [KeySource(name, text) for name in KEY_VARIABLES if (text := environment.get(name))]
    if len(sources) > 1:
        names = list_names(source.kind for source in sources)
        raise UsageError(f"{names} are set, and only one key is used.", "Unset one of them.")
    return sources[0] if sources else None


def read_key(source: KeySource, environment: Mapping[str, str]) -> EncryptionKey:
    """Return the key of a source; a command gets ``environment``.

    :raises UsageError: if there is none. No message contains a part of it.
    """
    if source.kind == KEY_FILE:
        return _parse(_read_file(source.text), "The file of the key")
    if source.kind == KEY_COMMAND:
        # It starts a process, which few commands need.
        from tokcheck.accounts.store.vaults.key_command import run_key_command

        return _parse(
            run_key_command(source.text, environment), "The output of the command of the key"
        )
    return _parse(source.text, "The variable of the key")


def _parse(text: str, name: str) -> EncryptionKey:
    text = text.strip()
    if _HEXADECIMAL.fullmatch(text):
        return EncryptionKey(bytes.fromhex(text))
    try:
        raw = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _LENGTH:
        what = "is empty" if not text else "holds no key"
        raise UsageError(
            f"{name} {what}: a key is 32 random bytes in Base64, or 64 hexadecimal digits.", _MAKE
        )
    return EncryptionKey(raw)


def _read_file(path: str) -> str:
    try:
        check_private_file(Path(path).resolve())  # a mounted secret is a link
        return read_regular_file(path, _LARGEST_FILE).decode("utf-8-sig", "replace")
    except OSError as error:
        raise unreadable_file_error(path, error) from None
    except StorageError as error:
        raise UsageError(error.message, error.hint) from None
