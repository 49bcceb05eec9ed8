"""``tokcheck scan``: the command as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scan.conftest import COMMAND, Repository, Scan
from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE
from tokcheck.core.redact import redact_pieces


def test_nothing_found(repository: Repository, scan: Scan) -> None:
    repository.write("a", "harmless")
    assert (0, "", "no findings in 1 file\n") == scan()


def test_a_finding_exits_with_1_and_does_not_repeat_the_token(
    repository: Repository, scan: Scan
) -> None:
    repository.write("a", f"x\ny {FITBIT}\n")
    repository.write("b", "")
    result = scan()
    assert 1 == result.code
    assert result.out.startswith("a:2:3: ")
    assert FITBIT[20:] not in result.out + result.err


def test_the_number_of_findings_is_on_stderr_beside_what_a_program_reads(
    repository: Repository, scan: Scan
) -> None:
    repository.write("a", FITBIT)
    repository.write("b", f"{GOOGLE} ")
    result = scan("--format", "json")
    assert (1, "2 findings in 2 files\n") == (result.code, result.err)
    assert ["a", "b"] == [one["path"] for one in json.loads(result.out)["findings"]]


def test_the_number_of_findings_is_the_last_line_of_both_streams_together(
    repository: Repository,
) -> None:
    repository.write("a", FITBIT)
    words = [sys.executable, "-m", "tokcheck", "scan"]
    both = subprocess.run(
        words, cwd=repository.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert b"1 finding in 1 file" == both.stdout.splitlines()[-1]
    assert both.stdout.startswith(b"a:1:1: ")


def test_what_could_not_be_read_ends_with_3_and_a_finding_goes_before(
    repository: Repository, scan: Scan
) -> None:
    repository.write("a", FITBIT)
    repository.write("b", "")
    result = scan("b", "missing")
    assert 3 == result.code
    assert "missing: could not be read: No such file or directory." in result.out
    assert 1 == scan("a", "missing").code
    assert 3 == scan("b", "missing", "--exit-zero").code
    assert 3 == scan("a", "missing", "--exit-zero").code
    assert 0 == scan("a", "--exit-zero").code


def test_a_token_in_the_place_of_a_path_is_not_repeated(scan: Scan) -> None:
    result = scan(FITBIT)
    assert 3 == result.code
    assert FITBIT[20:] not in result.out + result.err


def test_standard_input(scan: Scan, tmp_path: Path) -> None:
    result = scan("-", stdin=b"\n " + FITBIT.encode())
    assert (1, True) == (result.code, result.out.startswith("<stdin>:2:2: "))
    (tmp_path / "a").write_text(FITBIT)
    both = json.loads(scan("-", str(tmp_path), "--format=json", stdin=FITBIT.encode()).out)
    assert 2 == len(both["findings"])


def test_staged(repository: Repository, scan: Scan) -> None:
    assert (0, "", "no findings in 0 files\n") == scan("--staged")
    repository.add("a", FITBIT)
    repository.write("a", "not staged")
    assert 1 == scan("--staged").code
    repository.add("a", "harmless")
    repository.write("a", FITBIT)
    assert (0, "", "no findings in 1 file\n") == scan("--staged")


def test_something_staged_and_nothing_readable_fails(repository: Repository, scan: Scan) -> None:
    repository.add("a", "1")
    blob = repository.git("rev-parse", ":a").decode()
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    result = scan("--staged")
    assert 3 == result.code
    assert "a: could not be read: Git object" in result.out


def test_a_range_and_a_message(repository: Repository, scan: Scan) -> None:
    first = repository.commit("harmless", a="1")
    last = repository.commit(f"With {FITBIT}", b="2")
    assert 0 == scan("--range", first).code
    result = scan("--range", f"{first}..HEAD")
    assert (1, True) == (result.code, f"<commit {last[:12]}>:1:6: " in result.out)
    assert f"    Commit {last[:12]} (Tester, 2" in result.out
    found = json.loads(scan("--range", "HEAD", "--format", "json").out)["findings"]
    assert [(last, True)] == [(one["commit"], one["in_head"]) for one in found]
    repository.write("message", f"Subject\n# {GOOGLE}\n")
    assert 0 == scan("--message", "message").code
    repository.write("message", f"Subject\n\n{GOOGLE}\n")
    result = scan("--message", "message")
    assert (1, True) == (result.code, result.out.startswith("message:3:1: "))


def test_what_is_left_out_and_what_is_taken(repository: Repository, scan: Scan) -> None:
    repository.write(".gitignore", "ignored\n")
    repository.write("ignored", FITBIT)
    repository.write("sub/out", FITBIT)
    assert 1 == scan().code
    assert 0 == scan("--exclude", "sub/").code
    assert 1 == scan("--exclude", "sub/", "--no-gitignore").code
    repository.add("sub/out", FITBIT)
    assert 1 == scan("--staged").code
    assert 0 == scan("--staged", "--exclude", "sub/out").code


@pytest.mark.parametrize("words", [[], ["."], ["a.txt"]], ids=["nothing", "folder", "file"])
def test_folders_are_read_without_git(
    repository: Repository, scan: Scan, tmp_path: Path, words: list[str]
) -> None:
    repository.write("a.txt", FITBIT)
    (tmp_path / "empty").mkdir()
    result = scan("--no-gitignore", *words, env={"PATH": str(tmp_path / "empty")})
    assert (1, True) == (result.code, "a.txt:1:1: " in result.out)
    assert "1 finding in 1 file\n" == result.err


def test_without_git_a_repository_names_the_option(
    repository: Repository, scan: Scan, tmp_path: Path
) -> None:
    repository.write("a.txt", FITBIT)
    result = scan(env={"PATH": str(tmp_path)})
    assert (2, "") == (result.code, result.out)
    assert (
        "git was not found.\nInstall git, or scan folders without it: --no-gitignore" in result.err
    )


def test_a_baseline_is_written_and_then_holds(repository: Repository, scan: Scan) -> None:
    repository.write("a", FITBIT)
    words = ("--baseline", "../known", "a", "missing")
    result = scan(*words, "--update-baseline")
    assert (3, True) == (result.code, "1 finding written to ../known" in result.err)
    assert (0, "", "1 finding written to ../known in 1 file\n") == scan(
        "--baseline=../known", "a", "--update-baseline"
    )
    assert (0, "", "no findings in 1 file\n") == scan("--baseline", "../known", "a")
    repository.write("b", GOOGLE)
    assert 1 == scan("--baseline", "../known").code


def test_the_hooks_are_installed_and_removed(
    repository: Repository, scan: Scan, tmp_path: Path
) -> None:
    folder = os.path.realpath(repository.folder / ".git/hooks")

    def lines(step: str, *kinds: str) -> str:
        return "".join(f"{step}: {folder}/{kind}\n" for kind in kinds)

    kinds = ("pre-commit", "pre-merge-commit", "commit-msg")
    assert (0, "", lines("Written", *kinds)) == scan("--install-hook")
    exists = lines("The hook exists already", *kinds)
    assert (0, "", exists + lines("Written", "pre-push")) == scan("--install-hook", "--pre-push")
    assert (0, "", lines("Removed", *kinds, "pre-push")) == scan("--uninstall-hook")
    assert (0, "", f"No hook of tokcheck is in {folder}\n") == scan("--uninstall-hook")
    settings = tmp_path / "settings"
    settings.write_text(f"[core]\nhooksPath = {folder}\n")
    shared = f"core.hooksPath is set in {settings}, so th"
    everywhere = "all repositories that have no hooks path of their own.\n"
    env = {"GIT_CONFIG_GLOBAL": str(settings)}
    assert (
        0,
        "",
        f"{lines('Written', *kinds)}{shared}ese hooks scan the commits of {everywhere}",
    ) == scan("--install-hook", env=env)
    assert (0, "", f"{lines('Removed', *kinds)}{shared}is concerns {everywhere}") == scan(
        "--uninstall-hook", env=env
    )


def test_all_of_history_and_a_push(repository: Repository, scan: Scan) -> None:
    repository.commit("harmless", a="1")
    repository.git("tag", "-am", FITBIT, "v1")
    repository.git("checkout", "-q", "--orphan", "other")
    last = repository.commit("other", b=GOOGLE)
    repository.git("checkout", "-q", "main")
    for words in (["--history"], ["--range", "--all"]):
        result = scan(*words)
        assert (1, "2 findings in 5 files\n") == (result.code, result.err)
        assert "<tag v1>:1:1: " in result.out
        assert "b:1:1: " in result.out
    line = f"refs/heads/other {last} refs/heads/other {'0' * 40}\n".encode()
    result = scan("--pre-push", "origin", stdin=line)
    assert (1, "1 finding in 3 files\n") == (result.code, result.err)
    assert (0, "", "no findings in 0 files\n") == scan("--pre-push", "origin")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("--staged takes no paths.", ["--staged", "a"]),
        ("--range takes no paths.", ["--range", "A..B", "a"]),
        ("--install-hook takes no paths.", ["a", "--install-hook"]),
        ("--range cannot be combined with --staged.", ["--staged", "--range", "x"]),
        ("--pre-push takes no paths.", ["a", "--pre-push"]),
        ("--pre-push cannot be combined with --staged.", ["--staged", "--pre-push"]),
        ("--pre-push cannot be combined with --pre-commit.", ["--pre-commit", "--pre-push", "x"]),
        ("--history cannot be combined with --range.", ["--range", "x", "--history"]),
        ("--jobs 0 is out of range.", ["--jobs", "0"]),
        ("--jobs -1 is out of range.", ["--jobs", "-1"]),
        ("--jobs 99999 is out of range.", ["--jobs", "99999"]),
        ("--jobs '1.5' is not a whole number.", ["--jobs", "1.5"]),
        ("--update-baseline needs a file.", ["--update-baseline"]),
        ("git: not a git repository.", ["--staged"]),
        ("Unknown option --frob.", ["--frob"]),
    ],
)
def test_wrong_usage(
    scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = scan(*words)
    assert (2, "") == (result.code, result.out)
    assert f"tokcheck: {message}" == result.err.splitlines()[0]


# Where a token may stand by mistake, in place of a value or in it.
_MISPLACED = [
    ["--baseline", "TOKEN"],
    ["--baseline", "missing/TOKEN", "--update-baseline"],
    ["--exclude", "[TOKEN"],
    ["--format", "TOKEN"],
    ["--format", "json", "--output", "missing/TOKEN"],
    ["--jobs", "TOKEN"],
    ["--range", "TOKEN..HEAD"],
    ["--range=-TOKEN"],
    ["--history=TOKEN"],
    ["--message", "missing/TOKEN"],
    ["--staged", "TOKEN"],
    ["--install-hook", "TOKEN"],
    ["--pre-push", "TOKEN", "--staged"],
    ["--pre-commit", "--", "TOKEN"],
    ["--TOKEN"],
    ["missing/TOKEN.txt"],
    ["--format", "sarif", "https://host.test/?t=TOKEN"],
]


@pytest.mark.parametrize("token", [FITBIT, FITBIT_REFRESH], ids=["signed", "hexadecimal"])
def test_no_error_prints_a_token(repository: Repository, scan: Scan, token: str) -> None:
    repository.write("a", "harmless")
    leaks = []
    for words in _MISPLACED:
        result = scan(*(word.replace("TOKEN", token) for word in words))
        text = result.out + result.err
        if result.code not in {0, 1, 2, 3} or redact_pieces(text, [token]) != text:
            leaks.append((words, result))
    assert [] == leaks


def test_the_help_has_an_example(scan: Scan) -> None:
    result = scan("--help")
    assert 0 == result.code
    assert "\nExamples:\n  tokcheck scan --staged\n" in result.out


# A connection is refused before it is begun, whoever begins it.
_NO_SOCKETS = """
import sys
def _refuse(event, _arguments):
    if event.startswith("socket."):
        sys.stderr.write(f"A socket: {event}")
        sys.stderr.flush()
        import os
        os._exit(99)
sys.addaudithook(_refuse)
"""


def test_the_guard_against_sockets_works(scan: Scan) -> None:
    assert 99 == scan(before=f"{_NO_SOCKETS}import socket\nsocket.socket()").code


@pytest.mark.parametrize("token", ["", FITBIT], ids=["clean", "found"])
def test_no_socket_is_opened(repository: Repository, scan: Scan, token: str) -> None:
    repository.commit(f"message {token}", a=f"{token}\n")
    repository.add("b", f"{token}\n")
    for words in (
        [],
        ["--staged"],
        ["--range", "HEAD"],
        ["--message", "b"],
        ["--pre-commit", "a", "b"],
        ["--format", "sarif"],
        ["--install-hook"],
    ):
        result = scan(*words, before=_NO_SOCKETS)
        assert (1 if token and words != ["--install-hook"] else 0) == result.code, result.err


_HEAVY = {
    "httpx", "typer", "rich", "prometheus_client", "starlette", "uvicorn", "asyncio",
    "dataclasses", "logging", "multiprocessing", "concurrent", "socket", "ssl", "zipfile", "gzip",
    "tempfile", "cryptography", "click", "email", "shutil", "subprocess",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "light"),
    [
        (["--staged"], {"jwt"}),
        (["."], {"jwt"}),
        (["--message", "a"], {"jwt"}),
        (["--message", "token"], set()),
        (["-"], {"jwt"}),
        (["--help"], {"jwt"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_loads_only_what_it_needs(
    repository: Repository, words: list[str], light: set[str]
) -> None:
    repository.add("a", "harmless")
    repository.write("../token", FITBIT)
    words = [word.replace("token", "../token") for word in words]
    # Isolated from what a coverage hook loads into every process.
    program = (
        f"import sys; sys.path = {sys.path!r}\n{COMMAND}"
        "main(['scan', *sys.argv[1:]])\nsys.stderr.write(' '.join(sys.modules))\n"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", program, *words],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in result.stderr.rpartition("\n")[2].split()}
    assert "tokcheck" in loaded
    assert set() == loaded & (_HEAVY | light)
