"""``tokcheck revoke``: end a leaked token or grant at its provider."""

from tokcheck.cli.commands.revoke.command import COMMAND, epilog, revoke

__all__ = ["COMMAND", "epilog", "revoke"]
