"""The help of the typer commands: plain usage lines, examples and lists of names."""

from collections.abc import Iterable
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

from typer.core import TyperCommand

_MARGIN = 4  # columns that the help leaves free on both sides together
_WIDEST = 80


class PlainCommand(TyperCommand):
    """A command that shows a required argument as ``NAME``, where typer writes ``{NAME}``."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - click's own type moved between releases
        """Return the words of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def examples(*lines: str) -> str:
    """Return a paragraph of command lines, which the help does not wrap."""
    title = "Examples" if lines[1:] else "Example"
    return "\n".join(("\b", f"{title}:", *(f"  {line}" for line in lines)))


def name_list(title: str, names: Iterable[str]) -> str:
    """Return a paragraph of names, wrapped between them and never at a hyphen."""
    width = min(get_terminal_size().columns, _WIDEST) - _MARGIN
    text = f"{title}{', '.join(names)}."
    return "\b\n" + fill(text, width, break_on_hyphens=False, break_long_words=False)
