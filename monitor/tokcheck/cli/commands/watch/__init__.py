"""``tokcheck watch``: a live table of the accounts in the terminal."""

from tokcheck.cli.commands.watch.command import help_epilog, watch

__all__ = ["help_epilog", "watch"]
