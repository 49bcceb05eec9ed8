"""Real repositories of git, and the command as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli.processes import Piped
from tests.support.cli.run_result import RunResult

_IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
    "GIT_EDITOR": "true",
}
# How a process runs the command, so that something can be done before it.
COMMAND = "import sys\nfrom tokcheck.cli.main import main\n"
_RUN = "sys.exit(main(['scan', *sys.argv[1:]]))"


class Repository:
    """A repository in a folder, and git in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *words: str, text: bytes = b"", code: int = 0) -> bytes:
        ended = subprocess.run(
            ["git", *words], cwd=self.folder, input=text, capture_output=True, check=False
        )
        assert code == ended.returncode, ended.stderr.decode()
        return ended.stdout.rstrip(b"\n")

    def write(self, path: str | bytes, data: str | bytes = "") -> Path:
        file = self.folder / os.fsdecode(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def add(self, path: str | bytes, data: str | bytes = "") -> None:
        self.write(path, data)
        self.git("add", "--", os.fsdecode(path))

    def commit(self, message: str = "A commit", **files: str) -> str:
        for name, data in files.items():
            self.add(name, data)
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode()


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tester's repository and settings out of the tests."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    for name, value in _IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """An empty repository, which is the current folder."""
    made = Repository(tmp_path / "repository")
    made.folder.mkdir()
    made.git("init", "-q", "-b", "main")
    monkeypatch.chdir(made.folder)
    return made


Scan = Callable[..., RunResult]


@pytest.fixture
def scan() -> Scan:
    """Run ``tokcheck scan`` with these words in a process of its own."""

    def start(
        *words: str, stdin: bytes = b"", env: dict[str, str] | None = None, before: str = ""
    ) -> RunResult:
        if not before:
            started = Piped(["scan", *words], {**os.environ, **(env or {})}, errors="replace")
            out, err = started.communicate(stdin, timeout=60)
            return RunResult(started.wait(), out, err)
        ended = subprocess.run(
            [sys.executable, "-c", f"{before}\n{COMMAND}{_RUN}", *words],
            input=stdin,
            capture_output=True,
            env={**os.environ, **(env or {})},
            timeout=60,
            check=False,
        )
        return RunResult(
            ended.returncode,
            ended.stdout.decode("utf-8", "replace"),
            ended.stderr.decode("utf-8", "replace"),
        )

    return start
