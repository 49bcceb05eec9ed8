"""The help of one command, whichever parser it has."""

from collections.abc import Sequence
from typing import NamedTuple


class HelpEntry(NamedTuple):
    """An argument, an option or a command of a group."""

    names: tuple[str, ...]
    metavar: str
    """The placeholder of its value; empty for none."""
    text: str
    choices: tuple[str, ...] = ()
    """The values that it takes, if it takes no others."""

    @property
    def term(self) -> str:
        """How the help shows it."""
        return ", ".join(self.names) + (f" {self.metavar}" if self.metavar else "")


class HelpPage(NamedTuple):
    """The help of a command."""

    words: tuple[str, ...]
    """The command, such as ``accounts list``; empty for the program itself."""
    usage: str
    """The text behind the command in the usage line."""
    about: tuple[str, ...]
    """Paragraphs."""
    arguments: tuple[HelpEntry, ...] = ()
    options: tuple[HelpEntry, ...] = ()
    commands: tuple[HelpEntry, ...] = ()
    examples: tuple[str, ...] = ()
    notes: tuple["Note", ...] = ()
    """The notes behind the examples."""

    @property
    def command(self) -> str:
        """The command line without options and arguments."""
        return " ".join(("tokcheck", *self.words))


class Note(NamedTuple):
    """A paragraph, or lines of which each has a term."""

    text: str
    entries: tuple[tuple[str, str], ...] = ()
    """Shown below the text."""


HELP = HelpEntry(("-h", "--help"), "", "Show this message and exit.")


def name_list(title: str, names: Sequence[str]) -> Note:
    """Return a paragraph of names."""
    return Note(f"{title}{', '.join(names)}.")


def with_default(text: str, default: object) -> str:
    """Return the help of an option with its default, if there is one to show."""
    if default in {None, False, ()}:
        return text
    sentence = text.removesuffix(".")
    return f"{sentence} (default: {default})."
