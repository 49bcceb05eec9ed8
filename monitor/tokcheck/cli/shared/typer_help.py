"""The typer commands: their help as data, in the manner of all commands, and errors."""

import os
import sys
from collections.abc import Callable
from inspect import cleandoc
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from tokcheck.cli.manual.page import HelpEntry
from tokcheck.cli.shared.pasted_argv import split
from tokcheck.cli.shared.provider_name import DECLARATIONS_HELP, DECLARATIONS_OPTION
from tokcheck.cli.shared.system.stream_style import (
    NO_COLOR_HELP,
    NO_COLOR_OPTION,
    forbid_colour,
    width_of,
)
from tokcheck.cli.shared.usage_wording import empty_word, missing_value
from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from tokcheck.cli.manual.page import HelpPage, Note

# ClickException, wherever this release of typer keeps its click.
CLICK_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])

# The option of the commands that read declarations of providers.
Declarations = Annotated[
    list[str] | None,
    typer.Option(DECLARATIONS_OPTION, metavar="PATH", help=DECLARATIONS_HELP, show_default=False),
]


class HelpEpilog(NamedTuple):
    """The end of a command's help."""

    examples: tuple[str, ...]
    notes: "tuple[Note, ...]" = ()


class PlainCommand(TyperCommand):
    """A command with the help of all commands.

    Every error of its command line names the command's own help, and each has ``--no-color``.
    """

    help_epilog: Callable[[], HelpEpilog] = staticmethod(lambda: HelpEpilog(()))

    def __init__(self, *args: Any, **rest: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(*args, **rest)
        self.params.append(no_colour_option())

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - click's own type moved between releases
        """Write the help in the terminal's width."""
        formatter.write(_render(self.page(tuple(ctx.command_path.split()[1:]))))

    def page(self, words: tuple[str, ...]) -> "HelpPage":
        """Return the help as data; ``words`` are the command."""
        from tokcheck.cli.manual.page import HELP, HelpPage

        arguments = [one for one in self.params if one.param_type_name == "argument"]
        options = [one for one in self.params if one.param_type_name == "option"]
        epilog = self.help_epilog()
        usage = ["[OPTIONS]", *(str(one.metavar) for one in arguments)]
        return HelpPage(
            words,
            " ".join(usage),
            _paragraphs(self.help),
            tuple(
                HelpEntry((str(one.metavar).replace("...", "").strip("[]"),), "", _text(one))
                for one in arguments
            ),
            (*(_option(one) for one in options), HELP),
            examples=epilog.examples,
            notes=epilog.notes,
        )

    def option_names(self) -> tuple[set[str], set[str]]:
        """Return the names of the options without a value, and of those with one."""
        flags = {"-h", "--help"}
        valued: set[str] = set()
        for parameter in self.params:
            if parameter.param_type_name == "option":
                names = flags if getattr(parameter, "is_flag", False) else valued
                names.update(parameter.opts)
        return flags, valued

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Parse the arguments; an option is never taken for the value of the one before it."""
        self._check_values(ctx, args)
        try:
            rest: list[str] = super().parse_args(ctx, args)
        except CLICK_ERROR as error:
            if getattr(error, "ctx", None) is None:  # as the errors of click's own parser are
                error.ctx = ctx
            raise
        return rest

    def _check_values(self, ctx: Any, args: list[str]) -> None:  # noqa: ANN401
        """Raise a :class:`UsageError` if the value of an option is empty, an option or ``--``."""
        flags, valued = self.option_names()
        if sentence := empty_word(args, valued):
            raise UsageError(sentence, f"See {ctx.command_path} --help.")
        words = iter(args)
        for word in words:
            if word == "--":
                return
            if word in valued and next(words, "--") in {"--", *flags, *valued}:
                raise UsageError(missing_value(word), f"See {ctx.command_path} --help.")


def no_colour_option() -> TyperOption:
    """Return the option ``--no-color``, which acts while the command line is parsed."""
    return TyperOption(
        param_decls=[NO_COLOR_OPTION],
        is_flag=True,
        expose_value=False,
        help=NO_COLOR_HELP,
        callback=lambda _context, _parameter, value: forbid_colour() if value else None,
    )


class PasteCommand(PlainCommand):
    """A command with arguments that may be an unquoted curl command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's own type moved between releases
        """Put the options before the paste, so that a pasted ``-H`` is not taken for one."""
        options, words = split(args, *self.option_names())
        rest: list[str] = super().parse_args(ctx, [*options, "--", *words])
        return rest


class PlainGroup(TyperGroup):
    """A group of commands with the help of all commands."""

    help_epilog: Callable[[], HelpEpilog] = staticmethod(lambda: HelpEpilog(()))

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help in the terminal's width."""
        formatter.write(_render(self.page(tuple(ctx.command_path.split()[1:]))))

    def page(self, words: tuple[str, ...]) -> "HelpPage":
        """Return the help as data; ``words`` are the group."""
        from tokcheck.cli.manual.page import HELP, HelpPage

        epilog = self.help_epilog()
        return HelpPage(
            words,
            "[OPTIONS] COMMAND [ARGS]...",
            _paragraphs(self.help),
            options=(*(_option(one) for one in self.params), HELP),
            commands=tuple(
                HelpEntry((name,), "", command.get_short_help_str(limit=100))
                for name, command in self.commands.items()
            ),
            examples=epilog.examples,
            notes=epilog.notes,
        )


def _render(page: "HelpPage") -> str:
    from tokcheck.cli.manual.help_text import render_text

    return render_text(page, width_of(sys.__stdout__, os.environ))


def _paragraphs(text: str | None) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in cleandoc(text or "").split("\n\n") if each)


def _option(option: Any) -> "HelpEntry":  # noqa: ANN401 - click's own type moved between releases
    metavar = "" if getattr(option, "is_flag", False) else str(option.metavar)
    choices = tuple(getattr(option.type, "choices", ()))
    return HelpEntry(tuple(sorted(option.opts, key=len)), metavar, _text(option), choices)


def _text(parameter: Any) -> str:  # noqa: ANN401
    from tokcheck.cli.manual.page import with_default

    text = " ".join((getattr(parameter, "help", None) or "").split())
    shown = getattr(parameter, "show_default", True)
    return with_default(text, parameter.default if shown else None)


def command_class(
    base: type[PlainCommand], help_epilog: Callable[[], HelpEpilog]
) -> type[PlainCommand]:
    """Return a class of commands with this end of their help; typer makes its commands itself."""
    return type(base.__name__, (base,), {"help_epilog": staticmethod(help_epilog)})
