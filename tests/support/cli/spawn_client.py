"""Commands started as processes of their own, for systems that cannot fork."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

# Without these, Windows starts no Python.
_SYSTEM = ("SYSTEMROOT", "SYSTEMDRIVE", "PATH", "PATHEXT", "COMSPEC", "TEMP", "TMP", "USERPROFILE")


class SpawnedCommand(subprocess.Popen[str]):
    """``python -m tokcheck`` with pipes that carry UTF-8, as :class:`fork_client.Piped`."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], *, errors: str = "strict"
    ) -> None:
        system = {name: os.environ[name] for name in _SYSTEM if name in os.environ}
        super().__init__(
            [sys.executable, "-X", "utf8", "-m", "tokcheck", *words],
            env={**system, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors=errors,
        )

    def communicate(  # type: ignore[override]
        self, typed: str | bytes = "", timeout: float | None = None
    ) -> tuple[str, str]:
        """Hand it all that is typed, and return what it says until its end."""
        text: str | None = typed if isinstance(typed, str) else None
        if isinstance(typed, bytes) and self.stdin is not None:
            with suppress(OSError):
                self.stdin.buffer.write(typed)  # type: ignore[attr-defined]
                self.stdin.buffer.flush()  # type: ignore[attr-defined]
        return super().communicate(text, timeout)
