"""The command in a terminal window of its own, which can be resized."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from tests.support.cli.fork_client import Fork

_SECONDS = 30.0


class TerminalWindow:
    """A pseudo-terminal in which a command runs."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], *, columns: int, lines: int
    ) -> None:
        self._primary, self._secondary = pty.openpty()
        self._resize(columns, lines)
        # Without these, the size is that of the terminal.
        inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        self._process = Fork(
            words,
            {**inherited, "TERM": "xterm", **env},
            (self._secondary,) * 3,
            terminal=True,
        )
        self._shown = ""

    def __enter__(self) -> Self:
        self._process.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.__exit__(kind, error, traceback)
        os.close(self._primary)
        os.close(self._secondary)

    def type(self, keys: str) -> None:
        """Press keys; what was shown before no longer counts."""
        self._shown = ""
        os.write(self._primary, keys.encode())

    def resize(self, *, columns: int, lines: int) -> None:
        """Change the size of the window, of which the command gets a signal."""
        self._shown = ""
        self._resize(columns, lines)

    def _resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._primary, termios.TIOCSWINSZ, size)

    def wait_for(self, text: str) -> None:
        """Read until a text has been shown since the last key."""
        deadline = time.monotonic() + _SECONDS
        while text not in self._shown:
            ready, _, _ = select.select([self._primary], [], [], 1)
            if ready:
                self._shown += os.read(self._primary, 65_536).decode(errors="replace")
            assert time.monotonic() < deadline, (text, self._shown[-2_000:])

    def echoes(self) -> bool:
        """Return whether the terminal shows what is typed, as a shell expects it."""
        return bool(termios.tcgetattr(self._secondary)[3] & termios.ECHO)

    def wait(self) -> int:
        """Return the exit code once the command has ended."""
        return self._process.wait(timeout=int(_SECONDS))
