"""Keys of terminals and of Windows consoles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.cli.commands.watch.keys import KeyDecoder, read_console


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"qj/", ["q", "j", "/"]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", ["up", "down", "up", "down"]),
        (b"\x1b[5~\x1b[6~", ["page-up", "page-down"]),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", ["home", "end"] * 3),
        (b"\r\n\x7f\x08", ["enter", "enter", "backspace", "backspace"]),
        (b"\x1b", ["escape"]),
        (b"\x1bq", ["escape", "q"]),
        (b"\x1b[15~\x1b[1;5Cx", ["x"]),  # F5, Ctrl-Right
        ("ü€".encode(), ["ü", "€"]),
        (b"\xff", ["\ufffd"]),
        (b"", []),
    ],
)
def test_what_a_terminal_sends_is_decoded(data: bytes, keys: list[str]) -> None:
    assert keys == KeyDecoder().feed(data)


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        ([b"\x1b[", b"A"], ["up"]),
        ([b"\x1b[5", b"~q"], ["page-up", "q"]),
        ([b"\x1bO", b"B"], ["down"]),
        (["ü".encode()[:1], "ü".encode()[1:]], ["ü"]),
    ],
)
def test_a_sequence_may_come_in_parts(parts: list[bytes], keys: list[str]) -> None:
    decoder = KeyDecoder()
    assert keys == [key for part in parts for key in decoder.feed(part)]


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_any_bytes_are_keys(parts: list[bytes]) -> None:
    decoder = KeyDecoder()
    keys = [key for part in (*parts, b"~") for key in decoder.feed(part)]
    assert "" not in keys


class _Console:
    """A Windows console with these characters in its buffer."""

    def __init__(self, characters: str) -> None:
        self._characters = list(characters)

    def kbhit(self) -> bool:
        return bool(self._characters)

    def getwch(self) -> str:
        return self._characters.pop(0)


@pytest.mark.parametrize(
    ("characters", "keys"),
    [
        ("q", ["q"]),
        ("\xe0H\xe0P\x00I\x00Q\xe0G\xe0O", ["up", "down", "page-up", "page-down", "home", "end"]),
        ("\xe0Mx", ["x"]),
        ("\r\x08\x1b", ["enter", "backspace", "escape"]),
        ("\x03", ["q"]),
        ("", []),
    ],
)
def test_what_a_windows_console_sends_is_decoded(characters: str, keys: list[str]) -> None:
    assert keys == list(read_console(_Console(characters)))
