"""The typer application. Only the command that runs is imported; the help imports all."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import cast

import typer
from typer.core import TyperGroup

from tokcheck.cli import fast_commands
from tokcheck.cli.manual.page import HelpPage, Note
from tokcheck.cli.shared.paste_input import describe_path
from tokcheck.cli.shared.system.stream_style import NO_COLOR_HELP, NO_COLOR_OPTION
from tokcheck.cli.shared.typer_help import (
    CLICK_ERROR,
    HelpEpilog,
    PlainCommand,
    PlainGroup,
    command_class,
)
from tokcheck.cli.shared.usage_wording import word_usage_error
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.core.humanize import nearest_names, suggestion
from tokcheck.core.redact import redact

# The commands in the order of the help, and their lines there.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {**fast_commands.COMMANDS, **fast_commands.OTHER_COMMANDS}
)
_HELP = "help"
_GROUPS = frozenset({"accounts", "providers"})
_VERSION = "--version"
DOCUMENTATION = "https://tokcheck.github.io/tokcheck/"


class _Main(PlainGroup):
    @staticmethod
    def help_epilog() -> HelpEpilog:
        """Return the end of the help, which holds for all commands."""
        return HelpEpilog(
            ("tokcheck demo --once", "tokcheck validate", "tokcheck help scan"),
            (
                Note("Exit codes of most commands:", _EXIT_CODES),
                Note("Environment variables:", _VARIABLES),
                Note(f"Documentation: {DOCUMENTATION}"),
            ),
        )


_EXIT_CODES = (
    ("0", "usable"),
    ("1", "not usable"),
    ("2", "wrong usage"),
    ("3", "could not tell"),
    ("4", "usable, but rate-limited now"),
    ("70", "a bug in tokcheck"),
    ("130", "interrupted"),
)
_VARIABLES = (
    ("TOKCHECK_HOME", "the data folder: stored accounts and request counts"),
    ("TOKCHECK_VAULT", "keyring: a new store keeps its tokens in the system's keyring"),
    ("TOKCHECK_DATABASE", "postgresql://...: accounts and counts that machines share"),
    ("TOKCHECK_ENCRYPTION_KEY_FILE", "the key that encrypts stored tokens"),
    ("TOKCHECK_..._URL", "other servers than the providers' own, see the documentation"),
    ("NO_COLOR", "print without colours"),
    ("HTTPS_PROXY, NO_PROXY", "the proxy, and the hosts without it"),
)


def run(argv: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    words = list(argv) or ["--help"]
    if words[0] in _GROUPS and words[1:2] in ([], [_HELP]):
        words = [words[0], *words[2:], "--help"]
    first = words[0]
    second = words[1] if words[1:] else None
    if (first == "-" or not first.startswith("-")) and first not in COMMANDS:
        raise _unknown_command(first)
    command = build((first,) if first in COMMANDS else tuple(COMMANDS), second)
    try:
        # Not main(), which turns an interrupt into an exit before the entry point can handle it.
        with command.make_context("tokcheck", words, obj=every_page) as context:
            code = command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, EOFError):
        raise KeyboardInterrupt from None
    except CLICK_ERROR as error:
        failed = getattr(error, "ctx", None)
        where = failed.command_path if failed is not None else "tokcheck"
        known = _known_words(command if failed is None else failed.command)
        message = redact(word_usage_error(error.format_message(), known))
        raise UsageError(message, f"See {where} --help.") from None
    return code if isinstance(code, int) else ExitCode.USABLE


def _unknown_command(word: str) -> UsageError:
    path = describe_path([word], "tokcheck validate --file {}")
    if path is not None:
        return UsageError(*path)
    near = nearest_names(word, (*COMMANDS, _HELP, _VERSION))
    paste = "-" if word == "-" else "TOKEN"
    return UsageError(
        f"Unknown command {redact(word)!r}.{suggestion(near)}",
        f"To check a token: `tokcheck validate {paste}`. All commands: tokcheck --help.",
    )


def _known_words(command: object) -> list[str]:
    """Return the commands in a command, and its options."""
    params = getattr(command, "params", [])
    options = [name for one in params for name in (*one.opts, *one.secondary_opts)]
    return [*getattr(command, "commands", {}), *options, "--help"]


def every_page() -> list[HelpPage]:
    """Return the help of the program and of each command; the commands are all imported."""
    main = cast("PlainGroup", build(tuple(COMMANDS)))
    found = [main.page(())]
    for name, command in main.commands.items():
        if name in fast_commands.COMMANDS:
            found.append(fast_commands.load_parser(name).page())
            continue
        found.append(cast("PlainCommand", command).page((name,)))
        for sub, each in getattr(command, "commands", {}).items():
            found.append(each.page((name, sub)))
    return found


def build(names: Sequence[str], subcommand: str | None = None) -> TyperGroup:
    """Return an application of these commands; of a group, ``subcommand`` alone if it has that."""
    app = typer.Typer(
        name="tokcheck",
        cls=_Main,
        help="Check an API token: what it is, whether it works, and how much of its rate limit is "
        "left.",
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
            base: type[PlainCommand] = getattr(module, "COMMAND", PlainCommand)
            own = (
                command_class(base, module.help_epilog) if hasattr(module, "help_epilog") else base
            )
            app.command(name, cls=own, short_help=COMMANDS[name])(getattr(module, name))
    group = cast("TyperGroup", typer.main.get_command(app))
    # Typer lists all commands before all groups.
    group.commands = {name: group.commands[name] for name in names}
    return group


def _options(
    version: bool = typer.Option(False, _VERSION, "-V", help="Print the version and exit."),  # noqa: FBT001, FBT003 - typer's form
    no_color: bool = typer.Option(False, NO_COLOR_OPTION, help=NO_COLOR_HELP),  # noqa: FBT001, FBT003 - the same
) -> None:
    """Declare the options that the entry point handles before typer is loaded."""
