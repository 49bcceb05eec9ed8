"""``tokcheck accounts``: manage the stored accounts; one file a command."""

from collections.abc import Mapping

import typer

from tokcheck.cli.shared.command_group import GroupedCommand, build_command_group

# In the order of the help.
_COMMANDS: Mapping[str, GroupedCommand] = {
    "list": GroupedCommand(
        "list",
        "list_accounts",
        "List all accounts and their state.",
        "tokcheck accounts list --json",
    ),
    "show": GroupedCommand(
        "show", "show", "Show one account, its tokens masked.", "tokcheck accounts show alex"
    ),
    "refresh": GroupedCommand(
        "refresh",
        "refresh",
        "Refresh accounts now.",
        "tokcheck accounts refresh --all --min-ttl 2h",
    ),
    "remove": GroupedCommand(
        "remove",
        "remove",
        "Revoke a consent and delete the account.",
        "tokcheck accounts remove alex",
    ),
    "import": GroupedCommand(
        "import_",
        "import_account",
        "Store the tokens of another program's token file.",
        "tokcheck accounts import fitbit.ini --name alex",
    ),
    "export": GroupedCommand(
        "export",
        "export",
        "Write a token file for another program.",
        "tokcheck accounts export alex --format fitbit-grafana --output t.json",
    ),
    "migrate": GroupedCommand(
        "migrate",
        "migrate",
        "Move everything into a database, or back.",
        "tokcheck accounts migrate --to postgresql://db.example/tokcheck",
    ),
    "rekey": GroupedCommand(
        "rekey",
        "rekey",
        "Encrypt the stored tokens, or give them another key.",
        "tokcheck accounts rekey --new-key-file /etc/tokcheck/key",
    ),
    "recover": GroupedCommand(
        "recover",
        "recover",
        "Rebuild a damaged store from what can be read.",
        "tokcheck accounts recover",
    ),
}


def build_group(command: str | None = None) -> typer.Typer:
    """Return the group with this command alone, or with all if it is none of them."""
    return build_command_group(
        __name__,
        _COMMANDS,
        title="Manage the stored accounts, which tokcheck keeps alive.",
        example="tokcheck accounts list",
        command=command,
    )
