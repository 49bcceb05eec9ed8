"""``tokcheck accounts``: manage the stored accounts; one file a command."""

from collections.abc import Callable

import typer

from tokcheck.cli.commands.accounts.export import export
from tokcheck.cli.commands.accounts.import_ import import_account
from tokcheck.cli.commands.accounts.list import list_accounts
from tokcheck.cli.commands.accounts.refresh import refresh
from tokcheck.cli.commands.accounts.remove import remove
from tokcheck.cli.commands.accounts.show import show
from tokcheck.cli.shared.typer_help import PlainCommand, examples

GROUP = typer.Typer(
    help="Manage the stored accounts, which tokcheck keeps alive.",
    epilog=examples("tokcheck accounts list"),
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


def _add(name: str, function: Callable[..., int | None], short_help: str, example: str) -> None:
    command = GROUP.command(
        name, cls=PlainCommand, short_help=short_help, epilog=examples(f"tokcheck {example}")
    )
    command(function)


_add("list", list_accounts, "List all accounts and their state.", "accounts list --json")
_add("show", show, "Show one account, its tokens masked.", "accounts show alex")
_add("refresh", refresh, "Refresh accounts now.", "accounts refresh --all --min-ttl 2h")
_add("remove", remove, "Revoke a consent and delete the account.", "accounts remove alex")
_add(
    "import", import_account, "Store the tokens of another program's token file.",
    "accounts import fitbit.ini --name alex",
)  # fmt: skip
_add(
    "export", export, "Write a token file for another program.",
    "accounts export alex --format fitbit-grafana --output t.json",
)  # fmt: skip
