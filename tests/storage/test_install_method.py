"""The command that adds an optional part fits how the program was installed, and from where."""

import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.suite.windows_shells import cmd_commands, powershell_commands
from tokcheck.core.escape import quote_for_windows
from tokcheck.storage import install_method
from tokcheck.storage.install_method import Installation, extra_command, module_command
from tokcheck.storage.shell_words import quote

_UV_TOOL = {"uv-receipt.toml": "", "pyvenv.cfg": "uv = 1"}


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ('uv tool install "tokcheck[keyring]"', _UV_TOOL),
        ('pipx install --force "tokcheck[keyring]"', {"pipx_metadata.json": "{}"}),
        (
            'uv pip install --python PREFIX "tokcheck[keyring]"',
            {"pyvenv.cfg": "home = /usr\nuv = 0.9.1\n"},
        ),
        ('PYTHON -m pip install "tokcheck[keyring]"', {"pyvenv.cfg": "home = /usr\n"}),
        ('PYTHON -m pip install "tokcheck[keyring]"', {}),
    ],
)
def test_the_command_fits_the_installation(
    command: str, files: dict[str, str], tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    expected = command.replace("PREFIX", quote(str(tmp_path)))
    expected = expected.replace("PYTHON", quote(sys.executable))
    assert expected == extra_command("keyring", Installation(tmp_path, sys.executable))


@pytest.mark.parametrize(
    ("wanted", "origin"),
    [
        ('"tokcheck[keyring]"', "not JSON"),
        ('"tokcheck[keyring]"', "[]"),
        (
            '"tokcheck[keyring] @ file:///home/anna/a%20clone"',
            {"url": "file:///home/anna/a%20clone", "dir_info": {}},
        ),
        (
            '-e "tokcheck[keyring] @ file:///clone"',
            {"url": "file:///clone", "dir_info": {"editable": True}},
        ),
        (
            '"tokcheck[keyring] @ https://example.org/t.whl"',
            {"url": "https://example.org/t.whl", "archive_info": {}},
        ),
        (
            '"tokcheck[keyring] @ git+https://example.org/t.git@v1"',
            {
                "url": "https://example.org/t.git",
                "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "0"},
            },
        ),
        (
            '"tokcheck[keyring] @ git+https://example.org/t.git"',
            {"url": "https://example.org/t.git", "vcs_info": {"vcs": "git", "commit_id": "0"}},
        ),
    ],
)
def test_what_is_installed_again_comes_from_the_same_place(
    wanted: str, origin: str | dict[str, object], tmp_path: Path
) -> None:
    for name, text in _UV_TOOL.items():
        (tmp_path / name).write_text(text)
    text = origin if isinstance(origin, str) else json.dumps(origin)
    assert f"uv tool install {wanted}" == extra_command(
        "keyring", Installation(tmp_path, "python", text)
    )


def test_the_optional_parts_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "pipx_metadata.json").touch()
    here = Installation(tmp_path, "python", extras=("postgres", "encryption"))
    expected = 'pipx install --force "tokcheck[encryption,keyring,postgres]"'
    assert expected == extra_command("keyring", here)


def test_the_modules_of_the_optional_parts_are_those_of_the_metadata() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(settings["project"]["optional-dependencies"]) == set(install_method.EXTRA_MODULES)


@pytest.mark.parametrize("folder", ["Python", "Jane Doe", "A & B", "it's", "$x", "(86)"])
def test_both_shells_of_windows_start_a_program_with_two_words(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = rf"C:\{folder}\python.exe"
    monkeypatch.setattr(install_method, "quote", quote_for_windows)
    line = extra_command("postgres", Installation(tmp_path, python, is_windows=True))
    ((*words,),) = powershell_commands(line)
    assert line[0] not in "\"'&"
    assert ["install", "tokcheck[postgres]"] == words[-2:]
    assert python in words
    if "'" not in line:  # cmd has no single quotes; only a dollar sign needs them
        assert [words] == cmd_commands(line)


@pytest.mark.parametrize(
    ("command", "uv", "path"),
    [
        ("uv run --no-dev tokcheck", "BIN/uv", "BIN"),
        ("uv run --no-dev tokcheck", "", "elsewhere"),
        ("pipx run uv run --no-dev tokcheck", "home/.cache/pipx/0f/bin/uv", "elsewhere"),
        ("'my venv/uv' run --no-dev tokcheck", "my venv/uv", "elsewhere"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the paths are those of POSIX")
def test_the_command_here_starts_uv_where_it_is(
    command: str, uv: str, path: str, tmp_path: Path
) -> None:
    program = tmp_path / "uv"
    program.touch(0o755)
    environment = {
        "UV_RUN_RECURSION_DEPTH": "1",
        "UV": uv,
        "PATH": path.replace("BIN", f"{tmp_path}"),
    }
    assert command == install_method.command_here(environment)


def test_the_command_of_a_module_starts_the_python_that_has_it() -> None:
    """The environment of a tool that pipx or uv installed has its packages, and no other has."""
    words = shlex.split(module_command("keyring --help"))[-4:]  # cmd may stand in front
    assert [sys.executable, "-m", "keyring", "--help"] == words
    assert 0 == subprocess.run(words, capture_output=True, check=False).returncode


@pytest.mark.parametrize("folder", ["Python", "Jane Doe", "it's"])
def test_both_shells_of_windows_start_a_module(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = rf"C:\{folder}\python.exe"
    monkeypatch.setattr(install_method, "quote", quote_for_windows)
    line = module_command("keyring --list-backends", python, is_windows=True)
    ((*words,),) = powershell_commands(line)
    assert line[0] not in "\"'&"
    assert [python, "-m", "keyring", "--list-backends"] == words[-4:]
    assert [words] == cmd_commands(line)
