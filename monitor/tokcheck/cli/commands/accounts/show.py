"""``tokcheck accounts show``: one account in detail."""

from typing import Annotated

import typer


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stored account.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Show an account: its state, scopes, application and dates; its tokens are masked."""
    import os
    import sys
    import time
    from json import dumps

    from tokcheck.accounts import display
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.cli.shared.account_store import mark_running_refresh
    from tokcheck.cli.shared.output import style_for
    from tokcheck.declarations.on_demand import ProvidersOnDemand

    with open_store(os.environ) as store:
        account = mark_running_refresh(store, store.account(name))
    provider = ProvidersOnDemand(os.environ).get(account.grant.client.provider)
    if json:
        text = dumps(display.account_details(account, provider, time.time()), indent=2) + "\n"
    else:
        width = style_for(sys.stdout, os.environ).width
        text = display.account_sheet(account, provider, time.time(), width)
    sys.stdout.write(text)
