"""``tokcheck accounts``: manage the stored accounts; one file a command."""

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import typer

from tokcheck.cli.shared.typer_help import PlainCommand, examples


class _Command(NamedTuple):
    """The module and the function of a command, its line of help, and an example."""

    module: str
    function: str
    short_help: str
    example: str


# In the order of the help.
_COMMANDS: Mapping[str, _Command] = {
    "list": _Command(
        "list", "list_accounts", "List all accounts and their state.", "accounts list --json"
    ),
    "show": _Command("show", "show", "Show one account, its tokens masked.", "accounts show alex"),
    "refresh": _Command(
        "refresh", "refresh", "Refresh accounts now.", "accounts refresh --all --min-ttl 2h"
    ),
    "remove": _Command(
        "remove", "remove", "Revoke a consent and delete the account.", "accounts remove alex"
    ),
    "import": _Command(
        "import_",
        "import_account",
        "Store the tokens of another program's token file.",
        "accounts import fitbit.ini --name alex",
    ),
    "export": _Command(
        "export",
        "export",
        "Write a token file for another program.",
        "accounts export alex --format fitbit-grafana --output t.json",
    ),
    "recover": _Command(
        "recover",
        "recover",
        "Rebuild a damaged store from what can be read.",
        "accounts recover",
    ),
}


def build_group(command: str | None = None) -> typer.Typer:
    """Return the group with this command alone, or with all if it is none of them.

    Only the commands in the group are imported.
    """
    group = typer.Typer(
        help="Manage the stored accounts, which tokcheck keeps alive.",
        epilog=examples("tokcheck accounts list"),
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
    )
    for name, each in _COMMANDS.items():
        if command in _COMMANDS and name != command:
            continue
        run = getattr(import_module(f"{__name__}.{each.module}"), each.function)
        add = group.command(
            name,
            cls=PlainCommand,
            short_help=each.short_help,
            epilog=examples(f"tokcheck {each.example}"),
        )
        add(run)
    return group
