"""The README is true today: its tables agree with the code."""

import re

import pytest

from tests.support.paths import README, ROOT
from tokcheck.cli import typer_app
from tokcheck.core.errors import ExitCode
from tokcheck.core.report import Verdict
from tokcheck.providers import REGISTRY
from tokcheck.sandbox.faults.catalogue import FAULTS

_README = README.read_text()


def fault_table() -> str:
    """Return the README's table of faults as it has to be."""
    rows = sorted(
        (fault.name, fault.provider, str(fault.status or ""), fault.title) for fault in FAULTS
    )
    lines = [f"| `{name}` | {who} | {status} | {title} |" for name, who, status, title in rows]
    return "\n".join(["| fault | API | HTTP | the answer |", "|---|---|---|---|", *lines])


def test_every_fault_of_the_sandbox_is_explained() -> None:
    assert fault_table() in _README


def test_every_verdict_is_explained() -> None:
    named = set(re.findall(r"`([a-z_]+)`", _README.partition("### Verdicts")[2]))
    assert set() == {verdict.value for verdict in Verdict} - named


def test_every_exit_code_is_explained() -> None:
    section = _README.partition("### Exit codes")[2].partition("###")[0]
    assert [code.value for code in ExitCode] == [
        int(n) for n in re.findall(r"^\| (\d+) ", section, re.MULTILINE)
    ]


@pytest.mark.parametrize("command", typer_app.COMMANDS)
def test_every_command_is_shown(command: str) -> None:
    assert f"tokcheck {command}" in _README


@pytest.mark.parametrize("command", ["validate", "serve", "watch", "login"])
def test_every_option_of_a_command_is_explained(command: str) -> None:
    options = [
        option
        for parameter in typer_app.build([command]).commands[command].params
        for option in parameter.opts
        if option.startswith("--")
    ]
    assert options
    assert [] == [option for option in options if option not in _README and option != "--help"]


def test_every_provider_and_its_variables_are_explained() -> None:
    for provider in REGISTRY.values():
        assert f"### {provider.title}" in _README
        for service in provider.services.values():
            assert f"| `{service.variable}` | `{service.address}` |" in _README


def test_the_variables_of_a_login_are_explained() -> None:
    for provider in REGISTRY.values():
        assert provider.oauth.authorize.variable in _README
        for what in ("CLIENT_ID", "CLIENT_SECRET"):
            assert f"`{provider.oauth.variable(what)}`" in _README


def test_the_two_commands_come_first() -> None:
    blocks = re.findall(r"```\n(.*?)```", _README, re.DOTALL)
    assert ["pip install uv && uv run tokcheck demo --once\n", "uv run pytest\n"] == blocks[:2]
    assert "uv run pytest\n" in (ROOT / ".ci" / "run").read_text()
