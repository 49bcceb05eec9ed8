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
        (
            "Exit codes: 0 if every refresh that was needed succeeded, 1 if an account cannot "
            "be refreshed, 3 if a refresh failed for another reason, 4 if a rate limit is "
            "reached. With --min-ttl, no account needs a refresh until its token expires "
            "within that time."
        ),
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
        (
            "Exit codes: 0 if everything was moved; 2 if another account of the same name is "
            "there; 3 if the database or the data folder cannot be used, or an account is "
            "being refreshed."
        ),
    ),
    "rekey": GroupedCommand(
        "rekey",
        "rekey",
        "Encrypt the stored tokens, or give them another key.",
        "tokcheck accounts rekey --new-key-file /etc/tokcheck/key",
        (
            "Exit codes: 0 if all secrets have the new key; 2 if a key cannot be read; 3 if a "
            "refresh is unfinished, or a secret cannot be decrypted. Then nothing was "
            "changed."
        ),
    ),
    "recover": GroupedCommand(
        "recover",
        "recover",
        "Rebuild a damaged store from what can be read.",
        "tokcheck accounts recover",
        (
            "Exit codes: 0 if every account was recovered, or nothing is damaged; 1 if an "
            "account is lost or needs a new login; 3 if the store is in use or cannot be "
            "written."
        ),
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
