"""``tokcheck accounts list``: all accounts and their state."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.accounts.grant import StoredAccount
    from tokcheck.accounts.store.grant_store import GrantStore

_MOST = 1 << 30


def list_accounts(
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=1,
            help="List at most so many accounts.",
            show_default=False,
        ),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            "--after",
            metavar="NAME",
            help="List the accounts that come after this name.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List all accounts: provider, state, and when the tokens expire.

    Of very many, --limit lists a page; a note, and "next_after" in JSON, gives the value of
    --after for the next one.
    """
    import os
    import sys
    import time
    from json import dumps

    from tokcheck.accounts import display
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.cli.shared.account_store import (
        mark_running_refresh,
        report_empty_store,
    )
    from tokcheck.declarations.on_demand import ProvidersOnDemand
    from tokcheck.storage.shell_words import quote

    with open_store(os.environ) as store:
        found, next_after = _read(store, after, limit)
        accounts = [mark_running_refresh(store, account) for account in found]
    now = time.time()
    if json:
        providers = ProvidersOnDemand(os.environ)
        listed = [
            display.account_summary(account, providers.get(account.grant.client.provider), now)
            for account in accounts
        ]
        value = {"schema": display.SCHEMA, "accounts": listed, "next_after": next_after}
        sys.stdout.write(dumps(value, indent=2) + "\n")
    elif accounts:
        sys.stdout.write(display.accounts_table(accounts, ProvidersOnDemand(os.environ), now))
    elif after is None:
        report_empty_store(store)
    if next_after is not None and not json:
        command = f"tokcheck accounts list --limit {limit} --after {quote(next_after)}"
        sys.stderr.write(f"note: there are more accounts. The next ones: {command}\n")


def _read(
    store: "GrantStore", after: str | None, limit: int | None
) -> "tuple[list[StoredAccount], str | None]":
    """Return the accounts of a page, and its last name if others follow."""
    if limit is None and after is None:
        return store.accounts(), None
    found = store.page(after or "", (limit or _MOST) + 1)
    if limit is None or len(found) <= limit:
        return found, None
    return found[:limit], found[limit - 1].grant.name
