"""Keys read from the console of Windows; its functions are replaced by a row of keys."""

from collections import deque

import pytest

from tokcheck.cli.shared.system.windows_console import read_keys


class _Keyboard:
    """Keys in bursts: those of one burst wait, the next one begins after quiet."""

    def __init__(self, *bursts: str) -> None:
        self._bursts = deque(deque(burst) for burst in bursts)

    def read(self) -> str:
        if not self._bursts[0]:
            self._bursts.popleft()
        return self._bursts[0].popleft()

    def is_waiting(self) -> bool:
        return bool(self._bursts[0])


def _type(*bursts: str, limit: int = 100) -> str:
    keyboard = _Keyboard(*bursts)
    return read_keys(keyboard.read, keyboard.is_waiting, 0.0, limit)


@pytest.mark.parametrize(
    ("expected", "bursts"),
    [
        ("token\n", ("token\r",)),
        ("token\n", ("t", "o", "ken", "\r")),
        ("curl \\\n -H x\n", ("curl \\\r -H x\r", "not read")),
        ("\n\na\n", ("\r", "\r", "a\r")),
        ("", ("\x1a",)),
        ("a", ("a\x04b\r",)),
        ("ac\n", ("ab\bc\r",)),
        ("a\n", ("\b\ba\r",)),
        ("ab\n", ("a\x00;b\r",)),
        ("ab\n", ("a\xe0Hb\r",)),
        ("voilà x\n", ("voilà x\r",)),
        ("à\n", ("à", "\r")),
        ("😀\n", ("\ud83d\ude00\r",)),
        ("\ufffd\n", ("\ud83d\r",)),
    ],
)
def test_a_paste_ends_where_enter_is_followed_by_quiet(
    expected: str, bursts: tuple[str, ...]
) -> None:
    assert expected == _type(*bursts)


def test_no_more_is_read_than_a_paste_may_have() -> None:
    assert "a" * 11 == _type("a" * 20, limit=10)


def test_ctrl_c_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        _type("ab\x03")
