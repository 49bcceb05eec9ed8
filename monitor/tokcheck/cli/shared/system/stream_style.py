"""The style of a stream: its width, and whether colours are wanted. One decision for all commands.

A fast command imports this module, so it imports little itself.
"""

import os

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

USUAL_WIDTH = 80
NO_COLOR_OPTION = "--no-color"
NO_COLOR_HELP = "Print without colours."


def width_of(stream: "Any", environ: "Mapping[str, str]") -> int:  # noqa: ANN401 - any stream
    """Return ``COLUMNS``, else the columns of the terminal, or 80 where there is none."""
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdecimal() and int(columns[:9]):
        return int(columns[:9])
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_WIDTH
    except (AttributeError, OSError, ValueError):  # no terminal, or no file at all
        return USUAL_WIDTH


def has_colour(stream: "Any", environ: "Mapping[str, str]") -> bool:  # noqa: ANN401 - any stream
    """Return whether to write colours.

    The first that applies decides, as in Python itself: ``NO_COLOR`` (which ``--no-color`` sets),
    ``FORCE_COLOR``, ``TERM=dumb``, and whether the stream is a terminal.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    if environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    from tokcheck.cli.shared.system.windows_console import shows_colours

    return shows_colours(stream)


def forbid_colour() -> None:
    """Forbid colours to this process and to those that it starts: what ``--no-color`` does."""
    os.environ["NO_COLOR"] = "1"
