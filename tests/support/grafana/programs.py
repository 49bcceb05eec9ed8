"""Programs from Debian's packages; a test that needs a missing one is skipped."""

import shutil
import subprocess

import pytest

_PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}


def program(name: str) -> str:
    """Return the program's path, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing: install Debian's package {_PACKAGES[name]}")
    return path


def run(name: str, *words: object) -> str:
    """Run a program, assert that it succeeds, and return its output."""
    result = subprocess.run(
        [program(name), *map(str, words)], capture_output=True, text=True, timeout=120, check=False
    )
    output = result.stdout + result.stderr
    assert 0 == result.returncode, output
    return output
