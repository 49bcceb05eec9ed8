"""The image's steps, its command and its health check, in an empty folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.operations.containerfile import Container, build
from tests.support.operations.started_exporter import free_port, started_exporter
from tests.support.paths import ROOT
from tokcheck.sandbox import Sandbox


@pytest.fixture(scope="module")
def image() -> Iterator[tuple[Path, Container]]:
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)  # another user runs what is in it
        yield folder, build(ROOT / "deploy" / "container" / "Containerfile", ROOT, folder)
    finally:
        shutil.rmtree(folder)


def test_it_is_not_root_and_stops_as_the_exporter_does(image: tuple[Path, Container]) -> None:
    _, container = image
    assert 0 < container.user
    assert "SIGTERM" == container.stop_signal


def test_it_holds_the_package_and_its_dependencies_alone(image: tuple[Path, Container]) -> None:
    folder, _ = image
    python = folder / "opt" / "tokcheck" / "bin" / "python"
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    assert "tokcheck==" in listed
    assert "pytest" not in listed


def test_its_command_serves_and_its_health_check_passes(
    image: tuple[Path, Container], sandbox: Sandbox
) -> None:
    folder, container = image
    tokens = folder / "run" / "secrets" / "tokens"
    tokens.mkdir(parents=True)
    (tokens / "alex").write_text(sandbox.state.issue_fitbit_token())
    port = free_port()
    command = [word.replace("0.0.0.0:19150", f"127.0.0.1:{port}") for word in container.command]
    health = [word.replace("127.0.0.1:19150", f"127.0.0.1:{port}") for word in container.health]
    assert command != container.command
    assert health != container.health
    path = container.environment["PATH"]
    command[0] = str(shutil.which(command[0], path=path))
    health[0] = str(shutil.which(health[0], path=path))
    assert command[0].startswith(str(folder))
    user = container.user if _can_run(container.user, command[0]) else None
    if user is None:  # then the folder, which has to be private, is this user's
        os.chown(container.environment["TOKCHECK_HOME"], os.geteuid(), os.getegid())
    before = _files(folder)
    with started_exporter(command, sandbox, container.environment, user=user):
        subprocess.run(health, env=container.environment, check=True)
    written = {path for path in _files(folder) - before if "var/lib/tokcheck" not in path}
    assert set() == written
    assert 0 != subprocess.run(health, capture_output=True, check=False).returncode


def _can_run(user: int, command: str) -> bool:
    """Return whether the image's user can start it here: the interpreter may be root's alone."""
    if os.geteuid() != 0:
        return False
    try:
        subprocess.run([command, "--version"], user=user, check=True, capture_output=True)
    except PermissionError:
        return False
    return True


def _files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}
