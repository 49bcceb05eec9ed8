"""``tokcheck login``: obtain a consent and store it as an account."""

from tokcheck.cli.commands.login.command import help_epilog, login

__all__ = ["help_epilog", "login"]
