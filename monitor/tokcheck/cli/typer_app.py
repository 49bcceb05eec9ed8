"""The typer application. Only the command that runs is imported; the help imports all."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup

from tokcheck.cli import fast_commands
from tokcheck.cli.shared.typer_help import CLICK_ERROR, PlainCommand, examples
from tokcheck.cli.shared.usage_wording import word_usage_error
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.core.redact import redact

# The commands in the order of the help, and their lines there. Each is a module of this room with
# a function of its own name, or with build_group() for a group of commands; a class COMMAND
# beside it replaces typer's, and epilog() returns the end of its help.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "validate": "Check a pasted token.",
        **fast_commands.COMMANDS,
        "serve": "Export remaining quotas to Prometheus.",
        "watch": "Watch accounts live in the terminal.",
        "login": "Log in with OAuth and store the account.",
        "revoke": "End a leaked token at its provider.",
        "accounts": "Manage the stored accounts.",
        "demo": "Show what tokcheck does, without a token.",
        "sandbox": "Run fakes of both APIs on this computer.",
    }
)


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    first = argv[0] if argv else "--help"
    if not first.startswith("-") and first not in COMMANDS:
        raise UsageError(
            f"Unknown command {redact(first)!r}.",
            "To check a token: tokcheck validate TOKEN. All commands: tokcheck --help.",
        )
    second = argv[1] if len(argv) > 1 else None
    command = build((first,) if first in COMMANDS else tuple(COMMANDS), second)
    try:
        # Not main(), which turns an interrupt into an exit before the entry point can handle it.
        with command.make_context("tokcheck", list(argv) or ["--help"]) as context:
            code = command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, EOFError):
        raise KeyboardInterrupt from None
    except CLICK_ERROR as error:
        failed = getattr(error, "ctx", None)
        where = failed.command_path if failed is not None else "tokcheck"
        message = redact(word_usage_error(error.format_message()))
        raise UsageError(message, f"See {where} --help.") from None
    return code if isinstance(code, int) else ExitCode.USABLE


def build(names: Sequence[str], subcommand: str | None = None) -> TyperGroup:
    """Return an application of these commands; of a group, ``subcommand`` alone if it has that."""
    app = typer.Typer(
        name="tokcheck",
        help="Check an API token: what it is, whether it works, and how much of its rate limit is "
        "left.",
        epilog=examples("pbpaste | tokcheck validate -"),
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,  # a traceback with local variables would show tokens
    )
    app.callback()(_options)
    for name in names:
        if name in fast_commands.COMMANDS:
            # Only for the help: the entry point runs these commands itself.
            app.command(name, short_help=COMMANDS[name])(lambda: None)
        else:
            module = import_module(f"tokcheck.cli.commands.{name}")
            if hasattr(module, "build_group"):
                group = module.build_group(subcommand)
                app.add_typer(group, name=name, short_help=COMMANDS[name])
                continue
            command_class: type[TyperCommand] = getattr(module, "COMMAND", PlainCommand)
            # Only a command's own help shows its epilog.
            epilog = module.epilog() if len(names) == 1 and hasattr(module, "epilog") else None
            app.command(name, cls=command_class, epilog=epilog, short_help=COMMANDS[name])(
                getattr(module, name)
            )
    group = cast("TyperGroup", typer.main.get_command(app))
    # Typer lists all commands before all groups.
    group.commands = {name: group.commands[name] for name in names}
    return group


def _options(
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and exit."),  # noqa: FBT001, FBT003 - typer's form
) -> None:
    """Declare the options that the entry point handles before typer is loaded."""
