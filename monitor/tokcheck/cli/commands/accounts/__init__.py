"""``tokcheck accounts``: manage the stored accounts; one file a command."""

import typer

from tokcheck.cli.commands.accounts.export import export
from tokcheck.cli.commands.accounts.import_ import import_account
from tokcheck.cli.commands.accounts.list import list_accounts
from tokcheck.cli.commands.accounts.refresh import refresh
from tokcheck.cli.commands.accounts.remove import remove
from tokcheck.cli.commands.accounts.show import show

GROUP = typer.Typer(
    help="Manage the accounts that tokcheck keeps alive.",
    epilog="example: tokcheck accounts list",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
GROUP.command("list", short_help="List all accounts and their state.")(list_accounts)
GROUP.command("show", short_help="Show one account, its tokens masked.")(show)
GROUP.command("refresh", short_help="Refresh accounts now.")(refresh)
GROUP.command("remove", short_help="Revoke a consent and delete the account.")(remove)
GROUP.command("import", short_help="Import the token file of another program.")(import_account)
GROUP.command("export", short_help="Write a token file for another program.")(export)
