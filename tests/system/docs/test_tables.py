"""The tables of the documentation agree with the code."""

import re

import pytest

from tests.support.docs.markdown import pages, section
from tests.support.paths import DOCS
from tests.system.docs.update import FAULT_PAGE, fault_table
from tokcheck.check import exit_code
from tokcheck.cli import typer_app
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import FAULTS
from tokcheck.scan.formats import NAMES

_EXIT_CODES = (DOCS / "reference" / "exit-codes.md").read_text()
_VERDICTS = (DOCS / "reference" / "verdicts.md").read_text()
_ENVIRONMENT = (DOCS / "reference" / "environment.md").read_text()
_ALL = "".join(path.read_text() for path in pages())
# Command: the page with its table of options.
_OPTIONS = {
    "validate": "check.md",
    "serve": "quotas/index.md",
    "watch": "quotas/index.md",
    "login": "accounts.md",
    "sandbox": "sandbox/index.md",
}


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


@pytest.mark.parametrize("command", list(_OPTIONS))
def test_every_option_of_a_command_is_explained(command: str) -> None:
    options = [
        option
        for parameter in typer_app.build([command]).commands[command].params
        for option in parameter.opts
        if option.startswith("--")
    ]
    assert options
    text = (DOCS / _OPTIONS[command]).read_text()
    assert [] == [option for option in options if option not in text and option != "--help"]


def test_every_provider_and_its_variables_are_explained() -> None:
    for provider in REGISTRY.values():
        page = DOCS / "providers" / f"{provider.name}.md"
        assert page.read_text().startswith(f"# {provider.title}\n")
        assert (
            f"| `{provider.name}` | [{provider.title}]({page.name})"
            in (DOCS / "providers" / "index.md").read_text()
        )
        for service in provider.services.values():
            assert f"| `{service.variable}` | `{service.address}` |" in _ENVIRONMENT


def test_the_variables_of_a_login_are_explained() -> None:
    for provider in REGISTRY.values():
        assert f"`{provider.oauth.authorize.variable}`" in _ENVIRONMENT
        for what in ("CLIENT_ID", "CLIENT_SECRET"):
            assert f"`{provider.oauth.variable(what)}`" in _ENVIRONMENT
