"""A conversation with the command on a terminal of its own."""

import os
import select
from collections.abc import Sequence

import pytest

_CTRL_C = "\x03"
_MOST_READINGS = 10_000


def talk_to_terminal(
    words: Sequence[str], turns: Sequence[tuple[str, str]], env: dict[str, str]
) -> tuple[int, str]:
    """Type each turn's second text once its first has come; return the code and the screen."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals")
    from tests.support.cli.fork_client import Fork  # noqa: PLC0415 - not where it cannot fork

    primary, secondary = pty.openpty()
    given = (secondary, secondary, secondary)
    with Fork(words, {**os.environ, "TERM": "xterm", **env}, given, terminal=True) as process:
        os.close(secondary)
        screen, seen, left, typed = b"", 0, list(turns), ""
        for _ in range(_MOST_READINGS):
            ready, _, _ = select.select([primary], [], [], 2 if typed == _CTRL_C else 30)
            if not ready and typed == _CTRL_C:
                # One that comes just before the process waits is noticed only at the next.
                os.write(primary, typed.encode())
                continue
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
                typed = left.pop(0)[1]
                os.write(primary, typed.encode())
        os.close(primary)
        return process.wait(timeout=30), screen.decode()
