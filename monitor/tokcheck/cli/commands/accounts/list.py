"""``tokcheck accounts list``: all accounts and their state."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.accounts.grant import StoredAccount
    from tokcheck.accounts.store.grant_store import GrantStore

_MOST = 1_000_000_000


def list_accounts(
    *,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="List at most this many accounts.",
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

    With --limit, a note shows the --after of the next page, if there is one; in JSON, it is the
    value of "next_after".
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
    from tokcheck.cli.shared.output import style_for
    from tokcheck.core.humanize import read_in_range
    from tokcheck.declarations.on_demand import ProvidersOnDemand
    from tokcheck.storage.shell_words import quote

    if limit is not None:
        limit = read_in_range("--limit", str(limit), "1", str(_MOST), int)
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
        width = style_for(sys.stdout, os.environ).width
        table = display.accounts_table(accounts, ProvidersOnDemand(os.environ), now, width)
        sys.stdout.write(table)
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
