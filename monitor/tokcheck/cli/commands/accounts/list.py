"""``tokcheck accounts list``: all accounts and their state."""

from typing import Annotated

import typer


def list_accounts(
    *, json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False
) -> None:
    """List all accounts: provider, state, and when the tokens expire."""
    import os
    import sys
    import time
    from json import dumps

    from tokcheck.accounts import display
    from tokcheck.cli.shared.account_store import (
        mark_running_refresh,
        open_store,
        report_empty_store,
    )
    from tokcheck.providers import REGISTRY

    with open_store(os.environ) as store:
        accounts = [mark_running_refresh(store, account) for account in store.accounts()]
    now = time.time()
    if json:
        listed = [display.account_summary(account, now) for account in accounts]
        value = {"schema": display.SCHEMA, "accounts": listed}
        sys.stdout.write(dumps(value, indent=2) + "\n")
    elif accounts:
        sys.stdout.write(display.accounts_table(accounts, REGISTRY, now))
    else:
        report_empty_store(store)
