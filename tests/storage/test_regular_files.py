"""Bounded reading of regular files, and what is no regular file."""

import os
import socket
import stat
from pathlib import Path

import pytest

from tokcheck.core.errors import UsageError
from tokcheck.storage.regular_files import (
    CONFIGURATION_BYTES,
    decode_text,
    open_regular_file,
    read_regular_file,
    read_text,
)


def _reason(path: Path | str, limit: int = 10, *, descriptors: bool = False) -> str | None:
    """Return why a file cannot be read."""
    try:
        read_regular_file(str(path), limit, descriptors=descriptors)
    except OSError as error:
        return error.strerror
    return None


def _count_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_a_file_is_read_up_to_the_limit_through_links(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 10)
    (tmp_path / "link").symlink_to("file")
    assert b"x" * 10 == read_regular_file(str(tmp_path / "link"), 10)
    (tmp_path / "file").write_bytes(b"x" * (1 << 16 | 1))
    assert (1 << 16) + 1 == len(read_regular_file(str(tmp_path / "file"), 1 << 20))


@pytest.mark.parametrize(
    ("limit", "size"), [(CONFIGURATION_BYTES, "64 KiB"), (1 << 20, "1 MiB"), (16 << 20, "16 MiB")]
)
def test_a_file_beyond_the_limit_is_refused_whatever_its_size_says(
    tmp_path: Path, limit: int, size: str
) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(limit + 1)
    assert f"it is larger than {size}" == _reason(tmp_path / "file", limit)
    with (tmp_path / "file").open("wb") as file:
        file.truncate(limit)
    assert limit == len(read_regular_file(str(tmp_path / "file"), limit))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it has no /proc")
def test_a_file_without_a_size_is_read_to_its_end() -> None:
    assert 0 == Path("/proc/self/status").stat().st_size
    assert b"Pid:" in read_regular_file("/proc/self/status", 1 << 16)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        reasons = {
            "it is a folder, not a regular file": tmp_path,
            "it is a pipe, not a regular file": tmp_path / "pipe",
            "it is a socket, not a regular file": tmp_path / "socket",
            "it is a device, not a regular file": tmp_path / "link",
            "No such file or directory": tmp_path / "missing",
            "its name is not valid on this system": Path("a\0b"),
        }
        assert list(reasons) == [_reason(path) for path in reasons.values()]
        assert list(reasons) == [_reason(path, descriptors=True) for path in reasons.values()]
    assert "its name is not valid on this system" == _reason("a\ud800")


def test_a_pipe_that_replaces_the_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    status = (tmp_path / "file").stat()
    before = _count_descriptors()
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda _: status)
        reason = _reason(tmp_path / "pipe")
    assert "it is a pipe, not a regular file" == reason
    assert before == _count_descriptors(), "it is closed again"


def test_a_descriptor_of_this_process_is_read_only_where_that_is_allowed() -> None:
    reader, writer = os.pipe()
    path = f"/dev/fd/{reader}"
    try:
        os.write(writer, b"paste")
        assert "it is a pipe, not a regular file" == _reason(path)
        os.close(writer)
        assert b"paste" == read_regular_file(path, 10, descriptors=True)
    finally:
        os.close(reader)


def test_an_endless_descriptor_is_read_up_to_the_limit() -> None:
    zeros = os.open("/dev/zero", os.O_RDONLY)
    try:
        assert "it is larger than 64 KiB" == _reason(
            f"/dev/fd/{zeros}", CONFIGURATION_BYTES, descriptors=True
        )
    finally:
        os.close(zeros)


def test_an_open_file_is_a_descriptor(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    descriptor = open_regular_file(str(tmp_path / "file"))
    try:
        assert stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


def test_text_is_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    assert "ä = 1" == decode_text(b"\xef\xbb\xbf" + "ä = 1".encode())
    (tmp_path / "file").write_bytes(b"a = 1\n\nb = '\xe4'")
    with pytest.raises(UsageError) as refused:
        read_text(str(tmp_path / "file"), 100)
    assert (
        f"{tmp_path / 'file'} cannot be read: line 3 is not UTF-8.",
        "Save the file as UTF-8.",
    ) == (refused.value.message, refused.value.hint)
    (tmp_path / "file").write_bytes("a = 1".encode("utf-16"))
    with pytest.raises(UsageError, match="line 1 is not UTF-8"):
        read_text(str(tmp_path / "file"), 100)


def test_the_error_has_the_caller_s_next_step(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_text(str(tmp_path / "none"), 100, "Create it.")
    assert (
        f"{tmp_path / 'none'} cannot be read: No such file or directory.",
        "Create it.",
    ) == (refused.value.message, refused.value.hint)


def test_the_writing_end_of_a_pipe_is_not_read() -> None:
    reader, writer = os.pipe()
    assert "it is open for writing only" == _reason(f"/dev/fd/{writer}", descriptors=True)
    os.close(writer)
    assert None is _reason(f"/dev/fd/{reader}", descriptors=True)
    os.close(reader)
