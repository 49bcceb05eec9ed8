"""``tokcheck scan``: find pasted tokens in files, in commits and in a repository's history."""

from tokcheck.cli.commands.scan.arguments import build_parser
from tokcheck.cli.commands.scan.command import main

__all__ = ["build_parser", "main"]
