"""The recovery file: holds new tokens that could not be written to the store.

Its space is allocated before a refresh request is sent, so writing to it needs none: a disk that
fills up in between cannot lose a grant. (A copy-on-write file system such as Btrfs guarantees
less; there the provider's repeated response remains.)
"""

import json
import os
from hashlib import sha256
from pathlib import Path

from tokcheck.accounts.errors import explain_errors
from tokcheck.accounts.grant import Grant, Intent
from tokcheck.accounts.store.account_file import account_file
from tokcheck.core.secret import Secret
from tokcheck.storage.atomic_write import write_and_sync
from tokcheck.storage.private_files import check_private_file, ensure_private_file

# A response with the longest tokens of both providers and all of their scopes has 6 KiB.
SIZE = 16 * 1024
_EMPTY = bytes(SIZE)
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)


class RecoveryFile:
    """The recovery file of one account; used only while its lock is held."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = account_file(folder, name, "rescue")

    def reserve(self) -> None:
        """Allocate the file's space on the disk, if that is not done yet."""
        with explain_errors(self._path):
            ensure_private_file(self._path, _EMPTY)
            if self._path.stat().st_size < SIZE:
                self._write(_EMPTY)

    def save(self, intent: Intent, grant: Grant) -> None:
        """Write the tokens from a refresh, and sync them to the disk."""
        refresh = None if grant.refresh is None else grant.refresh.reveal()
        fields = grant._asdict() | {"access": grant.access.reveal(), "refresh": refresh}
        del fields["client"]
        text = json.dumps({"intent": intent, "grant": fields}).encode()
        content = sha256(text).hexdigest().encode() + b"\n" + text
        with explain_errors(self._path):
            self._write(content.ljust(SIZE, b"\0"))

    def read(self, intent: Intent, grant: Grant) -> Grant | None:
        """Return ``grant`` with the tokens saved for this refresh, or ``None`` without any."""
        with explain_errors(self._path):
            if not check_private_file(self._path):
                return None
            digest, _, text = self._path.read_bytes().rstrip(b"\0").partition(b"\n")
        if digest != sha256(text).hexdigest().encode():
            return None
        saved = json.loads(text)
        if saved["intent"] != list(intent):
            return None
        fields = saved["grant"]
        return grant._replace(
            access=Secret(fields["access"]),
            refresh=None if fields["refresh"] is None else Secret(fields["refresh"]),
            expires_at=fields["expires_at"],
            refresh_expires_at=fields["refresh_expires_at"],
            scopes=tuple(fields["scopes"]),
            user_id=fields["user_id"],
            obtained_at=fields["obtained_at"],
        )

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
