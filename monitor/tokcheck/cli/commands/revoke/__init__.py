"""``tokcheck revoke``: end a leaked token or grant at its provider."""

from tokcheck.cli.commands.revoke.command import COMMAND, help_epilog, revoke

__all__ = ["COMMAND", "help_epilog", "revoke"]
