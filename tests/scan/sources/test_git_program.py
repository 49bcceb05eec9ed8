"""Which git is run: never one of the scanned folder, whatever PATH says."""

import os
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import read_all
from tokcheck.core.errors import UsageError
from tokcheck.scan.sources import git, git_changes, git_index
from tokcheck.scan.sources.git_program import find_git


def _plant(folder: Path) -> Path:
    """Put a program named git into a folder, which leaves a trace when it runs."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\ntouch {folder}/sprung\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    "entry", ["", ".", "tools", "{repository}", "{repository}/tools", "{link}"]
)
def test_git_is_never_run_from_the_scanned_repository(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, entry: str
) -> None:
    repository.add("a", "1")
    traps = [_plant(repository.folder), _plant(repository.folder / "tools")]
    link = tmp_path / "link"
    link.symlink_to(repository.folder / "tools")
    trap = entry.format(repository=repository.folder, link=link)
    monkeypatch.setenv("PATH", trap, prepend=os.pathsep)
    read_all(git_changes.staged_sources())
    assert git_index.list_folder(str(repository.folder))
    assert [] == [one for one in traps if one.with_name("sprung").exists()]


def test_git_is_not_run_from_a_scanned_folder_without_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = _plant(tmp_path / "downloaded" / "bin")
    monkeypatch.setenv("PATH", str(trap.parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    assert git_index.list_folder("downloaded") is None
    assert not trap.with_name("sprung").exists()


def test_the_first_absolute_entry_outside_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plant(tmp_path)
    monkeypatch.chdir(tmp_path)  # which is no repository: relative entries are skipped as such
    inside, first, second = (_plant(tmp_path / name) for name in ("repo/bin", "one", "two"))
    entries = ["", ".", "one", str(tmp_path / "none"), *(str(x.parent) for x in (inside, first))]
    search = os.pathsep.join([*entries, str(second.parent)])
    assert str(first) == find_git(search, [str(tmp_path / "repo")])
    assert str(inside) == find_git(search, [str(tmp_path / "rep")]), "a name that begins alike"
    assert str(inside) == find_git(search, ["/"]), "a whole disk is no repository"
    first.chmod(0o644)
    assert str(second) == find_git(search, [str(tmp_path / "repo")])


def test_a_program_that_is_a_link_into_the_repository_is_not_taken(tmp_path: Path) -> None:
    trap = _plant(tmp_path / "repo")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(trap)
    with pytest.raises(UsageError, match="lies in the scanned repository") as caught:
        find_git(str(tmp_path / "bin"), [str(tmp_path / "repo")])
    assert "outside of the repository" in caught.value.hint


@pytest.mark.parametrize("search", ["", ".", "no/such", os.pathsep, "/no/such/folder"])
def test_without_any_git_it_is_reported(search: str) -> None:
    with pytest.raises(UsageError, match="git was not found"):
        find_git(search, [])


def test_git_inherits_no_secret_of_an_application(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("TOKCHECK_FITBIT_CLIENT_SECRET", "made-up-secret")
    monkeypatch.setenv("UNRELATED", "kept")
    inherited = git.run("status").decode().splitlines()
    assert "UNRELATED=kept" in inherited
    assert "GIT_NO_LAZY_FETCH=1" in inherited
    assert not any("made-up-secret" in line for line in inherited)
