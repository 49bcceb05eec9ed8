"""git's own hooks: where they are written, and what stands in their way."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.scan.conftest import COMMAND, Repository
from tests.support.tokens import FITBIT
from tokcheck.core.errors import UsageError
from tokcheck.scan.git_hooks import installation
from tokcheck.scan.git_hooks.installation import Step

_COMMIT = ["pre-commit", "pre-merge-commit", "commit-msg"]


def _install(*, push: bool = False) -> list[tuple[str, str]]:
    """Install the hooks and return what was done with each path, counted from here."""
    return _steps(installation.install(sys.executable, push=push))


def _steps(report: installation.HookReport) -> list[tuple[str, str]]:
    return [(step.name, os.path.relpath(path)) for step, path in report.steps]


def _hooks(folder: str, step: Step, kinds: list[str]) -> list[tuple[str, str]]:
    return [(step.name, f"{folder}/{kind}") for kind in kinds]


def _refusal(*, push: bool = False) -> list[str]:
    """Return the lines of the error that an installation ends with; nothing may be written."""
    before = {path: path.lstat() for path in Path().rglob("*")}
    with pytest.raises(UsageError) as raised:
        installation.install(sys.executable, push=push)
    assert before.keys() == set(Path().rglob("*"))
    here = f"{os.path.realpath('.')}/"
    return [
        raised.value.message.replace(here, ""),
        *raised.value.hint.replace(here, "").split("\n"),
    ]


def test_the_hooks_of_a_commit_are_written_once(repository: Repository) -> None:
    assert _hooks(".git/hooks", Step.WRITTEN, _COMMIT) == _install()
    assert _hooks(".git/hooks", Step.UNCHANGED, _COMMIT) == _install()
    path = repository.folder / ".git/hooks/commit-msg"
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text().startswith("#!/bin/sh\n")
    path.write_text(path.read_text().replace("python=", "python=/gone/"))
    assert ("REPLACED", ".git/hooks/commit-msg") in _install()
    assert path.stat().st_mode & stat.S_IXUSR
    assert ("WRITTEN", ".git/hooks/pre-push") == _install(push=True)[-1]


def test_the_hooks_are_removed_and_no_other(repository: Repository) -> None:
    _install(push=True)
    foreign = repository.write(".git/hooks/post-commit", "#!/bin/sh\n")
    (repository.folder / ".git/hooks/pre-push").rename(".git/hooks/pre-push.legacy")
    repository.write(".git/hooks/pre-push", "#!/bin/sh\ntokcheck scan --pre-push\n")
    assert [
        *_hooks(".git/hooks", Step.REMOVED, _COMMIT),
        ("TO_EDIT", ".git/hooks/pre-push"),
        ("REMOVED", ".git/hooks/pre-push.legacy"),
    ] == _steps(installation.uninstall())
    assert foreign.exists()
    assert [("TO_EDIT", ".git/hooks/pre-push")] == _steps(installation.uninstall())


def test_hooks_of_somebody_else_stay_as_they_are(repository: Repository) -> None:
    path = repository.write(".git/hooks/pre-commit", "#!/bin/sh\nmake\n")
    assert [
        ".git/hooks/pre-commit is another pre-commit hook.",
        "Add this line to it: tokcheck scan --staged || exit",
        "Then run this command again, for the other hooks.",
    ] == _refusal()
    repository.write(".git/hooks/commit-msg", "#!/bin/sh\nmake\n")
    repository.write(".git/hooks/pre-push", "#!/bin/sh\ngit lfs pre-push\n")
    assert [
        ".git/hooks/pre-commit is another pre-commit hook.",
        "Add this line to it: tokcheck scan --staged || exit",
        'Add this line to .git/hooks/commit-msg: tokcheck scan --message "$1" || exit',
        "Add these lines to .git/hooks/pre-push:",
        "    refs=$(cat); printf '%s\\n' \"$refs\" | "
        'tokcheck scan --pre-push "$1" || exit; exec <<EOF',
        "    $refs",
        "    EOF",
        "Then run this command again, for the other hooks.",
    ] == _refusal(push=True)
    assert "#!/bin/sh\nmake\n" == path.read_text()
    for kind in ("pre-commit", "commit-msg"):
        repository.write(f".git/hooks/{kind}", "#!/bin/sh\ntokcheck scan --staged || exit\nmake\n")
    assert [
        ("FOREIGN", ".git/hooks/pre-commit"),
        ("WRITTEN", ".git/hooks/pre-merge-commit"),
        ("FOREIGN", ".git/hooks/commit-msg"),
    ] == _install()


def test_the_lines_for_a_push_leave_its_input_to_what_follows(
    repository: Repository, tmp_path: Path
) -> None:
    hook = repository.write(".git/hooks/pre-push", "#!/bin/sh\necho other\n")
    lines = [line[4:] for line in _refusal(push=True) if line.startswith("    ")]
    hook.write_text("\n".join(["#!/bin/sh", *lines, "echo then", "cat", ""]))
    hook.chmod(0o755)
    program = tmp_path / "tokcheck"
    program.write_text("#!/bin/sh\necho $*\ncat\nexit $CODE\n")
    program.chmod(0o755)
    for code, expected in (
        ("0", b"scan --pre-push origin\na b\nc d\nthen\na b\nc d\n"),
        ("1", b"scan --pre-push origin\na b\nc d\n"),
    ):
        ended = subprocess.run(
            [hook, "origin", "url"],
            input=b"a b\nc d\n",
            stdout=subprocess.PIPE,
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "CODE": code},
            check=False,
        )
        assert (int(code), expected) == (ended.returncode, ended.stdout)


def test_a_hook_that_leads_nowhere_is_not_written_through(
    repository: Repository, tmp_path: Path
) -> None:
    path = repository.folder / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    assert ".git/hooks/pre-commit is another pre-commit hook." == _refusal()[0]
    assert not (tmp_path / "elsewhere").exists()


# The programs that manage hooks: files that are there, and what the refusal names.
_LEFTHOOK = [
    "    pre-commit:",
    "      commands:",
    "        tokcheck:",
    "          run: tokcheck scan --staged",
    "    pre-merge-commit:",
    "      commands:",
    "        tokcheck:",
    "          run: tokcheck scan --staged",
    "    commit-msg:",
    "      commands:",
    "        tokcheck:",
    "          run: tokcheck scan --message {1}",
    "Then run: lefthook install",
]
_MANAGED: list[tuple[str, dict[str, str], list[str]]] = [
    (
        "husky",
        {".husky/_/husky.sh": "", ".husky/pre-commit": "npm test\n"},
        [
            "Add to .husky/pre-commit:",
            "    tokcheck scan --staged",
            "Add to .husky/pre-merge-commit:",
            "    tokcheck scan --staged",
            "Add to .husky/commit-msg:",
            '    tokcheck scan --message "$1"',
        ],
    ),
    (
        "husky",
        {".git/hooks/pre-commit": "# husky\n", "package.json": "{}"},
        [
            "Add to package.json:",
            '    "husky": {"hooks": {"pre-commit": "tokcheck scan --staged", '
            '"pre-merge-commit": "tokcheck scan --staged", '
            '"commit-msg": "tokcheck scan --message $HUSKY_GIT_PARAMS"}}',
        ],
    ),
    ("lefthook", {"lefthook.yml": "x: 1\n"}, ["Add to lefthook.yml:", *_LEFTHOOK]),
    (
        "lefthook",
        {".git/hooks/commit-msg": "call_lefthook run\n", ".lefthook.yaml": ""},
        ["Add to .lefthook.yaml:", *_LEFTHOOK],
    ),
    (
        "pre-commit",
        {
            ".git/hooks/pre-commit": "# File generated by pre-commit: https://pre-commit.com\n",
            ".pre-commit-config.yaml": "repos: []\n",
        },
        [
            "Add to .pre-commit-config.yaml:",
            "    - repo: local",
            "      hooks:",
            "      - {id: tokcheck, name: tokcheck, language: system, "
            "entry: tokcheck scan --pre-commit,",
            '         args: ["--"], types: [], always_run: true, require_serial: true,',
            "         stages: [pre-commit, pre-merge-commit, pre-push]}",
            "      - {id: tokcheck-commit-msg, name: tokcheck, language: system,",
            "         entry: tokcheck scan --message, stages: [commit-msg]}",
            "Then run: pre-commit install -t pre-commit -t pre-merge-commit -t commit-msg",
        ],
    ),
    (
        "overcommit",
        {".git/hooks/pre-commit": "# overcommit\n", ".overcommit.yml": ""},
        [
            "Add to .overcommit.yml:",
            *(
                line
                for kind, words in (
                    ("PreCommit", '"tokcheck", "scan", "--staged"'),
                    ("PreMergeCommit", '"tokcheck", "scan", "--staged"'),
                    ("CommitMsg", '"tokcheck", "scan", "--message"'),
                )
                for line in (
                    f"    {kind}:",
                    "      Tokcheck:",
                    "        enabled: true",
                    f"        command: [{words}]",
                )
            ),
            "Then run: overcommit --sign",
        ],
    ),
    (
        "simple-git-hooks",
        {".git/hooks/pre-commit": "$SKIP_SIMPLE_GIT_HOOKS\n", "package.json": "{}"},
        [
            "Add to package.json:",
            '    "simple-git-hooks": {"pre-commit": "tokcheck scan --staged", '
            '"pre-merge-commit": "tokcheck scan --staged", '
            '"commit-msg": "tokcheck scan --message $1"}',
            "Then run: npx simple-git-hooks",
        ],
    ),
]


def test_beside_a_manager_of_hooks_the_file_that_its_users_edit_is_named(
    repository: Repository,
) -> None:
    for name, files, hint in _MANAGED:
        for path, text in files.items():
            repository.write(path, text)
        message = f"The hooks of this repository are managed by {name}, so none was written."
        assert [message, *hint] == _refusal()
        # Once that is added, nothing is left to do.
        for line in hint:
            if line.startswith("Add to "):
                file = line.removeprefix("Add to ").rstrip(":")
                repository.write(file, "tokcheck\n")
                files[file] = ""
        named = [path for _, path in installation.install("python").steps]
        assert [(Step.FOREIGN, path) for path in named] == list(
            installation.install("python").steps
        )
        assert [(Step.TO_EDIT, path) for path in named] == list(installation.uninstall().steps)
        for path in files:
            (repository.folder / path).unlink()
        shutil.rmtree(repository.folder / ".husky", ignore_errors=True)


def _additions(refusal: list[str]) -> str:
    return "\n".join(line[4:] for line in refusal if line.startswith("    "))


_TABLES = {
    "pre-commit": {"commands": {"tokcheck": {"run": "tokcheck scan --staged"}}},
    "pre-merge-commit": {"commands": {"tokcheck": {"run": "tokcheck scan --staged"}}},
    "commit-msg": {"commands": {"tokcheck": {"run": "tokcheck scan --message {1}"}}},
    "pre-push": {
        "commands": {"tokcheck": {"run": "tokcheck scan --pre-push {1}", "use_stdin": True}}
    },
}


@pytest.mark.parametrize("name", ["lefthook.toml", ".lefthook.toml", ".config/lefthook.toml"])
def test_lefthook_reads_toml_in_a_file_of_toml(repository: Repository, name: str) -> None:
    repository.write(name)
    assert _TABLES == tomllib.loads(_additions(_refusal(push=True)))


@pytest.mark.parametrize("name", ["lefthook.json", ".lefthook.json", "lefthook.jsonc"])
def test_lefthook_reads_json_in_a_file_of_json(repository: Repository, name: str) -> None:
    repository.write(name)
    assert _TABLES == json.loads(f"{{{_additions(_refusal(push=True))}}}")


_RUNS = {
    "pre-commit": "tokcheck scan --staged",
    "pre-merge-commit": "tokcheck scan --staged",
    "commit-msg": "tokcheck scan --message {}",
}


@pytest.mark.parametrize(
    ("name", "first", "outer"),
    [
        (".simple-git-hooks.json", "$1", ()),
        (".huskyrc", "$HUSKY_GIT_PARAMS", ("hooks",)),
        (".huskyrc.json", "$HUSKY_GIT_PARAMS", ("hooks",)),
    ],
)
def test_a_file_of_its_own_has_no_section_for_the_manager(
    repository: Repository, name: str, first: str, outer: tuple[str, ...]
) -> None:
    repository.write(name, "{}")
    added = json.loads(f"{{{_additions(_refusal())}}}")
    for key in outer:
        added = added[key]
    assert {kind: run.format(first) for kind, run in _RUNS.items()} == added


_ALONE = (
    ("overcommit", ".overcommit.yml", "PreCommit: {}\n"),
    ("simple-git-hooks", ".simple-git-hooks.json", "{}"),
    ("simple-git-hooks", "package.json", '{"simple-git-hooks": {"pre-commit": "npm test"}}'),
    ("husky", "package.json", '{"husky": {"hooks": {"pre-commit": "npm test"}}}'),
    ("husky", ".huskyrc", "{}"),
)


@pytest.mark.parametrize(("name", "path", "text"), _ALONE)
def test_a_manager_that_would_replace_the_hooks_is_named_before_it_is_installed(
    repository: Repository, name: str, path: str, text: str
) -> None:
    repository.write(path, text)
    message, place, *_ = _refusal()
    assert f"The hooks of this repository are managed by {name}, so none was written." == message
    assert f"Add to {path}:" == place


def test_a_package_that_only_depends_on_a_manager_is_not_in_the_way(
    repository: Repository,
) -> None:
    repository.write("package.json", '{"devDependencies": {"simple-git-hooks": "2", "husky": "9"}}')
    assert _hooks(".git/hooks", Step.WRITTEN, _COMMIT) == _install()


def test_a_manager_in_a_folder_below_is_found_by_the_path_of_the_hooks(
    repository: Repository,
) -> None:
    repository.git("config", "core.hooksPath", "web/.husky/_")
    repository.write("web/.husky/_/pre-commit", ". husky.sh\n")
    assert "Add to web/.husky/pre-commit:" == _refusal()[1]


def test_a_configuration_of_pre_commit_alone_is_not_in_the_way(repository: Repository) -> None:
    repository.write(".pre-commit-config.yaml", "repos: []\n")
    assert _hooks(".git/hooks", Step.WRITTEN, _COMMIT) == _install()


# Where git looks for hooks


def test_a_folder_of_hooks_that_is_configured(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("config", "core.hooksPath", ".githooks")
    (repository.folder / "sub").mkdir()
    monkeypatch.chdir("sub")
    assert _hooks("../.githooks", Step.WRITTEN, _COMMIT) == _install()
    assert "" == installation.find_hook_folder().shared_by


def test_a_folder_that_all_repositories_share_is_reported(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "settings"
    settings.write_text(f"[core]\nhooksPath = {tmp_path}/hooks\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert _hooks("../hooks", Step.WRITTEN, _COMMIT) == _install()
    assert str(settings) == installation.find_hook_folder().shared_by
    repository.git("config", "core.hooksPath", "own")
    assert "" == installation.find_hook_folder().shared_by


def test_a_worktree_shares_the_hooks(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit()
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
    monkeypatch.chdir(tmp_path / "tree")
    assert _hooks("../repository/.git/hooks", Step.WRITTEN, _COMMIT) == _install()


@pytest.mark.parametrize("configured", [None, "hooks"])
def test_a_repository_that_the_variables_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str | None
) -> None:
    for folder in ("store", "home/sub"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    Repository(tmp_path).git("init", "-q", "--bare", "store")
    if configured:
        Repository(tmp_path).git("-C", "store", "config", "core.hooksPath", configured)
    monkeypatch.chdir("home/sub")
    monkeypatch.setenv("GIT_DIR", "../../store")
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "home"))
    expected = "../hooks" if configured else "../../store/hooks"
    assert _hooks(expected, Step.WRITTEN, _COMMIT) == _install()


def test_outside_a_repository_there_is_nowhere_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="not a git repository"):
        installation.install("python")
    with pytest.raises(UsageError, match="not a git repository"):
        installation.uninstall()


def test_an_unwritable_folder_is_reported(repository: Repository) -> None:
    repository.git("config", "core.hooksPath", "file/hooks")
    repository.write("file")
    with pytest.raises(UsageError, match=r"cannot be written: Not a directory\."):
        installation.install(sys.executable)


# The hooks at work


def _python(folder: Path) -> Path:
    """Write an interpreter for the hook that has the stand-ins too."""
    program = folder / "python"
    words = '[ "$1 $2 $3" = "-P -m tokcheck" ] || exit 99; shift 3'
    code = f"{COMMAND}sys.exit(main(sys.argv[1:]))".replace('"', '\\"')
    program.write_text(f'#!/bin/sh\n{words}\nexec {sys.executable} -c "{code}" "$@"\n')
    program.chmod(0o755)
    return program


def test_a_token_passes_no_commit_merge_message_or_push(
    repository: Repository, tmp_path: Path
) -> None:
    installation.install(str(_python(tmp_path)), push=True)
    repository.commit("The first", a="harmless")
    repository.git("branch", "side")
    repository.add("b", f"token = {FITBIT}\n")
    repository.write("b", "not staged\n")
    repository.git("commit", "-m", "x", code=1)
    # A commit of some files has an index of its own; the token is not in that.
    repository.write("a", "changed")
    repository.git("commit", "-q", "-m", "The second", "a")
    repository.git("reset", "-q", "--hard")
    repository.git("commit", "--allow-empty", "-m", f"# {FITBIT}", code=1)
    repository.git("switch", "-q", "side")
    repository.add("c", FITBIT)
    repository.git("commit", "-q", "--no-verify", "-m", "x")
    repository.git("switch", "-q", "main")
    repository.git("merge", "-q", "--no-edit", "side", code=1)
    repository.git("merge", "--abort")
    assert b"The second" == repository.git("log", "-1", "--format=%s")
    repository.git("init", "-q", "--bare", str(tmp_path / "remote"))
    repository.git("push", "-q", str(tmp_path / "remote"), "main")
    repository.git("push", "-q", str(tmp_path / "remote"), "side", code=1)


def test_the_hook_says_when_the_command_is_gone(repository: Repository, tmp_path: Path) -> None:
    installation.install(str(tmp_path / "gone"))
    path = repository.folder / ".git/hooks/pre-commit"
    shell = shutil.which("sh")
    assert shell
    ended = subprocess.run([shell, path], env={"PATH": ""}, capture_output=True, check=False)
    assert 1 == ended.returncode
    assert b"tokcheck is not installed any more" in ended.stderr
    found = tmp_path / "tokcheck"
    found.write_text("#!/bin/sh\necho $*\n")
    found.chmod(0o755)
    ended = subprocess.run(
        [shell, path], env={"PATH": str(tmp_path)}, capture_output=True, check=True
    )
    assert b"scan --staged\n" == ended.stdout
