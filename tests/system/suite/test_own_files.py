"""The project's own files: no finding of ``tokcheck scan``, and all of them in an sdist."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_MADE = {".venv", "dist", "uv.lock", "PKG-INFO", ".git"}


def _is_checkout() -> bool:
    return shutil.which("git") is not None and (ROOT / ".git").exists()


def test_a_scan_of_the_project_finds_nothing(tmp_path: Path) -> None:
    """Its samples are marked, or made up when a test runs."""
    given = [] if _is_checkout() else [p.name for p in ROOT.iterdir() if p.name not in _MADE]
    done = subprocess.run(
        [sys.executable, "-m", "tokcheck", "scan", "--", *given],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stdout), done.stderr


def test_the_source_distribution_has_every_file_of_the_project() -> None:
    if not _is_checkout():
        pytest.skip("this is no checkout")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    target = settings["tool"]["hatch"]["build"]["targets"]["sdist"]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    tops = {f"/{name.partition('/')[0]}" for name in listed if name}
    always = {"/pyproject.toml", "/.gitignore"}
    assert set() == tops - always - set(target["include"])
