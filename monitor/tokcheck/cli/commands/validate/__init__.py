"""``tokcheck validate``: check a pasted token, or one on each line."""

from tokcheck.cli.commands.validate.command import main
from tokcheck.cli.commands.validate.command_line import build_parser

__all__ = ["build_parser", "main"]
