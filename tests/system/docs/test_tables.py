"""The tables of the documentation agree with the code."""

import re
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from grafana.details import FIRST_STEPS
from tests.support.docs.markdown import pages, section
from tests.support.paths import DOCS, ROOT
from tests.system.docs.update import FAULT_PAGE, fault_table
from tokcheck.accounts.store import MIGRATIONS
from tokcheck.checks import exit_code
from tokcheck.cli import fast_commands, typer_app
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import Verdict
from tokcheck.exporter.ledger import Ledger
from tokcheck.sandbox import FAULTS
from tokcheck.scan.formats import NAMES
from tokcheck.storage.sqlite.private_database import version_of

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
# Those with a page that has a table of their own options.
_OPTION_TABLES = ("validate", "scan", "login", "sandbox")


def test_every_fault_of_the_sandbox_is_explained() -> None:
    assert fault_table() in FAULT_PAGE.read_text()
    assert len(FAULTS) == fault_table().count("\n") - 2


# The messages of the troubleshooting page that other programs print.
_FOREIGN = {
    "error: externally-managed-environment", "tokcheck: command not found", "access_denied",
    "redirect_uri_mismatch", "Invalid redirect_uri", "invalid_client", "tokcheck_token_valid",
}  # fmt: skip


def test_the_messages_of_the_troubleshooting_page_are_those_of_the_program() -> None:
    text = (DOCS / "reference" / "troubleshooting.md").read_text()
    cells = re.findall(r"^\| (`.*?) \| ", text, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    package = ROOT / "monitor" / "tokcheck"
    source = "".join(path.read_text() for path in package.rglob("*.py"))
    headlines = {verdict.value.replace("_", " ").upper() for verdict in Verdict}
    assert len(named) > 20
    assert set() == {n for n in named - _FOREIGN - headlines if n not in source}


def test_the_types_of_hooks_are_the_same_everywhere() -> None:
    example = re.compile(r"default_install_hook_types: \[(.*?)\]")
    (in_docs,) = example.findall((DOCS / "scan.md").read_text())
    (in_hooks,) = example.findall((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert in_docs == in_hooks


def test_every_verdict_is_explained() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \| [A-Z]", section(_VERDICTS, "Verdicts"), re.MULTILINE)
    assert [verdict.value for verdict in Verdict] == named


def test_every_alert_has_its_first_step_as_on_the_dashboard() -> None:
    text = (DOCS / "quotas" / "troubleshooting.md").read_text()
    steps = re.findall(r"^\| `(Tokcheck\w+)` \| (.+) \|$", text, re.MULTILINE)
    assert list(FIRST_STEPS.items()) == steps


def test_the_versions_of_the_files_are_those_that_are_written(tmp_path: Path) -> None:
    text = section((DOCS / "quotas" / "backup.md").read_text(), "Versions")
    written = {
        file: int(number)
        for file, number in re.findall(r"^\| `(.+)` \| (\d+) ", text, re.MULTILINE)
    }
    with Ledger(tmp_path / "exporter.sqlite3") as ledger:
        ledger.read_state("anna", "")
    with closing(sqlite3.connect(tmp_path / "exporter.sqlite3")) as file:
        assert {
            "accounts.sqlite3": len(MIGRATIONS),
            "exporter.sqlite3": version_of(file),
        } == written


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
    """Return the options of a command, except ``--help`` and ``--no-color``, which all have."""
    if command in fast_commands.COMMANDS:
        parser = import_module(f"tokcheck.cli.commands.{command}").build_parser()
        words = [word for action in parser._actions for word in action.option_strings]  # noqa: SLF001 - argparse has no other list
    else:
        parameters = typer_app.build([command]).commands[command].params
        words = [word for parameter in parameters for word in parameter.opts]
    return {word for word in words if word.startswith("--")} - {"--help", "--no-color"}


def _named_options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z](?:[a-z.-]*[a-z])?", text)) - {"--help", "--no-color"}


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
