"""The recovery file: holds new tokens that could not be written to the store.

Its space is allocated before a refresh request is sent, so writing to it needs none: a disk that
fills up in between cannot lose a grant. (A copy-on-write file system such as Btrfs guarantees
less; there the provider's repeated response remains.)
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tokcheck.accounts.errors import explain_errors
from tokcheck.accounts.grant import Client, Grant, Intent
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.vaults.encrypted_text import is_encrypted
from tokcheck.core.documents import parse_json
from tokcheck.core.secret import Secret
from tokcheck.storage.atomic_write import write_and_sync
from tokcheck.storage.private_files import check_private_file, ensure_private_file
from tokcheck.storage.regular_files import read_regular_file

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption

# A response with the longest tokens of both providers and all of their scopes has 6 KiB.
SIZE = 16 * 1024
_LARGEST = 1 << 20
_EMPTY = bytes(SIZE)
_CLOCK_ERROR = 5.0
_REFERENCE = "recovery file"
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class SavedTokens(NamedTuple):
    """The content of a recovery file; a file of an older version does not name the application."""

    intent: Intent
    grant: Grant
    has_client: bool


class RecoveryFile:
    """The recovery file of one account; used only while its lock is held.

    ``encryption`` is that of the store's secrets.
    """

    def __init__(
        self, folder: Path, name: str, encryption: "SecretEncryption | None" = None
    ) -> None:
        self._path = account_file(folder, name, "rescue")
        self._encryption = encryption

    def reserve(self) -> None:
        """Allocate the file's space on the disk, if that is not done yet."""
        with explain_errors(self._path):
            ensure_private_file(self._path, _EMPTY)
            if self._path.stat().st_size < SIZE:
                self._write(_EMPTY)

    def save(self, intent: Intent, grant: Grant) -> None:
        """Write the tokens from a refresh, and sync them to the disk."""
        refresh = None if grant.refresh is None else grant.refresh.reveal()
        secret = None if grant.client.secret is None else grant.client.secret.reveal()
        # The application as well: the store may be damaged when these tokens are needed.
        fields = grant._asdict() | {
            "access": grant.access.reveal(),
            "refresh": refresh,
            "client": (*grant.client[:2], secret),
        }
        content = json.dumps({"intent": intent, "grant": fields})
        if self._encryption is not None:
            content = self._encryption.encrypt(_REFERENCE, content)
        text = content.encode()
        data = sha256(text).hexdigest().encode() + b"\n" + text
        with explain_errors(self._path):
            self._write(data.ljust(SIZE, b"\0"))

    def read(self, intent: Intent, grant: Grant) -> Grant | None:
        """Return ``grant`` with the tokens saved for this refresh, or ``None`` without any."""
        saved = read_saved_tokens(self._path, self._encryption)
        if saved is None or not _is_same_intent(saved.intent, intent):
            return None
        return saved.grant._replace(name=grant.name, client=grant.client)

    def clear(self) -> None:
        """Overwrite the saved tokens."""
        with explain_errors(self._path):
            self._write(_EMPTY)

    def _write(self, content: bytes) -> None:
        descriptor = os.open(self._path, _FLAGS)
        try:
            os.ftruncate(descriptor, len(content))  # nothing of longer tokens may be left
            write_and_sync(descriptor, content)
        finally:
            os.close(descriptor)


def _is_same_intent(one: Intent, other: Intent) -> bool:
    """Return whether two intents are one; its moment may have gone through another clock's time."""
    same = (one.fingerprint, one.holder) == (other.fingerprint, other.holder)
    return same and abs(one.began_at - other.began_at) < _CLOCK_ERROR


def read_saved_tokens(
    path: Path, encryption: "SecretEncryption | None" = None
) -> SavedTokens | None:
    """Return the tokens in a recovery file, or ``None`` if it has none that are whole."""
    with explain_errors(path):
        if not check_private_file(path):
            return None
        content = read_regular_file(str(path), _LARGEST)
    digest, _, text = content.rstrip(b"\0").partition(b"\n")
    if digest != sha256(text).hexdigest().encode():
        return None
    try:
        saved = parse_json(_decrypt(text.decode(), encryption))
        fingerprint, began_at, holder = saved["intent"]
        if not (isinstance(fingerprint, str) and isinstance(holder, str)):
            return None
        grant, has_client = _saved_grant(saved["grant"])
        return SavedTokens(Intent(fingerprint, began_at, holder), grant, has_client)
    except (ValueError, LookupError, TypeError):
        return None  # another program has written it


def _decrypt(text: str, encryption: "SecretEncryption | None") -> str:
    """Return the content as it was before it was encrypted; nothing if the key is not there."""
    if encryption is None or not is_encrypted(text):
        return text
    return encryption.decrypt(_REFERENCE, text) or ""


def _saved_grant(fields: Mapping[str, Any]) -> tuple[Grant, bool]:
    """Return the saved grant; a :class:`TypeError` if a field is of another type."""
    name, access, refresh, user_id, scopes = (
        fields[key] for key in ("name", "access", "refresh", "user_id", "scopes")
    )
    client = fields.get("client")
    if not (
        isinstance(name, str)
        and isinstance(access, str)
        and isinstance(refresh, str | None)
        and isinstance(user_id, str | None)
        and isinstance(scopes, list)
        and all(isinstance(scope, str) for scope in scopes)
        and isinstance(client, list | None)
    ):
        raise TypeError
    moments = {key: fields[key] for key in ("expires_at", "refresh_expires_at", "obtained_at")}
    moments["clock_skew"] = fields.get("clock_skew")  # a file of an older version lacks it
    if not all(isinstance(moment, int | float | None) for moment in moments.values()):
        raise TypeError
    provider, client_id, secret = client or ("", "", None)
    if not (
        isinstance(provider, str) and isinstance(client_id, str) and isinstance(secret, str | None)
    ):
        raise TypeError
    grant = Grant(
        name=name,
        client=Client(provider, client_id, None if secret is None else Secret(secret)),
        access=Secret(access),
        refresh=None if refresh is None else Secret(refresh),
        scopes=tuple(scopes),
        user_id=user_id,
        **moments,
    )
    return grant, client is not None
