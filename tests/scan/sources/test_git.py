"""Errors of git, and programs that a repository names."""

from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import every
from tokcheck.core.errors import UsageError
from tokcheck.scan.sources import git, git_changes


def test_outside_a_repository_it_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^git: not a git repository"):
        every(git_changes.staged_sources())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"^git was not found"):
        every(git_changes.staged_sources())
    (tmp_path / "git").write_text("no program")
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(UsageError, match=r"^git could not be started"):
        every(git_changes.staged_sources())


def test_a_program_that_a_repository_names_is_not_run(repository: Repository) -> None:
    repository.add("a", "1")
    trap = repository.write("trap.sh", "#!/bin/sh\ntouch sprung\n")
    trap.chmod(0o755)
    repository.git("config", "core.fsmonitor", str(trap))
    every(git_changes.staged_sources())
    git.list_files(".")
    assert not (repository.folder / "sprung").exists()
