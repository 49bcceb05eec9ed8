"""A replaced file is there whole and on the disk, or as it was before."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tokcheck.exporter.metrics import textfile
from tokcheck.scan import Baseline
from tokcheck.storage.atomic_write import replace_file, sync_folder


class DiskCalls:
    """The calls that put a file on the disk, in their order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        sync, rename = os.fsync, Path.replace

        def fsync(descriptor: int) -> None:
            kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
            self.made.append(f"fsync {kind}")
            sync(descriptor)

        def replace(path: Path, target: Path) -> Path:
            self.made.append("rename")
            return rename(path, target)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: replace_file(path, b"new"),
        lambda path: textfile.write(path, b"new 1\n"),
        lambda path: Baseline.write(str(path), [], Baseline()),
    ],
    ids=["private file", "textfile", "baseline"],
)
def test_every_replacement_syncs_the_file_then_renames_then_syncs_the_folder(
    write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = DiskCalls(monkeypatch)
    path = tmp_path / "file.prom"
    path.write_bytes(b"old")
    write(path)
    assert ["fsync file", "rename", "fsync folder"] == calls.made
    assert b"old" != path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o644, None])
def test_the_file_gets_the_mode_that_is_passed(
    tmp_path: Path, umask: int, mode: int | None
) -> None:
    before = os.umask(umask)
    try:
        replace_file(tmp_path / "file", b"new", mode=mode)
    finally:
        os.umask(before)
    expected = 0o666 & ~umask if mode is None else mode
    assert expected == stat.S_IMODE((tmp_path / "file").stat().st_mode)


def test_a_wider_mode_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o666)
    replace_file(path, b"new")
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "link"
    elsewhere.write_bytes(b"old")
    link.symlink_to(elsewhere)
    replace_file(link, b"new")
    assert (b"old", b"new") == (elsewhere.read_bytes(), link.read_bytes())
    assert not link.is_symlink()


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"old")
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / f".tokcheck.{'00' * 8}.tmp").symlink_to(elsewhere)
    with pytest.raises(FileExistsError):
        replace_file(tmp_path / "file", b"new")
    assert b"old" == elsewhere.read_bytes()
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    monkeypatch.undo()
    assert b"old" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    replace_file(tmp_path / "file", b"0123456789")
    assert b"0123456789" == (tmp_path / "file").read_bytes()


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_a_folder_that_cannot_be_synced_is_an_error_only_where_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, "no sync")

    monkeypatch.setattr(os, "fsync", fail)
    if code == errno.EIO:
        with pytest.raises(OSError, match="no sync"):
            sync_folder(tmp_path)
    else:
        sync_folder(tmp_path)


def test_a_folder_that_may_not_be_read_is_not_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    sync_folder(tmp_path)
