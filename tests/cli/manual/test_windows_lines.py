"""The lines for cmd and PowerShell, in the help and the documentation, read as those shells do."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.paths import DOCS
from tests.support.suite.windows_shells import cmd_commands, powershell_commands
from tests.support.tokens import GOOGLE
from tokcheck.cli import typer_app
from tokcheck.cli.commands.sandbox import _assignments
from tokcheck.cli.manual.shell_example import shell_examples

_OTHERS = {"powershell", "Get-Clipboard", "curl", "type", "git"}
_SET_IN_CMD = re.compile(r"for /f %(\w) in \('(.+)'\) do set \w+=%\1")
_SET_IN_POWERSHELL = re.compile(r"\$env:\w+ = (.+)")


def _documented_lines() -> Iterator[tuple[str, str]]:
    """Yield the commands of the table for Windows, for cmd and for PowerShell."""
    table = (
        (DOCS / "install.md").read_text("utf-8").partition("## Windows")[2].partition("\n## ")[0]
    )
    for row in table.splitlines():
        cells = re.findall(r"(?<= )`([^`]+)`(?= )", row)
        if "tokcheck" in row and len(cells) == 2:
            yield cells[0].replace("\\|", "|"), cells[1].replace("\\|", "|")


def _check(commands: list[list[str]]) -> None:
    """Assert that each command of a pipeline is one of tokcheck's or of another known program."""
    for words in commands:
        if words[0] == "tokcheck" and len(words) > 1 and words[1][0] not in "-<":
            is_token = words[1].startswith(("eyJ", "ya29"))
            assert is_token or words[1] in {*typer_app.COMMANDS, "help"}, words
        else:
            assert words[0] in _OTHERS | {"tokcheck"}, words


def test_every_example_of_the_help_is_read_alike_by_both_shells() -> None:
    # Completion is for bash, zsh and fish, which Windows has in Git Bash.
    for page in typer_app.every_page():
        if page.words[-1:] == ("completion",):
            continue
        for line in shell_examples(page.examples, "win32"):
            assert cmd_commands(line) == powershell_commands(line), line
            _check(cmd_commands(line))


def test_the_documented_lines_are_commands() -> None:
    rows = list(_documented_lines())
    assert 2 == len(rows)
    for cmd, powershell in rows:
        setting = _SET_IN_CMD.fullmatch(cmd)
        _check(cmd_commands(setting[2] if setting else cmd))
        setting = _SET_IN_POWERSHELL.fullmatch(powershell)
        _check(powershell_commands(setting[1] if setting else powershell))


def test_the_variables_of_the_sandbox_are_set_in_both_shells() -> None:
    lines = _assignments({"A": "http://127.0.0.1:1/a", "B": "b"}, windows=True).splitlines()
    assert ["set A=http://127.0.0.1:1/a", "set B=b"] == [x for x in lines if x.startswith("set ")]
    values = [_SET_IN_POWERSHELL.fullmatch(line) for line in lines if line.startswith("$")]
    read = [powershell_commands(value[1]) for value in values if value]
    assert [[["http://127.0.0.1:1/a"]], [["b"]]] == read


@pytest.mark.skipif(sys.platform != "win32", reason="cmd is a program of Windows")
def test_cmd_sets_a_variable_to_a_token_and_has_the_exit_code() -> None:
    ((line, _),) = [row for row in _documented_lines() if _SET_IN_CMD.fullmatch(row[0])]
    program = f"{sys.executable} -m tokcheck"
    line = line.replace("tokcheck token alex", f"{program} clean {GOOGLE}")
    shown = subprocess.run(
        f"cmd /v:on /c {line}& echo [!T!]& {program} clean hello& echo [!ERRORLEVEL!]",
        capture_output=True,
        check=False,
    ).stdout.decode()
    assert f"[{GOOGLE}]" in shown
    assert "[1]" in shown
