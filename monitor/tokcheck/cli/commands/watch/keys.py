"""Keys as they are pressed: by termios on POSIX, by msvcrt on Windows."""

import codecs
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

OnKey = Callable[[str], None]

_POLL_SECONDS = 0.05
_NAMES: Mapping[str, str] = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace"}
# The codes that terminals send after Escape, as a letter or as a number with a tilde.
_SEQUENCES: Mapping[str, str] = {
    "A": "up", "B": "down", "H": "home", "F": "end",
    "1~": "home", "7~": "home", "4~": "end", "8~": "end", "5~": "page-up", "6~": "page-down",
}  # fmt: skip
_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[ -~])")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?]*|O)\Z")
# The codes that Windows sends after a character that announces a key without one.
_SCAN_CODES: Mapping[str, str] = {
    "H": "up", "P": "down", "I": "page-up", "Q": "page-down", "G": "home", "O": "end",
}  # fmt: skip
_ANNOUNCING = {"\x00", "\xe0"}


class WindowsConsole(Protocol):
    """The part of ``msvcrt`` that reads keys."""

    def kbhit(self) -> bool:
        """Return whether a key waits to be read."""
        ...

    def getwch(self) -> str:
        """Return the next character."""
        ...


class KeyDecoder:
    """Turns the input of a terminal into keys; a sequence may come in parts.

    A key is a character, or one of ``up``, ``down``, ``page-up``, ``page-down``, ``home``, ``end``,
    ``enter``, ``escape`` and ``backspace``. Other sequences are dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that are complete after these bytes."""
        text = self._waiting + self._decoder.decode(data)
        self._waiting = ""
        if unfinished := _UNFINISHED.search(text):
            self._waiting, text = unfinished[0], text[: unfinished.start()]
        keys = []
        while text:
            if sequence := _SEQUENCE.match(text):
                keys.append(_SEQUENCES.get(sequence[0][2:], ""))
                text = text[sequence.end() :]
            else:
                keys.append("escape" if text[0] == "\x1b" else _NAMES.get(text[0], text[0]))
                text = text[1:]
        return [key for key in keys if key]


def read_console(console: WindowsConsole) -> Iterator[str]:
    """Yield the keys that wait in a Windows console."""
    while console.kbhit():
        character = console.getwch()
        if character in _ANNOUNCING:
            key = _SCAN_CODES.get(console.getwch(), "")
        elif character == "\x03":
            key = "q"  # Ctrl-C, where the console does not interrupt
        else:
            key = "escape" if character == "\x1b" else _NAMES.get(character, character)
        if key:
            yield key


@contextmanager
def read_keys(on_key: OnKey) -> Iterator[bool]:
    """Call ``on_key`` with each key while the block runs; yield whether any can be pressed.

    Nothing is read if standard input is not a terminal. An interrupt still ends the program.
    Requires a running event loop.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        yield False
        return
    if sys.platform == "win32":
        with _poll_console(on_key):
            yield True
        return
    import asyncio
    import termios
    import tty

    number, loop, decoder = sys.stdin.fileno(), asyncio.get_running_loop(), KeyDecoder()
    before = termios.tcgetattr(number)

    def read() -> None:
        data = b""
        with suppress(BlockingIOError):
            data = os.read(number, 1_024)
        if not data:  # the terminal is gone
            loop.remove_reader(number)
        for key in decoder.feed(data):
            on_key(key)

    try:
        tty.setcbreak(number)  # keeps Ctrl-C an interrupt
        loop.add_reader(number, read)
        yield True
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSADRAIN, before)


@contextmanager
def _poll_console(on_key: OnKey) -> Iterator["asyncio.Task[None]"]:
    import asyncio
    import msvcrt

    async def poll() -> None:
        while True:
            for key in read_console(msvcrt):  # type: ignore[arg-type,unused-ignore]
                on_key(key)
            await asyncio.sleep(_POLL_SECONDS)

    task = asyncio.create_task(poll())
    try:
        yield task
    finally:
        task.cancel()
