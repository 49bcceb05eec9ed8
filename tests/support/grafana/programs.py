"""Programs from Debian's packages; a test that needs a missing one says so and is skipped."""

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
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: install Debian's package {_PACKAGES[name]}")
    return found


def run(name: str, *words: object) -> str:
    """Run a program to its end, demand that it is content, and return what it said."""
    ended = subprocess.run(
        [program(name), *map(str, words)], capture_output=True, text=True, timeout=120, check=False
    )
    said = ended.stdout + ended.stderr
    assert 0 == ended.returncode, said
    return said
