"""Single keys from a terminal, while something else is drawn on it."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pressed(key: str, event: asyncio.Event) -> Iterator[None]:
    """Set ``event`` when this key is pressed, while the block runs; call it in the loop.

    Where standard input is no terminal, or the system has no termios, nothing is read: an
    interrupt ends the program all the same.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        yield
        return
    if not sys.stdin.isatty():
        yield
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    loop = asyncio.get_running_loop()

    def read() -> None:
        import os

        if key in os.read(number, 64).decode(errors="ignore").lower():
            event.set()

    try:
        tty.setcbreak(number)  # keeps Ctrl-C an interrupt
        loop.add_reader(number, read)
        yield
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSADRAIN, before)
