"""``tokcheck login``: obtain a consent and store it as an account."""

from tokcheck.cli.commands.login.command import ending, login

__all__ = ["ending", "login"]
