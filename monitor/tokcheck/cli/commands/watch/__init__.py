"""``tokcheck watch``: a live table of the accounts in the terminal."""

from tokcheck.cli.commands.watch.command import ending, watch

__all__ = ["ending", "watch"]
