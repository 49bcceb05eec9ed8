"""Standard streams that do not block: all of the input is read, and all of the output written."""

import array
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT
from tokcheck.cli.main import main
from tokcheck.cli.shared.system.waiting_streams import waiting_stream

fcntl = pytest.importorskip("fcntl", reason="Windows has no pipes that do not block")
termios = pytest.importorskip("termios")

_HALF = len(FITBIT) // 2


def held_bytes(pipe: int) -> int:
    """Return how many bytes of a pipe nobody has read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@contextmanager
def input_in_pieces(*pieces: bytes) -> Iterator[TextIO]:
    """Yield a text stream that does not block; each piece is written when the last one was read.

    Another process writes: a reader that waits must not keep it from writing.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    child = os.fork()
    if not child:
        for piece in pieces:
            wait_until(lambda: not held_bytes(reader))
            os.write(writer, piece)
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as stream:  # noqa: PTH123 - of a descriptor
        yield stream
    os.waitpid(child, 0)


@each_case(
    "words, code, expected",
    [
        (["clean"], 0, FITBIT),
        (["clean", "-"], 0, FITBIT),
        (["validate", "--offline"], 1, "This Fitbit Web API token expired"),
        (["validate", "--offline", "--lines"], 1, '"verdict": "expired"'),
        (["scan", "-"], 1, "<stdin>:1:1"),
    ],
)
def test_a_token_in_two_pieces_is_read_whole(
    words: list[str], code: int, expected: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    halves = (FITBIT[:_HALF].encode(), FITBIT[_HALF:].encode() + b"\n")
    with input_in_pieces(*halves) as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", stream)
        assert code == main(words)
    assert expected in capsys.readouterr().out


def test_lines_of_a_prompt_are_waited_for() -> None:
    with input_in_pieces(b"first", b" line\nsec", b"ond\n") as stream:
        waiting = waiting_stream(stream)
        assert ["first line\n", "second\n", ""] == [waiting.readline() for _ in range(3)]


def test_all_of_the_input_is_waited_for() -> None:
    with input_in_pieces(b"one, ", b"two, ", b"three") as stream:
        assert "one, two, three" == waiting_stream(stream).read()


def test_output_waits_for_room(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    room = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096) if hasattr(fcntl, "F_SETPIPE_SZ") else 0
    os.set_blocking(writer, False)
    command = [sys.executable, "-m", "tokcheck", "completion", "zsh"]
    expected = subprocess.run(command, capture_output=True, check=True).stdout
    if not room or len(expected) <= room:
        pytest.skip("a pipe of this system takes it all")
    with subprocess.Popen(
        command, stdout=writer, env=os.environ | {"HOME": str(tmp_path)}
    ) as child:
        os.close(writer)
        wait_until(lambda: held_bytes(reader) == room)
        with open(reader, "rb") as stream:  # noqa: PTH123 - of a descriptor
            assert expected == stream.read()
    assert 0 == child.returncode


def test_what_was_written_before_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "output.txt"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("first ")
        waiting = waiting_stream(stream)
        waiting.write("second")
        waiting.flush()
        assert "first second" == path.read_text()
