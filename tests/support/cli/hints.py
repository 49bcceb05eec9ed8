"""Every text of the package that may name a command or an option, read from the code."""

import argparse
import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from typer.core import TyperGroup

from tests.support.suite.imports import FILES, PACKAGE
from tokcheck.cli import fast_commands, typer_app

_PLACEHOLDER = "X"
# In a text, a command begins a line or follows one of these; elsewhere the word is the program's.
COMMAND = re.compile(
    r"(?:^ *|(?<=[:`(]) ?|(?<=run )|(?<=prompt of: )|(?<=&& )|(?<=with )|(?<=from )|(?<=see )"
    r"|(?<=by )|(?<=at )|(?<=\| )|(?<=; ))tokcheck(?= [a-z-])",
    re.MULTILINE,
)
_WORD = re.compile(r" (?P<word>[^\s`]+)")
_OPTION = re.compile(r"(?<![\w/.-])--?[a-z](?:[a-z-]|\.(?=[a-z]))*")
_LONG_OPTION = re.compile(r"(?<![\w/.-])--[a-z](?:[a-z-]|\.(?=[a-z]))+")


class Text(NamedTuple):
    """A text of the package, with ``X`` in place of what it is formatted with."""

    module: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return f"{self.module}:{self.line}"


class NamedCommand(NamedTuple):
    """A command that a text names: its words up to the first option, and its options."""

    name: str
    options: tuple[str, ...]


@cache
def options_by_command() -> Mapping[str, frozenset[str]]:
    """Return the options that the parser of each command knows; ``tokcheck`` is the program's."""
    found: dict[str, frozenset[str]] = {}
    app = typer_app.build(tuple(typer_app.COMMANDS))
    found["tokcheck"] = _typer_options(app) | {"--help"}
    found["help"] = frozenset({"--help"})
    for name, command in app.commands.items():
        if name in fast_commands.COMMANDS:
            module = __import__(f"tokcheck.cli.commands.{name}", fromlist=["build_parser"])
            found[name] = _argparse_options(module.build_parser())
        elif isinstance(command, TyperGroup):
            found[name] = frozenset({"--help"})
            for sub, each in command.commands.items():
                found[f"{name} {sub}"] = _typer_options(each) | {"--help"}
        else:
            found[name] = _typer_options(command) | {"--help"}
    return found


def _typer_options(command: object) -> frozenset[str]:
    params = getattr(command, "params", [])
    return frozenset(option for param in params for option in (*param.opts, *param.secondary_opts))


def _argparse_options(parser: argparse.ArgumentParser) -> frozenset[str]:
    return frozenset(
        option
        for action in parser._actions  # noqa: SLF001 - no public way
        for option in action.option_strings
    )


def texts() -> Iterator[Text]:
    """Yield every text of the package that is no docstring."""
    for path in FILES:
        yield from texts_of(path)


@cache
def texts_of(path: Path) -> tuple[Text, ...]:
    """Return the texts of a module that are more than a word."""
    return tuple(_read_texts(path))


def _read_texts(path: Path) -> Iterator[Text]:
    tree = ast.parse(path.read_text())
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))  # a docstring
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
    module = str(path.relative_to(PACKAGE))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        rendered = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            rendered = node.value
        elif isinstance(node, ast.JoinedStr):
            rendered = "".join(
                str(part.value) if isinstance(part, ast.Constant) else _PLACEHOLDER
                for part in node.values
            )
        if " " in rendered:  # a single word is data, such as an option of another program
            yield Text(module, getattr(node, "lineno", 0), rendered)


def named_commands(text: str) -> list[NamedCommand]:
    """Return the commands that a text names, each with its options."""
    found = []
    for match in COMMAND.finditer(text):
        words: list[str] = []
        for word in _WORD.finditer(text[match.end() :].partition("\n")[0].partition("`")[0]):
            words.append(word["word"].rstrip(".,;:)"))
            if word["word"].endswith((".", ";", ":", ")")):
                break
        found.append(_command_of(words))
    return found


def _command_of(words: list[str]) -> NamedCommand:
    name: list[str] = []
    for word in words:
        if not re.fullmatch(r"[a-z]+", word) or len(name) == (
            2 if name[:1] in (["accounts"], ["providers"]) else 1
        ):
            break
        name.append(word)
    options = tuple(
        option.partition("=")[0] for word in words for option in _OPTION.findall(word)
        if word.startswith("-")
    )  # fmt: skip
    return NamedCommand(" ".join(name) or "tokcheck", options)


def bare_options(text: str) -> list[str]:
    """Return the options that a text names outside of a command line of tokcheck."""
    for match in reversed(list(COMMAND.finditer(text))):
        rest = text[match.end() :]
        end = re.search(r"[`\n]|(?<=[.;:]) ", rest)
        text = text[: match.start()] + rest[end.start() if end else len(rest) :]
    return _LONG_OPTION.findall(text)
