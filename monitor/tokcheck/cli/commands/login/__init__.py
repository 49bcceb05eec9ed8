"""``tokcheck login``: obtain a consent and store it as an account."""

from tokcheck.cli.commands.login.command import epilog, login

__all__ = ["epilog", "login"]
