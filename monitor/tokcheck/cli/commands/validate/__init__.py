"""``tokcheck validate``: check a pasted token, or one on each line."""

from tokcheck.cli.commands.validate.command import COMMAND, epilog, validate

__all__ = ["COMMAND", "epilog", "validate"]
