"""``tokcheck demo``: typical pastes checked against the sandbox, then the exporter over it."""

from tokcheck.cli.commands.demo.command import demo, help_epilog

__all__ = ["demo", "help_epilog"]
