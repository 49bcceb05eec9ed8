"""``tokcheck revoke``: end a leaked token or grant at its provider."""

from tokcheck.cli.commands.revoke.command import COMMAND, ending, revoke

__all__ = ["COMMAND", "ending", "revoke"]
