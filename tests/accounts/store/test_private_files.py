"""The store's files are private from their first moment."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.suite.platform import IS_ROOT
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.store import Store
from tokcheck.storage import ensure_private_folder


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    paths = [folder, *folder.iterdir()]
    return {path.name: oct(stat.S_IMODE(path.lstat().st_mode)) for path in paths}


@pytest.mark.usefixtures("umask")
def test_every_file_is_private(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    folder.parent.mkdir(exist_ok=True)
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim", left=0))
        make_refresher(store).fresh_grant("kim", 0)
        found = modes(folder)
    assert "0o700" == found.pop("data")
    assert {"0o600"} == set(found.values())
    kinds = {name.rpartition(".")[2] for name in found}
    assert {"sqlite3", "sqlite3-wal", "sqlite3-shm", "lock", "rescue"} == kinds


def test_every_file_is_created_with_a_private_mode(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rights are given with the call that makes a file, so there is no moment to look at.
    modes_passed: list[int] = []
    real = os.open

    def recording_open(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT:
            modes_passed.append(mode)
        return real(path, flags, mode, **more)

    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "open", recording_open)
        Store(folder).close()
    finally:
        os.umask(before)
    assert {0o600} == set(modes_passed)


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_folder_that_others_may_enter_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir(mode)
    folder.chmod(mode)
    with pytest.raises(StoreError, match=r"accessible to other users \(mode 0") as caught:
        Store(folder)
    assert f"chmod 700 {folder}" in caught.value.hint
    assert [] == list(folder.iterdir())


@pytest.mark.parametrize("name", ["accounts.sqlite3", "accounts.sqlite3-wal"])
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o666])
def test_a_file_that_others_may_read_is_refused(folder: Path, name: str, mode: int) -> None:
    with Store(folder):
        (folder / name).chmod(mode)
        with pytest.raises(StoreError, match=f"must be private.*mode {mode:04o}") as caught:
            Store(folder)
        assert f"chmod 600 {folder / name}" in caught.value.hint


def test_a_link_in_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o600)
    ensure_private_folder(folder)
    (folder / "accounts.sqlite3").symlink_to(elsewhere)
    with pytest.raises(StoreError, match="is not a regular file"):
        Store(folder)
    assert b"" == elsewhere.read_bytes()


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["", "accounts.sqlite3"])
def test_a_file_of_another_user_is_refused(folder: Path, name: str) -> None:
    Store(folder).close()
    os.chown(folder / name, 12345, -1)
    with pytest.raises(StoreError, match="belongs to another user") as caught:
        Store(folder)
    assert "sudo chown 0 " in caught.value.hint


@pytest.mark.skipif(IS_ROOT, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(folder: Path) -> None:
    ensure_private_folder(folder)
    folder.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be opened or written"):
        Store(folder)


def test_a_file_in_place_of_the_folder_is_an_error(folder: Path) -> None:
    folder.touch(0o600)
    with pytest.raises(StoreError, match="is not a folder"):
        Store(folder)
    for below in (folder / "below", folder / "far" / "below"):
        with pytest.raises(StoreError) as caught:
            Store(below)
        assert f"{below} cannot be created: {folder} is not a folder." == caught.value.message
        assert "TOKCHECK_HOME" in caught.value.hint


def test_a_link_to_nothing_in_the_path_is_an_error(folder: Path, tmp_path: Path) -> None:
    folder.symlink_to(tmp_path / "gone")
    for below in (folder, folder / "below"):
        with pytest.raises(StoreError) as caught:
            Store(below)
        assert (
            f"{below} cannot be created: {folder} is a link to a path that does not exist."
            == caught.value.message
        )


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="without /proc")
def test_a_path_in_which_the_system_creates_no_folder_is_an_error() -> None:
    with pytest.raises(StoreError) as caught:
        Store(Path("/proc/tokcheck"))
    assert (
        "/proc/tokcheck cannot be created: the system does not allow a folder to be created in "
        "/proc." == caught.value.message
    )


def test_a_path_with_blanks_is_quoted_in_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "my data"
    folder.mkdir(0o755)
    with pytest.raises(StoreError) as caught:
        Store(folder)
    assert f"chmod 700 '{folder}'" in caught.value.hint
