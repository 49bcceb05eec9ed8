"""``tokcheck login``: get a consent and keep it as an account."""

from tokcheck.cli.commands.login.command import epilog, login

__all__ = ["epilog", "login"]
