"""A keyring in a file, for tests; each call is atomic and on the disk when it returns."""

import json
import os
from pathlib import Path

from filelock import FileLock
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps entries in the file that ``TESTS_KEYRING`` names."""

    priority = 0.1  # used only if configured by name

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it so
        self._path = path or Path(os.environ["TESTS_KEYRING"])

    def entries(self) -> dict[str, str]:
        text = self._path.read_text() if self._path.exists() else ""
        return dict(json.loads(text or "{}"))

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._change(f"{service} {username}", password)

    def delete_password(self, service: str, username: str) -> None:
        if f"{service} {username}" not in self.entries():
            raise PasswordDeleteError("no such entry")
        self._change(f"{service} {username}", None)

    def _change(self, name: str, password: str | None) -> None:
        with FileLock(f"{self._path}.lock"), self._path.open("a+") as file:
            file.seek(0)
            entries = json.loads(file.read() or "{}")
            entries.pop(name, None)
            if password is not None:
                entries[name] = password
            file.truncate(0)
            file.write(json.dumps(entries))
