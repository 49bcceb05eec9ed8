"""Private files and folders: private from their first moment, and refused otherwise."""

import os
import stat
from pathlib import Path, PureWindowsPath
from typing import cast

import pytest

from tests.support.suite.platform import IS_ROOT
from tokcheck.core.errors import ExitCode
from tokcheck.storage import StorageError, ensure_private_folder
from tokcheck.storage.private_files import check_private_file, ensure_private_file, existing_part


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_what_is_created_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "data"
    before = os.umask(umask)
    try:
        ensure_private_folder(folder)
        ensure_private_file(folder / "file")
    finally:
        os.umask(before)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert 0o600 == stat.S_IMODE((folder / "file").stat().st_mode)


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    ensure_private_file(tmp_path / "file", b"first")
    ensure_private_file(tmp_path / "file", b"second")
    assert b"first" == (tmp_path / "file").read_bytes()


def test_the_folder_of_what_is_created_is_synced_and_nothing_is_synced_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    folder = tmp_path / "data"
    for _ in range(2):
        ensure_private_folder(folder)
        ensure_private_file(folder / "file", b"content")
    file = folder / "file"
    assert [path.stat().st_ino for path in (tmp_path, file, folder)] == synced


def test_a_missing_file_is_reported_and_not_created(tmp_path: Path) -> None:
    assert not check_private_file(tmp_path / "file")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666])
def test_a_file_that_others_may_access_is_refused_with_the_command_that_fixes_it(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "my file"
    path.touch()
    path.chmod(mode)
    with pytest.raises(StorageError) as caught:
        ensure_private_file(path)
    error = caught.value
    assert (
        f"{path} must be private, but is accessible to other users (mode {mode:04o})."
        == error.message
    )
    assert f"Run: chmod 600 '{path}'" == error.hint
    assert ExitCode.COULD_NOT_TELL == error.exit_code
    assert mode == stat.S_IMODE(path.stat().st_mode)


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(StorageError, match=r"accessible to other users \(mode 0755\)") as caught:
        ensure_private_folder(tmp_path)
    assert f"Run: chmod 700 {tmp_path}" == caught.value.hint


def test_a_link_and_a_folder_are_no_private_files(tmp_path: Path) -> None:
    ensure_private_file(tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(StorageError, match="is not a regular file"):
            check_private_file(tmp_path / name)
    with pytest.raises(StorageError, match="file is not a folder"):
        ensure_private_folder(tmp_path / "file" / "below")


def test_of_a_path_on_a_missing_drive_the_drive_is_named() -> None:
    path = PureWindowsPath("B:/data/tokcheck")  # nowhere else does a path have no part that exists
    assert "B:\\" == str(existing_part(cast("Path", path)))


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    ensure_private_file(tmp_path / "file")
    os.chown(tmp_path / "file", 12345, -1)
    with pytest.raises(StorageError, match="belongs to another user") as caught:
        check_private_file(tmp_path / "file")
    assert "sudo chown 0 " in caught.value.hint
