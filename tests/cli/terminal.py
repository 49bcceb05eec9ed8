"""A conversation with the command on a terminal of its own."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Sequence


def conversed(
    words: Sequence[str], turns: Sequence[tuple[str, str]], env: dict[str, str]
) -> tuple[int, str]:
    """Type each turn's second text once its first has come; return the code and the screen."""
    primary, secondary = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tokcheck", *words],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        env={**os.environ, "TERM": "xterm", **env},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    ) as process:
        os.close(secondary)
        screen, seen, left = b"", 0, list(turns)
        while True:
            ready, _, _ = select.select([primary], [], [], 30)
            assert ready, screen
            try:
                chunk = os.read(primary, 65_536)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            screen += chunk
            if left and (at := screen.find(left[0][0].encode(), seen)) >= 0:
                seen = at + len(left[0][0])
                os.write(primary, left.pop(0)[1].encode())
        os.close(primary)
        return process.wait(timeout=30), screen.decode()
