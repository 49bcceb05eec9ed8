"""The typer application. Only the command that runs is imported; the help imports all."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup

from tokcheck.cli import fast_commands
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.core.redact import redact

# The commands in the order of the help, and their lines there. Each is a module of this room with
# a function of its own name, or with a GROUP of commands; a class COMMAND beside it replaces
# typer's, and epilog() returns what its help ends with.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "validate": "Check a pasted token: what, whether, how much.",
        **fast_commands.COMMANDS,
        "serve": "Export what is left of every quota to Prometheus.",
        "watch": "Watch accounts live in the terminal.",
        "login": "Get a consent and keep it as an account.",
        "accounts": "Look after the accounts that are kept alive.",
        "demo": "Show the main job, with no token or network.",
        "sandbox": "Run a stand-in for both APIs on loopback.",
    }
)

# ClickException, wherever this release of typer keeps its click.
_CLICK_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    first = argv[0] if argv else "--help"
    if not first.startswith("-") and first not in COMMANDS:
        raise UsageError(
            f"There is no command {redact(first)!r}.",
            "To check a token: tokcheck validate TOKEN. All commands: tokcheck --help.",
        )
    command = build((first,) if first in COMMANDS else tuple(COMMANDS))
    try:
        # Not main(), which makes an exit of an interrupt before the entry point hears of it.
        with command.make_context("tokcheck", list(argv) or ["--help"]) as context:
            code = command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, EOFError):
        raise KeyboardInterrupt from None
    except _CLICK_ERROR as error:
        failed = getattr(error, "ctx", None)
        where = failed.command_path if failed is not None else "tokcheck"
        raise UsageError(
            redact(error.format_message()), f"{where} --help shows what it takes."
        ) from None
    return code if isinstance(code, int) else ExitCode.USABLE


def build(names: Sequence[str]) -> TyperGroup:
    """Return an application of these commands."""
    app = typer.Typer(
        name="tokcheck",
        help="Tell what an API token is, whether it works, and how much it may still be used.",
        epilog="example: pbpaste | tokcheck validate -",
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,  # a traceback with local variables would show tokens
    )
    app.callback()(_options)
    for name in names:
        if name in fast_commands.COMMANDS:
            # For the help alone: the entry point has taken these commands before.
            app.command(name, short_help=COMMANDS[name])(lambda: None)
        else:
            module = import_module(f"tokcheck.cli.commands.{name}")
            if hasattr(module, "GROUP"):
                app.add_typer(module.GROUP, name=name, short_help=COMMANDS[name])
                continue
            made: type[TyperCommand] = getattr(module, "COMMAND", TyperCommand)
            # Only a command's own help shows its epilog.
            epilog = module.epilog() if len(names) == 1 and hasattr(module, "epilog") else None
            app.command(name, cls=made, epilog=epilog, short_help=COMMANDS[name])(
                getattr(module, name)
            )
    return cast("TyperGroup", typer.main.get_command(app))


def _options(
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and stop."),  # noqa: FBT001, FBT003 - typer's form
) -> None:
    """Stand for the options that the entry point answers before typer is loaded."""
