"""The tables of the documentation agree with the code."""

import re
from importlib import import_module

import pytest

from tests.support.docs.markdown import pages, section
from tests.support.paths import DOCS
from tests.system.docs.update import FAULT_PAGE, fault_table
from tokcheck.check import exit_code
from tokcheck.cli import fast_commands, typer_app
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import Verdict
from tokcheck.sandbox import FAULTS
from tokcheck.scan.formats import NAMES

_EXIT_CODES = (DOCS / "reference" / "exit-codes.md").read_text()
_VERDICTS = (DOCS / "reference" / "verdicts.md").read_text()
_ENVIRONMENT = (DOCS / "reference" / "environment.md").read_text()
_ALL = "".join(path.read_text() for path in pages())
# Command: the page that explains its options.
_OPTIONS = {
    "validate": "check.md",
    "clean": "check.md",
    "scan": "scan.md",
    "token": "accounts.md",
    "serve": "quotas/index.md",
    "watch": "quotas/index.md",
    "login": "accounts.md",
    "sandbox": "sandbox/index.md",
}
# Those whose page has a table of its own options.
_OPTION_TABLES = ("validate", "scan", "login", "sandbox")


def test_every_fault_of_the_sandbox_is_explained() -> None:
    assert fault_table() in FAULT_PAGE.read_text()
    assert len(FAULTS) == fault_table().count("\n") - 2


def test_every_verdict_is_explained() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \| [A-Z]", section(_VERDICTS, "Verdicts"), re.MULTILINE)
    assert [verdict.value for verdict in Verdict] == named


def test_every_exit_code_is_explained() -> None:
    codes = re.findall(r"^\| (\d+) ", section(_EXIT_CODES, "Exit codes"), re.MULTILINE)
    assert [code.value for code in ExitCode] == [int(code) for code in codes]
    assert {ExitCode.USABLE, ExitCode.NOT_USABLE} == {
        exit_code(Verdict.VALID, usable) for usable in (True, False)
    }


def test_every_scan_format_is_explained() -> None:
    text = (DOCS / "scan.md").read_text()
    (row,) = re.findall(r"^\| `--format FORMAT` \| (.*) \|$", text, re.MULTILINE)
    assert list(NAMES) == re.findall(r"`(\w+)`", row)
    assert [] == [name for name in NAMES if f"`{name}`" not in section(text, "Formats")]


def test_every_key_of_the_report_is_explained() -> None:
    text = section(_VERDICTS, "JSON")
    example = re.findall(r'^  "(\w+)":', text, re.MULTILINE)
    explained = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)))
    assert example
    assert sorted(example) == sorted(explained)


@pytest.mark.parametrize("command", typer_app.COMMANDS)
def test_every_command_is_shown(command: str) -> None:
    assert f"tokcheck {command}" in _ALL


def _options(command: str) -> set[str]:
    """Return the options of a command, except ``--help``, which all have."""
    if command in fast_commands.COMMANDS:
        parser = import_module(f"tokcheck.cli.commands.{command}").build_parser()
        words = [word for action in parser._actions for word in action.option_strings]  # noqa: SLF001 - argparse has no other list
    else:
        parameters = typer_app.build([command]).commands[command].params
        words = [word for parameter in parameters for word in parameter.opts]
    return {word for word in words if word.startswith("--")} - {"--help"}


def _named_options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - {"--help"}


@pytest.mark.parametrize("command", list(_OPTIONS))
def test_every_option_of_a_command_is_explained(command: str) -> None:
    page = (DOCS / _OPTIONS[command]).read_text()
    assert set() == _options(command) - _named_options(page)


@pytest.mark.parametrize("command", _OPTION_TABLES)
def test_the_table_of_options_is_that_of_the_command(command: str) -> None:
    page = (DOCS / _OPTIONS[command]).read_text()
    (table,) = re.findall(r"^\| option \| effect \|\n((?:\|.*\n)+)", page, re.MULTILINE)
    first_cells = "".join(re.findall(r"^\| (`--.*?`) \| ", table, re.MULTILINE))
    assert _options(command) == _named_options(first_cells)
