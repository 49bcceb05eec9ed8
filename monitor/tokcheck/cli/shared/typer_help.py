"""The typer commands: plain usage lines, examples and lists of names in the help, and errors."""

from collections.abc import Iterable
from shutil import get_terminal_size
from textwrap import fill
from typing import Any, cast

import typer
from typer.core import TyperCommand

from tokcheck.cli.shared.pasted_argv import split
from tokcheck.cli.shared.usage_wording import missing_value
from tokcheck.core.errors import UsageError

# ClickException, wherever this release of typer keeps its click.
CLICK_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])

_MARGIN = 4  # columns that the help leaves free on both sides together
_WIDEST = 80


class PlainCommand(TyperCommand):
    """A command that shows a required argument as ``NAME``, where typer writes ``{NAME}``.

    Every error of its command line names the command's own help.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - click's own type moved between releases
        """Return the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

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
        """Raise a :class:`UsageError` if an option has another option or ``--`` as its value."""
        flags, valued = self.option_names()
        words = iter(args)
        for word in words:
            if word == "--":
                return
            if word in valued and next(words, "--") in {"--", *flags, *valued}:
                raise UsageError(missing_value(word), f"See {ctx.command_path} --help.")


class PasteCommand(PlainCommand):
    """A command with arguments that may be an unquoted curl command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's own type moved between releases
        """Put the options before the paste, so that a pasted ``-H`` is not taken for one."""
        options, words = split(args, *self.option_names())
        rest: list[str] = super().parse_args(ctx, [*options, "--", *words])
        return rest


def examples(*lines: str) -> str:
    """Return a paragraph of command lines, which the help does not wrap."""
    title = "Examples" if lines[1:] else "Example"
    return "\n".join(("\b", f"{title}:", *(f"  {line}" for line in lines)))


def name_list(title: str, names: Iterable[str]) -> str:
    """Return a paragraph of names, wrapped between them and never at a hyphen."""
    width = min(get_terminal_size().columns, _WIDEST) - _MARGIN
    text = f"{title}{', '.join(names)}."
    return "\b\n" + fill(text, width, break_on_hyphens=False, break_long_words=False)
