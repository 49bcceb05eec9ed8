"""``tokcheck accounts``: manage the stored accounts; one file a command."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import typer

# The commands in the order of the help: the module, its function, and the line of help.
_COMMANDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "list": ("list", "list_accounts", "List all accounts and their state."),
        "show": ("show", "show", "Show one account, its tokens masked."),
        "refresh": ("refresh", "refresh", "Refresh accounts now."),
        "remove": ("remove", "remove", "Revoke a consent and delete the account."),
        "import": ("import_", "import_account", "Import the token file of another program."),
        "export": ("export", "export", "Write a token file for another program."),
    }
)


def build_group(command: str | None = None) -> typer.Typer:
    """Return the group with this command alone, or with all if it is none of them.

    Only the commands in the group are imported.
    """
    group = typer.Typer(
        help="Manage the accounts that tokcheck keeps alive.",
        epilog="example: tokcheck accounts list",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
    )
    for name, (module, function, short_help) in _COMMANDS.items():
        if command in _COMMANDS and name != command:
            continue
        run = getattr(import_module(f"{__name__}.{module}"), function)
        group.command(name, short_help=short_help)(run)
    return group
