"""The help of every command is plain and fits the terminal."""

import re
from importlib import import_module

import pytest
from typer.core import TyperGroup

from tests.cli.conftest import Run
from tokcheck.cli import fast_commands, typer_app
from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR

# What a person reads as the value of an option or an argument.
_METAVARS = {
    *("N", "I/N", "DURATION", "FILE", "DIR", "PATH", "URL", "ADDRESS", "NAME", "VAR", "NAME=VAR"),
    *("ID", "PASTE", "GLOB", "FORMAT", "A..B", "REMOTE", "FINGERPRINT", PROVIDER_METAVAR),
}


def _commands() -> list[tuple[str, ...]]:
    """Return the words of every command, those of the groups included."""
    found: list[tuple[str, ...]] = [()]
    for name in typer_app.COMMANDS:
        found.append((name,))
        command = typer_app.build([name]).commands[name]
        if isinstance(command, TyperGroup):
            found += [(name, sub) for sub in command.commands]
    return found


def _metavars(words: tuple[str, ...]) -> set[str]:
    """Return what the help shows as the values of a command's options and arguments."""
    name = words[0]
    if name in fast_commands.COMMANDS:
        actions = import_module(f"tokcheck.cli.commands.{name}").build_parser()._actions  # noqa: SLF001
        return {str(action.metavar) for action in actions if action.nargs != 0}
    command = typer_app.build([name]).commands[name]
    if isinstance(command, TyperGroup):
        command = command.commands[words[1]]
    valued = [one for one in command.params if not getattr(one, "is_flag", False)]
    return {(one.metavar or "missing").removesuffix("...").strip("[]") for one in valued}


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_the_help_fits_the_terminal_and_shows_no_raw_metavar(
    run: Run, words: tuple[str, ...], columns: int
) -> None:
    result = run(*words, "--help", env={"COLUMNS": str(columns)})
    assert (0, "") == (result.code, result.err)
    text, _, example = result.out.partition("Example")
    _, _, after = example.partition("\n\n")
    assert [] == [line for line in (text + after).splitlines() if len(line) > columns]
    assert [] == re.findall(r"<\w[^>]*>|\{[^}]*\}", result.out)
    assert result.out.startswith(f"Usage: {' '.join(('tokcheck', *words))} [OPTIONS]")


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_the_help_has_an_example(run: Run, words: tuple[str, ...]) -> None:
    out = run(*words, "--help").out
    assert re.search(r"^ *Examples?:\n +\S*.*tokcheck " + " ".join(words), out, re.MULTILINE), out


@pytest.mark.parametrize(
    "words", [w for w in _commands() if w and w != ("accounts",)], ids=" ".join
)
def test_each_value_has_a_plain_name(words: tuple[str, ...]) -> None:
    assert set() == _metavars(words) - _METAVARS


def test_the_commands_are_listed_in_their_order(run: Run) -> None:
    listed = re.findall(r"^  (\w+)  +[A-Z]", run("--help").out, re.MULTILINE)
    assert list(typer_app.COMMANDS) == listed
