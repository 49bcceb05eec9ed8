"""git's own hook, and the sources that the pre-commit program requests."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scan.conftest import COMMAND, Repository
from tests.support.scan.source_contents import contents
from tests.support.tokens import FITBIT
from tokcheck.core.errors import UsageError
from tokcheck.scan import hook


def _hook_path(repository: Repository) -> Path:
    return repository.folder / ".git/hooks/pre-commit"


def test_the_hook_is_written_once(repository: Repository) -> None:
    path = _hook_path(repository)
    assert (str(path), False) == hook.install(sys.executable)
    assert (str(path), True) == hook.install(sys.executable)
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text().startswith("#!/bin/sh\n")


def test_a_hook_of_somebody_else_stays_as_it_is(repository: Repository) -> None:
    path = _hook_path(repository)
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\nmake\n")
    with pytest.raises(UsageError, match="is another pre-commit hook") as raised:
        hook.install(sys.executable)
    assert "Add this line to it: tokcheck scan --staged || exit" == raised.value.hint
    assert "#!/bin/sh\nmake\n" == path.read_text()


def test_a_hook_that_leads_nowhere_is_not_written_through(
    repository: Repository, tmp_path: Path
) -> None:
    path = _hook_path(repository)
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is another pre-commit hook"):
        hook.install(sys.executable)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_of_hooks_that_is_configured(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("config", "core.hooksPath", ".githooks")
    sub = repository.folder / "sub"
    sub.mkdir()
    monkeypatch.chdir(sub)
    expected = repository.folder / ".githooks/pre-commit"
    assert (str(expected), False) == hook.install(sys.executable)
    assert expected.exists()


def test_a_worktree_shares_the_hooks(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit()
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
    monkeypatch.chdir(tmp_path / "tree")
    assert (str(_hook_path(repository)), False) == hook.install(sys.executable)


def test_outside_a_repository_there_is_nowhere_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="not a git repository"):
        hook.install(sys.executable)


def test_an_unwritable_folder_is_reported(repository: Repository) -> None:
    repository.git("config", "core.hooksPath", "file/hooks")
    repository.write("file")
    with pytest.raises(UsageError, match=r"cannot be written: Not a directory\."):
        hook.install(sys.executable)


def _python(folder: Path) -> Path:
    """Write an interpreter for the hook that has the stand-ins too."""
    program = folder / "python"
    words = '[ "$1 $2 $3" = "-P -m tokcheck" ] || exit 99; shift 3'
    code = f"{COMMAND}sys.exit(main(sys.argv[1:]))".replace('"', '\\"')
    program.write_text(f'#!/bin/sh\n{words}\nexec {sys.executable} -c "{code}" "$@"\n')
    program.chmod(0o755)
    return program


def test_the_hook_stops_a_commit_with_a_token_and_lets_others_pass(
    repository: Repository, tmp_path: Path
) -> None:
    hook.install(str(_python(tmp_path)))
    repository.commit("The first", a="harmless")
    repository.add("b", f"token = {FITBIT}\n")
    repository.write("b", "not staged\n")
    repository.git("commit", "-m", "x", code=1)
    assert b"The first" == repository.git("log", "--format=%s")
    # A commit of some files has an index of its own; the token is not in that.
    repository.write("a", "changed")
    repository.git("commit", "-q", "-m", "The second", "a")
    repository.git("commit", "-m", "x", "-a", "--no-verify")


def test_the_hook_says_when_the_command_is_gone(repository: Repository, tmp_path: Path) -> None:
    hook.install(str(tmp_path / "gone"))
    shell = shutil.which("sh")
    assert shell
    ended = subprocess.run(
        [shell, _hook_path(repository)], env={"PATH": ""}, capture_output=True, check=False
    )
    assert 1 == ended.returncode
    assert b"tokcheck is not installed any more" in ended.stderr
    found = tmp_path / "tokcheck"
    found.write_text("#!/bin/sh\necho $*\n")
    found.chmod(0o755)
    ended = subprocess.run(
        [shell, _hook_path(repository)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert b"scan --staged\n" == ended.stdout


# The sources that the pre-commit program requests


def _read_requested(*names: str, **environ: str) -> dict[str, bytes]:
    return contents(hook.pre_commit_sources(names, environ))


def test_the_names_of_a_commit_are_read_as_they_are_staged(repository: Repository) -> None:
    repository.commit(a="old", b="old", c="committed")
    repository.add("a", "staged")
    repository.add("b", "staged, and excluded by pre-commit")
    repository.write("a", "not staged")
    assert {"a": b"staged"} == _read_requested("a")
    assert {} == _read_requested()


def test_the_names_of_all_files_are_read_where_they_lie(repository: Repository) -> None:
    repository.commit(a="a", b="b")
    (repository.folder / "link").symlink_to("target")
    repository.git("add", "link")
    assert {"a": b"a", "b": b"b", "link": b"target"} == _read_requested("a", "b", "link")


def test_a_submodule_that_is_named_is_left_out(repository: Repository) -> None:
    commit = repository.commit(a="a")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    (repository.folder / "module").mkdir()
    assert {"a": b"a"} == _read_requested("a", "module")


def test_what_no_working_tree_holds_is_read_though_it_is_not_named(repository: Repository) -> None:
    blob = repository.git("hash-object", "-w", "--stdin", text=b"hidden").decode()
    repository.git("update-index", "--add", "--cacheinfo", f"100644,{blob},sparse")
    assert {"sparse": b"hidden"} == _read_requested()


def test_two_commits_are_a_range_whatever_is_named(repository: Repository) -> None:
    first = repository.commit("1", a="a")
    repository.commit("2", b="deleted later")
    repository.git("rm", "-q", "b")
    last = repository.commit("3")
    read = _read_requested("a", PRE_COMMIT_FROM_REF=first, PRE_COMMIT_TO_REF=last)
    assert {b"deleted later", b"2\n", b"3\n"} == set(read.values())


def test_the_first_push_of_a_history_is_all_of_it(repository: Repository, tmp_path: Path) -> None:
    repository.commit("1", a="a")
    repository.git("init", "-q", "--bare", str(tmp_path / "remote"))
    repository.git("remote", "add", "origin", str(tmp_path / "remote"))
    variables = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_NAME": "origin"}
    assert {b"a", b"1\n"} == set(_read_requested("a", **variables).values())
    repository.git("push", "-q", "origin", "main")
    assert {} == _read_requested("a", **variables)


def test_what_is_excluded_is_not_read(repository: Repository) -> None:
    repository.commit(a="a")
    repository.add("b", "b")
    sources = hook.pre_commit_sources(["a", "b"], {}, lambda _path: False)
    assert {} == contents(sources)


def test_hostile_names_are_compared_as_bytes(repository: Repository) -> None:
    name = os.fsdecode(b"new\nline\xff")
    repository.add(name, "staged")
    repository.write(name, "not staged")
    assert {name: b"staged"} == _read_requested(name)
