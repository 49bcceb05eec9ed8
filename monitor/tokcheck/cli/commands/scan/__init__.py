"""``tokcheck scan``: find pasted tokens in files, in commits and in a repository's history."""

from tokcheck.cli.commands.scan.command import build_parser, main

__all__ = ["build_parser", "main"]
