"""``tokcheck validate``: check a pasted token, or one on each line."""

from tokcheck.cli.commands.validate.command import COMMAND, ending, validate

__all__ = ["COMMAND", "ending", "validate"]
