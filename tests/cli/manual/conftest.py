"""The completion scripts, and the shells that run them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tokcheck.cli import typer_app
from tokcheck.cli.commands.completion import completion_values
from tokcheck.cli.manual.shell_scripts import render_script

Complete = Callable[[str], set[str]]


@pytest.fixture(scope="session")
def scripts() -> dict[str, str]:
    """The script of each shell."""
    pages = typer_app.every_page()
    values = completion_values()
    return {shell: render_script(shell, pages, values) for shell in ("bash", "zsh", "fish")}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables with a command in ``PATH``, and an empty home with one file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tokcheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokcheck "$@"\n')
    program.chmod(0o755)
    (tmp_path / "token.txt").touch()
    return {
        "PATH": f"{folder}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TOKCHECK_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT / "monitor"),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }


def shell_output(words: list[str], text: str, environment: dict[str, str]) -> str:
    """Run a shell on a script from standard input and return what it prints."""
    done = subprocess.run(
        words,
        input=text,
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "" == done.stderr
    return done.stdout
