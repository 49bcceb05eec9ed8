"""Groups of commands, such as ``tokcheck accounts``: one module a command."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer

from tokcheck.cli.manual.page import Note
from tokcheck.cli.shared.typer_help import (
    HelpEpilog,
    PlainCommand,
    PlainGroup,
    command_class,
    no_colour_option,
)


class GroupedCommand(NamedTuple):
    """The module and the function of a command, its line of help, and the end of its help."""

    module: str
    function: str
    short_help: str
    example: str
    exit_codes: str = ""

    def help_epilog(self) -> HelpEpilog:
        """Return the end of the command's help."""
        return HelpEpilog((self.example,), (Note(self.exit_codes),) if self.exit_codes else ())


def build_command_group(
    package: str,
    commands: Mapping[str, GroupedCommand],
    *,
    title: str,
    example: str,
    command: str | None = None,
) -> typer.Typer:
    """Return a group with one command alone, or with all if ``command`` is none of them.

    Only the commands in the group are imported.

    :param package: the package of the commands' modules.
    :param commands: the commands by name, in the order of the help.
    :param title: the first line of the group's help.
    """

    class CommandGroup(PlainGroup):
        def __init__(self, *args: Any, **rest: Any) -> None:  # noqa: ANN401 - typer's own
            super().__init__(*args, **rest)
            self.params.append(no_colour_option())

        @staticmethod
        def help_epilog() -> HelpEpilog:
            """Return the end of the group's help."""
            return HelpEpilog((example,))

    group = typer.Typer(
        cls=CommandGroup,
        help=title,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
    )
    for name, each in commands.items():
        if command in commands and name != command:
            continue
        run = getattr(import_module(f"{package}.{each.module}"), each.function)
        add = group.command(
            name,
            cls=command_class(PlainCommand, each.help_epilog),
            short_help=each.short_help,
        )
        add(run)
    return group
