"""The argparse parser of the fast commands: help as that of typer, errors that repeat no secret."""

import argparse
import os
import sys
from functools import partial
from typing import NoReturn

from tokcheck.core.errors import UsageError

_WIDEST = 80


class Parser(argparse.ArgumentParser):
    """An argument parser that raises :class:`UsageError`.

    Add to the groups ``arguments`` and ``options``, which its help shows one after the other.
    """

    def __init__(
        self, prog: str, *, usage: str, description: str, example: str, allow_abbrev: bool = True
    ) -> None:
        super().__init__(
            prog=prog,
            usage=f"{prog} {usage}",
            add_help=False,
            allow_abbrev=allow_abbrev,
            # Left to itself, the formatter imports shutil to ask for the terminal's width.
            formatter_class=partial(argparse.HelpFormatter, width=_WIDEST),
        )
        self._description = description
        self._example = example
        self.arguments = self.add_argument_group("Arguments")
        self.options = self.add_argument_group("Options")
        self.options.add_argument("-h", "--help", action="help", help="Show this message and exit.")

    def format_help(self) -> str:
        """Return the help in the terminal's width, indented as that of typer."""
        from textwrap import fill

        width = min(_terminal_columns(), _WIDEST)
        self.formatter_class = partial(argparse.HelpFormatter, width=width)
        usage, _, rest = super().format_help().partition("\n\n")
        usage = usage.replace("usage: ", "Usage: ", 1)
        description = fill(self._description, width, initial_indent="  ", subsequent_indent="  ")
        return f"{usage}\n\n{description}\n\n{rest}\n  Example:\n    {self._example}\n"

    def error(self, message: str) -> NoReturn:
        """Raise a :class:`UsageError` with the message, secrets redacted."""
        from tokcheck.cli.shared.usage_wording import word_usage_error  # most lines are right
        from tokcheck.core.redact import redact

        raise UsageError(redact(word_usage_error(message)), f"See {self.prog} --help.")


def _terminal_columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else _WIDEST
    except (OSError, ValueError):  # not a terminal
        return _WIDEST
