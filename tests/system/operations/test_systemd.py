"""The systemd units: valid, hardened, and their command lines start the exporter."""

import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.operations.started_exporter import (
    free_port,
    started_exporter,
    wait_for_success,
)
from tests.support.paths import ROOT
from tokcheck.sandbox import Sandbox

UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/tokcheck/bin/tokcheck"
SERVICES = ["tokcheck.service", "tokcheck-textfile.service"]
MOST_EXPOSED = 3.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def _command(unit: str) -> list[str]:
    match = re.search(r"^ExecStart=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
    assert match
    return match[1].split()


@needs_systemd
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for path in UNITS.iterdir():
        text = path.read_text().replace(INSTALLED, sys.executable)
        (tmp_path / path.name).write_text(text)
    units = sorted(tmp_path.iterdir())
    assert 3 == len(units)
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (result.returncode, result.stderr)


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_the_services_are_hardly_exposed(unit: str) -> None:
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNITS / unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)
    assert level
    assert MOST_EXPOSED >= float(level[1])


def _credentials(folder: Path, sandbox: Sandbox) -> Path:
    """Return a folder as systemd makes it for ``LoadCredential``."""
    folder.mkdir()
    (folder / "alex").write_text(sandbox.state.issue_fitbit_token())
    (folder / "alex").chmod(0o400)
    folder.chmod(0o500)
    return folder


def test_the_service_gets_ready_with_its_credentials(tmp_path: Path, sandbox: Sandbox) -> None:
    listen = f"127.0.0.1:{free_port()}"
    credentials = _credentials(tmp_path / "credentials", sandbox)
    words = _command("tokcheck.service")
    assert [INSTALLED, "127.0.0.1:19150"] == [words[0], words[-1]]
    words = [sys.executable, "-m", "tokcheck", *words[1:-1], listen]
    words = [word.replace("%d", str(credentials)) for word in words]
    home = {"TOKCHECK_HOME": str(tmp_path / "state")}
    with started_exporter(words, sandbox, home):
        wait_for_success(f"http://{listen}/-/ready")
        with urllib.request.urlopen(f"http://{listen}/metrics") as response:
            metrics = response.read().decode()
    assert 'account="alex"' in metrics


def test_the_timers_service_writes_the_file(tmp_path: Path, sandbox: Sandbox) -> None:
    credentials = _credentials(tmp_path / "credentials", sandbox)
    words = _command("tokcheck-textfile.service")
    assert INSTALLED == words[0]
    written = tmp_path / Path(words[-1]).name
    words = [word.replace("%d", str(credentials)) for word in [*words[1:-1], str(written)]]
    environment = {
        "TOKCHECK_HOME": str(tmp_path / "state"),
        "TOKCHECK_FITBIT_URL": sandbox.url,
        "TOKCHECK_GOOGLE_HEALTH_URL": sandbox.url,
        "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
    }
    subprocess.run([sys.executable, "-m", "tokcheck", *words], env=environment, check=True)
    assert 'tokcheck_token_valid{provider="fitbit",account="alex"} 1' in written.read_text()


def test_both_services_are_hardened_alike() -> None:
    """The timer's service differs in its user and in what that user must write, in nothing else."""
    allowed = {"DynamicUser", "User", "Group", "UMask", "ReadWritePaths", "Type", "TimeoutStartSec"}
    own = {"NotifyAccess", "WatchdogSec", "ExecReload", "Restart", "RestartSec", "TimeoutStopSec"}
    settings = [
        {
            line
            for line in (UNITS / unit).read_text().partition("[Service]")[2].splitlines()
            if "=" in line
            and not line.startswith(("#", "ExecStart", "WantedBy"))
            and line.partition("=")[0] not in allowed | own
        }
        for unit in SERVICES
    ]
    assert settings[0] == settings[1]
