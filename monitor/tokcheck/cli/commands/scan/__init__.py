"""``tokcheck scan``: find pasted tokens in files, in commits and in a repository's history."""

from typing import TYPE_CHECKING

from tokcheck.cli.commands.scan.command import main

if TYPE_CHECKING:
    from tokcheck.cli.shared.argparse_parser import Parser

__all__ = ["build_parser", "main"]


def build_parser() -> "Parser":
    """Return the parser of the command line; a hook needs none."""
    from tokcheck.cli.commands.scan import command_line

    return command_line.build_parser()
