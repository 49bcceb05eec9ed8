"""Errors of git, and programs that a repository names."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import read_all, unreadable
from tests.support.tokens import GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.scan.sources import git, git_changes, git_index
from tokcheck.scan.sources.git_errors import git_error


def test_outside_a_repository_it_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^git: not a git repository"):
        read_all(git_changes.staged_sources())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"^git was not found"):
        read_all(git_changes.staged_sources())
    (tmp_path / "git").write_text("no program")
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(UsageError, match=r"^git could not be started"):
        read_all(git_changes.staged_sources())


def test_a_program_that_a_repository_names_is_not_run(repository: Repository) -> None:
    repository.add("a", "1")
    trap = repository.write("trap.sh", "#!/bin/sh\ntouch sprung\n")
    trap.chmod(0o755)
    repository.git("config", "core.fsmonitor", str(trap))
    read_all(git_changes.staged_sources())
    git_index.list_folder(".")
    assert not (repository.folder / "sprung").exists()


def _error(scan: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        scan()
    return caught.value.message, caught.value.hint


def _clone(repository: Repository, *options: str, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Clone a repository with three commits, and make the clone the current folder."""
    for name in ("one", "two", "three"):
        repository.commit(name, **{name: name})
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(repository.folder.parent / "clone")
    repository.git("clone", "-q", *options, repository.folder.as_uri(), str(clone.folder))
    monkeypatch.chdir(clone.folder)
    return clone


def _scan_range(revision: str) -> Sequence[object]:
    return read_all(git_changes.range_sources([revision]))


def test_an_unknown_revision_names_how_to_list_the_commits(repository: Repository) -> None:
    repository.commit("one", a="1")
    assert (
        "git: bad revision 'nope..HEAD'.",
        "List the commits that are here: git log --oneline --all",
    ) == _error(lambda: _scan_range("nope..HEAD"))


def test_a_revision_that_is_a_token_is_not_repeated(repository: Repository) -> None:
    repository.commit("one", a="1")
    message, _ = _error(lambda: _scan_range(f"{GOOGLE}..HEAD"))
    assert (
        f"git: bad revision 'ya29.{Secret(GOOGLE.removeprefix('ya29.')).masked}..HEAD'." == message
    )


def test_the_owner_of_the_repository_is_another_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("one", a="1")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    hint = (
        "The repository belongs to another user. If you trust it, run: "
        f"git config --global --add safe.directory {repository.folder}"
    )
    for scan in (
        lambda: _scan_range("HEAD"),
        lambda: read_all(git_changes.staged_sources()),
        lambda: git_index.list_folder("."),
    ):
        message, hints = _error(scan)
        assert "git: detected dubious ownership in repository at" in message
        assert hint == hints.split("\n")[-1]


def test_a_shallow_clone_is_named_and_its_fix_works(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _clone(repository, "--depth", "1", monkeypatch=monkeypatch)
    message, hint = _error(lambda: _scan_range("HEAD~1..HEAD"))
    assert "git: bad revision 'HEAD~1..HEAD'." == message
    assert hint.endswith("Fetch them: git fetch --unshallow")
    clone.git("fetch", "-q", "--unshallow")
    assert _scan_range("HEAD~1..HEAD")


@pytest.mark.parametrize("lacking", ["blob:none", "tree:0"])
def test_a_partial_clone_is_named_and_its_fix_works(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    clone = _clone(repository, "--no-checkout", f"--filter={lacking}", monkeypatch=monkeypatch)
    if lacking == "tree:0":
        message, hint = _error(lambda: _scan_range("HEAD"))
        assert message.startswith("git: could not fetch ")
    else:
        hint = unreadable(git_changes.range_sources(["HEAD"]))["three"]
    assert "git fetch --refetch --no-filter" in hint
    clone.git("fetch", "-q", "--refetch", "--no-filter")
    assert {} == unreadable(git_changes.range_sources(["HEAD"]))


def test_a_scan_fetches_nothing_into_a_partial_clone(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = _clone(repository, "--no-checkout", "--filter=blob:none", monkeypatch=monkeypatch)
    objects = clone.folder / ".git/objects"
    before = sorted(objects.rglob("*"))
    missing = clone.git("rev-list", "--objects", "--missing=print", "--all").decode()
    assert 3 == missing.count("?"), "the remote has them, and a fetch would bring them"
    assert {"one", "two", "three"} <= unreadable(git_changes.range_sources(["HEAD"])).keys()
    assert before == sorted(objects.rglob("*"))


def test_a_damaged_repository_names_how_to_list_the_damage(repository: Repository) -> None:
    repository.commit("one", a="1")
    tree = repository.git("rev-parse", "HEAD^{tree}").decode()
    (repository.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    message, hint = _error(lambda: _scan_range("HEAD"))
    assert message.startswith("git: unable to read tree ")
    assert "git fsck --full" in hint


def test_a_damaged_index_names_how_to_rebuild_it(repository: Repository) -> None:
    repository.commit("one", a="1")
    (repository.folder / ".git/index").write_bytes(b"garbage")
    for scan in (
        lambda: read_all(git_changes.staged_sources()),
        lambda: git_index.list_folder("."),
    ):
        message, hint = _error(scan)
        assert "git: .git/index: index file smaller than expected." == message
        assert hint.endswith("rm .git/index && git reset")
    assert hint.startswith("To read folders without git: --no-gitignore.\n")
    (repository.folder / ".git/index").unlink()
    repository.git("reset")
    assert [] == read_all(git_changes.staged_sources())


@pytest.mark.parametrize(
    ("message", "hint", "errors"),
    [
        (
            "detected dubious ownership in repository at '/x'",
            "safe.directory",
            "error: unknown option `cached'\nusage: git diff\n"
            "fatal: detected dubious ownership in repository at '/x'\n",
        ),
        ("not a git repository", "git status", "error: unknown option `cached'\nusage: …"),
        (
            "not a git repository",
            "Update git",
            "warning: Expected git repo version <= 1, found 9\nerror: unknown option `cached'\n",
        ),
        ("this operation must be run in a work tree", "bare repository", None),
        ("bad config line 8 in file .git/config", "Correct this line", None),
        ("loose object 12 (stored in .git/objects) is corrupt", "git fsck --full", None),
        ("something new", "git status", "fatal: something new.\n"),
        ("it failed with exit code 3", "git status", ""),
    ],
)
def test_every_error_has_a_next_step(message: str, hint: str, errors: str | None) -> None:
    text = f"fatal: {message}\n" if errors is None else errors
    error = git_error(text.encode(), 3, lambda: False)
    assert f"git: {message}." == error.message
    assert hint in error.hint


def test_a_signal_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nkill -9 $$\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert "git: it was ended by signal 9." == _error(lambda: git.run("status"))[0]
