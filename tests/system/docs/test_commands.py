"""Every command that the documentation shows is run, or at least parsed, by the real program."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.core import TyperGroup

from tests.support.docs.markdown import blocks, commands, page_name, pages
from tests.support.docs.session import steady
from tests.support.paths import ROOT
from tests.system.docs.update import failures, run_page
from tokcheck.cli import fast_commands, typer_app

_RUN = [path for path in pages() if any(blocks(path.read_text(), "console"))]


@pytest.mark.parametrize("path", _RUN, ids=page_name)
def test_every_command_does_what_the_page_shows(path: Path, tmp_path: Path) -> None:
    results = run_page(path, tmp_path / "page")
    assert [] == failures(results)
    for command, result in results:
        if command.shown:
            assert steady(command.shown) == steady(result.output), command.text


def test_the_most_used_pages_show_commands() -> None:
    shown = {page_name(path) for path in _RUN}
    assert {"README.md", "docs/check.md", "docs/scan.md", "docs/accounts.md"} <= shown


def _mentions(text: str) -> Iterator[str]:
    """Yield each command line of tokcheck in a block or between backticks."""
    for block in blocks(text, "console", "sh", "text", ""):
        lines = block.body.replace("\\\n", " ").splitlines()
        if block.language == "console":
            lines = [command.text.replace("\\\n", " ") for command in commands(block.body)]
        for line in lines:
            yield from re.findall(r"\btokcheck [^|;)&\n]+", line.partition(" # ")[0])
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`(tokcheck [^`]+)`", prose.replace("\n", " "))


@cache
def _options(name: str, first: str) -> set[str]:
    """Return the options of a command, or of its sub-command ``first``."""
    if name in fast_commands.COMMANDS:
        parser = import_module(f"tokcheck.cli.commands.{name}").build_parser()
        return {o for action in parser._actions for o in action.option_strings}  # noqa: SLF001
    command = typer_app.build([name]).commands[name]
    if isinstance(command, TyperGroup) and first:
        command = command.commands[first]
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("path", pages(), ids=page_name)
def test_every_command_that_is_named_takes_the_options_that_it_is_named_with(path: Path) -> None:
    for line in _mentions(path.read_text()):
        try:
            _, name, *words = shlex.split(line.replace('"$(', "").replace("$(", ""))
        except ValueError:  # a quotation mark that belongs to the shell around it
            _, name, *words = line.replace('"', "").split()
        if name.startswith("-"):
            assert name in {"--version", "--help"}, line
            continue
        if name == "help":
            continue
        assert name in typer_app.COMMANDS, line
        if "curl" in words:  # the rest is a pasted command
            words = words[: words.index("curl")]
        options = _options(name, words[0] if words else "")
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert set() == named - options - {"--help"}, line


@pytest.mark.parametrize("path", pages(), ids=page_name)
def test_every_module_that_is_to_be_run_is_there(path: Path) -> None:
    for module in re.findall(r"python -m ([\w.]+)", path.read_text()):
        target = ROOT / module.replace(".", "/")
        is_own = target.with_suffix(".py").exists() or target.is_dir()
        assert is_own or find_spec(module) is not None, module
