"""The hooks of this repository, run by the real pre-commit program."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.scan.conftest import Repository
from tests.support.cli.run_result import RunResult
from tests.support.paths import ROOT
from tests.support.tokens import FITBIT

_NEEDED = ("monitor", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def _run(folder: Path, *words: str, env: dict[str, str]) -> RunResult:
    ended = subprocess.run(
        [sys.executable, "-m", "pre_commit", *words],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return RunResult(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """This checkout as the repository of a hook, installed once: its address and variables."""
    base = tmp_path_factory.getbasetemp()
    # The workers of one run share a folder above their own.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hooks"
    source = folder / "tokcheck"
    env = {
        "PRE_COMMIT_HOME": str(folder / "home"),
        "PRE_COMMIT_COLOR": "never",
        "PIP_NO_COMPILE": "1",  # most of what is installed is never imported
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{
            f"GIT_{role}_{key}": "tester@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for key in ("NAME", "EMAIL")
        },
    }
    outcome = folder / "install-hooks"
    with FileLock(f"{folder}.lock"):
        if not outcome.exists():
            folder.mkdir()
            outcome.write_text(_install(folder, source, env))
    if failure := outcome.read_text():
        pytest.skip(f"pre-commit could not build its environment: {failure}")
    return str(source), env


def _install(folder: Path, source: Path, env: dict[str, str]) -> str:
    """Make the repository and install its hooks; return the end of the output of a failure."""
    source.mkdir()
    for name in _NEEDED:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, source / name)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=source, env={**os.environ, **env}, check=True)
    user = folder / "user"
    user.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=user, env={**os.environ, **env}, check=True)
    _configure(user, str(source))
    installed = _run(user, "install-hooks", env=env)
    return installed.out[-500:] or "no output" if installed.code else ""


def _configure(folder: Path, source: str, extra: str = "") -> None:
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=source, capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {source}\n  rev: {revision}\n  hooks:\n"
        f"  - id: tokcheck\n{extra}  - id: tokcheck-commit-msg\n"
    )


class RepositoryWithHooks(Repository):
    """A user's repository that has the hooks."""

    env: dict[str, str]

    def run(self, *words: str) -> RunResult:
        return _run(self.folder, "run", *words, env=self.env)

    def install(self, *kinds: str) -> None:
        options = [word for kind in kinds for word in ("--hook-type", kind)]
        assert 0 == _run(self.folder, "install", *options, env=self.env).code


@pytest.fixture
def user(
    hooks: tuple[str, dict[str, str]], repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> RepositoryWithHooks:
    """A repository with the hooks in its configuration and nothing committed yet."""
    source, env = hooks
    # pre-commit itself would be measured, but not tokcheck, which is installed elsewhere.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    made = RepositoryWithHooks(repository.folder)
    made.env = env
    _configure(made.folder, source)
    made.git("add", ".pre-commit-config.yaml")
    return made


def _assert_refused(ended: RunResult, place: str) -> None:
    assert 1 == ended.code
    assert place in ended.out
    assert FITBIT[20:] not in ended.out + ended.err


def test_the_first_commit(user: RepositoryWithHooks) -> None:
    user.install("pre-commit")
    user.add("a", f"1\n{FITBIT}\n")
    user.git("commit", "-m", "x", code=1)
    _assert_refused(user.run(), "a:2:1: ")
    user.add("a", "harmless")
    user.commit("The first")
    assert b"The first" == user.git("log", "--format=%s")


def test_unstaged_changes_do_not_count_and_come_back(user: RepositoryWithHooks) -> None:
    user.commit("The first", a="1\n", b="1\n")
    user.write("a", FITBIT)
    user.add("b", "2\n")
    assert 0 == user.run().code
    assert FITBIT == (user.folder / "a").read_text()
    user.add("b", FITBIT)
    user.write("b", "3\n")
    ended = user.run()
    _assert_refused(ended, "b:1:1: ")
    assert "a:1:1: " not in ended.out
    assert "3\n" == (user.folder / "b").read_text()


def test_a_part_of_a_file_that_is_staged(user: RepositoryWithHooks) -> None:
    user.commit("The first", a="1\n")
    user.add("a", f"1\n{FITBIT}\n")
    user.write("a", "1\n")
    _assert_refused(user.run(), "a:2:1: ")


def test_all_files(user: RepositoryWithHooks) -> None:
    user.commit("The first", a=FITBIT, b="1\n")
    assert 0 == user.run().code
    _assert_refused(user.run("--all-files"), "a:1:1: ")
    user.add("b", f"{FITBIT} ")
    ended = user.run("--all-files")
    _assert_refused(ended, "a:1:1: ")
    _assert_refused(ended, "b:1:1: ")
    _assert_refused(user.run("--files", "a"), "a:1:1: ")


def test_what_the_configuration_excludes_is_left_out(
    user: RepositoryWithHooks, hooks: tuple[str, dict[str, str]]
) -> None:
    _configure(user.folder, hooks[0], "    exclude: ^samples/\n")
    user.add(".pre-commit-config.yaml", (user.folder / ".pre-commit-config.yaml").read_bytes())
    user.add("samples/a", FITBIT)
    assert 0 == user.run().code
    _configure(user.folder, hooks[0], "    args: [--exclude, samples/, --]\n")
    user.add(".pre-commit-config.yaml", (user.folder / ".pre-commit-config.yaml").read_bytes())
    assert 0 == user.run().code
    user.add("b", FITBIT)
    _assert_refused(user.run(), "b:1:1: ")


def test_names_that_look_like_options_and_links(user: RepositoryWithHooks) -> None:
    user.add("-dash", FITBIT)
    user.add("é ü\n.txt", "1")
    (user.folder / "link").symlink_to(FITBIT)
    user.git("add", "link")
    ended = user.run()
    _assert_refused(ended, "-dash:1:1: ")
    _assert_refused(ended, "link:1:1: ")


def test_a_message(user: RepositoryWithHooks) -> None:
    user.install("commit-msg")
    user.add("a", "harmless")
    user.git("commit", "-m", f"With {FITBIT}", code=1)
    user.git("commit", "-m", "Without")


def test_a_push_of_a_token_that_was_deleted_again(
    user: RepositoryWithHooks, tmp_path: Path
) -> None:
    user.git("init", "-q", "--bare", str(tmp_path / "remote"))
    user.git("remote", "add", "origin", str(tmp_path / "remote"))
    user.install("pre-push")
    user.commit("The first", a="1")
    user.git("push", "-q", "origin", "main")
    user.commit("Adds", b=FITBIT)
    user.git("rm", "-q", "b")
    user.commit("Deletes")
    user.git("push", "-q", "origin", "main", code=1)
    user.git("checkout", "-q", "-b", "side", "HEAD~2")
    user.commit("Harmless", c="3")
    user.git("push", "-q", "origin", "side")


def test_the_first_push_of_a_history(user: RepositoryWithHooks, tmp_path: Path) -> None:
    user.git("init", "-q", "--bare", str(tmp_path / "remote"))
    user.git("remote", "add", "origin", str(tmp_path / "remote"))
    user.install("pre-push")
    user.commit("Adds", b=FITBIT)
    user.git("rm", "-q", "b")
    user.commit("Deletes")
    user.git("push", "-q", "origin", "main", code=1)


def test_a_range_for_continuous_integration(user: RepositoryWithHooks) -> None:
    first = user.commit("The first", a=FITBIT)
    user.commit("Adds", b=f"\n{FITBIT}")
    user.commit("Deletes", b="2")
    ended = user.run("--from-ref", first, "--to-ref", "HEAD")
    _assert_refused(ended, "b:2:1: ")
    assert "a:1:1: " not in ended.out
    assert 0 == user.run("--from-ref", "HEAD~1", "--to-ref", "HEAD").code


def test_a_merge(user: RepositoryWithHooks) -> None:
    user.install("pre-commit", "pre-merge-commit")
    user.commit("The first", a="1\n")
    user.git("checkout", "-q", "-b", "side")
    user.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "x")
    user.add("b", FITBIT)
    user.git("commit", "-q", "--no-verify", "-m", "Adds")
    user.git("checkout", "-q", "main")
    user.commit("Main", a="2\n")
    user.git("merge", "-q", "--no-edit", "side", code=1)


def test_a_finding_is_reported_once_though_the_names_fill_several_command_lines(
    user: RepositoryWithHooks,
) -> None:
    first = user.commit("The first", a="1")
    for number in range(900):
        user.write(f"{number:03}{'n' * 200}", f"{number}")
    user.add("z", FITBIT)
    user.git("add", "-A")
    user.git("commit", "-q", "--no-verify", "-m", "Many")
    user.git("rm", "-q", "z")
    user.git("commit", "-q", "--no-verify", "-m", "Deletes")
    ended = user.run("tokcheck", "--from-ref", first, "--to-ref", "HEAD")
    assert 1 < ended.out.count("finding in ") + ended.out.count("no findings in ")
    assert 1 == ended.out.count("z:1:1: ")
