"""The fast commands, which run without typer and are listed in its help all the same.

Each is a module with ``main(argv) -> int`` and one argparse parser.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokcheck.cli.shared.argparse_parser import Parser

Main = Callable[[Sequence[str]], int]

# Name: the line of help.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "clean": "Print the bare token of a paste.",
        "scan": "Find tokens in files and commits.",
        "token": "Print a fresh access token of an account.",
    }
)


def load_main(name: str) -> Main:
    """Import a fast command and return its ``main``."""
    main: Main = import_module(f"tokcheck.cli.commands.{name}").main
    return main


def load_parser(name: str) -> "Parser":
    """Import a fast command and return its parser."""
    parser: Parser = import_module(f"tokcheck.cli.commands.{name}").build_parser()
    return parser
