"""Writing where the user names a place: files, open descriptors, devices and pipes."""

import errno
import os
import socket
from pathlib import Path

import pytest

from tokcheck.storage.output_target import descriptor_of, open_output, write_output


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (1, "/dev/stdout"),
        (2, "/dev/stderr"),
        (63, "/dev/fd/63"),
        (4, "/proc/self/fd/4"),
        (None, "/dev/fd/"),
        (None, "/dev/fd/4/x"),
        (None, "/dev/fd/²"),
        (None, "/dev/null"),
        (None, "a.txt"),
        (None, ""),
    ],
)
def test_a_path_may_name_a_descriptor(number: int | None, path: str) -> None:
    assert number == descriptor_of(path)


def test_a_file_is_created_or_replaced_behind_its_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    for content in (b"one", b"two"):
        write_output(str(tmp_path / "link"), content)
        assert content == (tmp_path / "file").read_bytes()
    assert (tmp_path / "link").is_symlink()
    write_output(str(tmp_path / "new"), b"three")
    assert b"three" == (tmp_path / "new").read_bytes()


def test_what_a_descriptor_has_already_stays_in_front(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb", buffering=0) as file:
        file.write(b"head\n")
        write_output(f"/dev/fd/{file.fileno()}", b"one\n")
        write_output(f"/proc/self/fd/{file.fileno()}", b"two\n")
    assert b"head\none\ntwo\n" == (tmp_path / "file").read_bytes()


def test_a_pipe_with_a_reader_gets_everything(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_output(str(tmp_path / "pipe"), b"one")
    assert b"one" == os.read(reader, 10)
    os.close(reader)


def test_a_device_is_written_to() -> None:
    write_output("/dev/null", b"one")
    assert Path("/dev/null").is_char_device()


def test_nobody_is_waited_for_and_nothing_odd_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name, number, reason in (
            ("pipe", errno.ENXIO, "it is a pipe that no program reads"),
            ("socket", errno.EINVAL, "it is a socket"),
            (".", errno.EINVAL, "it is a folder"),
        ):
            with pytest.raises(OSError, match=reason) as refused:
                write_output(str(tmp_path / name), b"one")
            assert (number, reason) == (refused.value.errno, refused.value.strerror)
    with pytest.raises(OSError, match="no program reads"):
        open_output(str(tmp_path / "pipe"), os.O_APPEND | os.O_CREAT)
    assert {"pipe", "socket"} == {path.name for path in tmp_path.iterdir()}
