"""Every place of a command line that takes a value, as the parsers list them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from tokcheck.cli import fast_commands, typer_app


class Place(NamedTuple):
    """A place of a command line that takes a value: the words before it, and the option if any."""

    words: tuple[str, ...]
    option: str | None

    def command_lines(self, value: str) -> Iterator[list[str]]:
        """Yield the command lines with a value in this place."""
        if self.option is None:
            yield [*self.words, value]
        else:
            yield [*self.words, self.option, value]
            yield [*self.words, f"{self.option}={value}"]

    def __str__(self) -> str:
        return " ".join((*self.words, self.option or "…"))


# The words beside an option that its value is used with.
_BESIDE = {
    "serve --textfile": ("--once",),
    "serve --listen": ("--accounts",),
    "serve --web-config": ("--accounts",),
    "accounts --output": ("--format", "token-response", "--yes"),
    "login --redirect-uri": ("--client-id", "23TEST"),
    "login --scope": ("--client-id", "23TEST"),
    "login --client-id": ("--no-browser",),
}


def _places() -> Iterator[Place]:
    """Yield every option and argument of every command; the parsers themselves list them."""
    yield Place((), None)
    for words, command in _typer_commands(typer_app.build(tuple(typer_app.COMMANDS)), ()):
        if words[0] in fast_commands.COMMANDS:
            continue
        needed = tuple(
            getattr(each.type, "choices", ("nobody",))[0]
            for each in command.params
            if each.param_type_name == "argument" and each.required
        )
        yield Place((*words, *needed), None)
        for each in command.params:
            if each.param_type_name == "argument":
                yield Place(words, None)
            for option in each.opts if each.param_type_name == "option" else ():
                yield Place((*words, *needed, *_BESIDE.get(f"{words[0]} {option}", ())), option)
        yield Place((*words, *needed), "--no-such-option")
    for name in fast_commands.COMMANDS:
        parser = import_module(f"tokcheck.cli.commands.{name}").build_parser()
        needed = () if name == "scan" else ("nobody",)
        yield Place((name,), None)
        yield Place((name, *needed), "--no-such-option")
        for action in parser._actions:  # noqa: SLF001 - argparse lists them nowhere else
            for option in action.option_strings:
                yield Place((name, *needed), option)
    yield Place(("scan", "--update-baseline"), "--baseline")
    yield Place(("accounts",), None)


def _typer_commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, below in command.commands.items():
        yield from _typer_commands(below, (*words, name))


PLACES = sorted(set(_places()), key=str)
