"""The argparse parser of the fast commands: help as that of typer, errors that repeat no secret."""

import argparse
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from tokcheck.cli.shared.system.stream_style import (
    NO_COLOR_HELP,
    NO_COLOR_OPTION,
    forbid_colour,
    width_of,
)
from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    from tokcheck.cli.manual.page import HelpEntry, HelpPage


class Parser(argparse.ArgumentParser):
    """An argument parser that raises :class:`UsageError`.

    Add to the groups ``arguments`` and ``options``, which its help shows one after the other.
    """

    def __init__(
        self,
        prog: str,
        *,
        usage: str,
        description: str,
        examples: Sequence[str],
        exit_codes: str = "",
        allow_abbrev: bool = True,
    ) -> None:
        super().__init__(
            prog=prog,
            usage=f"{prog} {usage}",
            add_help=False,
            allow_abbrev=allow_abbrev,
        )
        self._usage = usage
        self._description = description
        self._examples = examples
        self._exit_codes = exit_codes
        self.arguments = self.add_argument_group("Arguments")
        self.options = self.add_argument_group("Options")
        self.options.add_argument(NO_COLOR_OPTION, action=_NoColour, help=NO_COLOR_HELP)
        self.options.add_argument("-h", "--help", action="help", help=argparse.SUPPRESS)

    def add_paste(self) -> None:
        """Add the argument PASTE, for :meth:`parse_paste`."""
        self.arguments.add_argument(
            "paste",
            nargs="*",
            metavar="PASTE",
            help="A token, or any text that contains one, such as a curl command with or without "
            "quotation marks. Without it, or with -, standard input is read; a terminal prompts.",
        )

    def parse_paste(self, argv: Sequence[str]) -> argparse.Namespace:
        """Parse a command line with a ``paste`` that may be an unquoted curl command.

        Its options are not those of this command. An option is never the value of the one before
        it.
        """
        from tokcheck.cli.shared.pasted_argv import split

        flags = {name for name, one in self._option_string_actions.items() if one.nargs == 0}
        valued = {*self._option_string_actions} - flags
        words, paste = split(list(argv), flags, valued)
        parsed: argparse.Namespace = self.parse_args([*self._with_values(words, flags, valued)])
        parsed.paste = paste
        return parsed

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's
        """Parse a command line, in which no word may be empty."""
        if "" in args or any(word.endswith("=") for word in args):
            from tokcheck.cli.shared.usage_wording import empty_word  # most lines are right

            valued = {name for name, one in self._option_string_actions.items() if one.nargs != 0}
            if sentence := empty_word(args, valued):
                raise UsageError(sentence, f"See {self.prog} --help.")
        return super().parse_args(args, namespace)

    def _with_values(
        self, words: Sequence[str], flags: Collection[str], valued: Collection[str]
    ) -> Iterator[str]:
        """Yield the options, each with its value in one word: it may begin with a hyphen."""
        rest = iter(words)
        for word in rest:
            if word not in valued:
                yield word
                continue
            value = next(rest, "--")
            if value == "--" or value in flags or value in valued:
                from tokcheck.cli.shared.usage_wording import missing_value

                raise UsageError(missing_value(word), f"See {self.prog} --help.")
            yield f"{word}={value}"

    def page(self) -> "HelpPage":
        """Return the help as data."""
        from tokcheck.cli.manual.page import HELP, HelpPage, Note

        actions = [action for action in self._actions if action.help != argparse.SUPPRESS]
        last = [action for action in actions if NO_COLOR_OPTION in action.option_strings]
        actions = [action for action in actions if action not in last] + last
        return HelpPage(
            tuple(self.prog.split()[1:]),
            self._usage,
            (self._description,),
            tuple(_entry(action) for action in actions if not action.option_strings),
            (*(_entry(action) for action in actions if action.option_strings), HELP),
            examples=tuple(self._examples),
            notes=(Note(self._exit_codes),) if self._exit_codes else (),
        )

    def format_help(self) -> str:
        """Return the help in the terminal's width."""
        import os
        import sys

        from tokcheck.cli.manual.help_text import render_text

        return render_text(self.page(), width_of(sys.__stdout__, os.environ))

    def error(self, message: str) -> NoReturn:
        """Raise a :class:`UsageError` with the message, secrets redacted."""
        from tokcheck.cli.shared.usage_wording import word_usage_error  # most lines are right
        from tokcheck.core.redact import redact

        sentence = word_usage_error(message, self._option_string_actions)
        raise UsageError(redact(sentence), f"See {self.prog} --help.")


class _NoColour(argparse.Action):
    """Forbids colours while the command line is parsed."""

    def __init__(self, option_strings: list[str], dest: str, **rest: Any) -> None:  # noqa: ANN401
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **rest)

    def __call__(self, *_: Any) -> None:  # noqa: ANN401 - argparse's arguments
        """Forbid them."""
        forbid_colour()


def _entry(action: argparse.Action) -> "HelpEntry":
    from tokcheck.cli.manual.page import HelpEntry

    metavar = str(action.metavar or "")
    if not action.option_strings:
        return HelpEntry((metavar,), "", action.help or "")
    if action.nargs == "?":
        metavar = f"[{metavar}]"
    choices = tuple(action.choices or ())
    return HelpEntry(tuple(action.option_strings), metavar, action.help or "", choices)
