"""``tokcheck accounts refresh``: refresh some accounts, or all, now."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.store.grant_store import GrantStore
    from tokcheck.core.errors import TokcheckError
    from tokcheck.transport.response import Reception

_JUST_NOW_SECONDS = 60.0


def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The stored accounts.")
    ] = None,
    *,
    everyone: Annotated[bool, typer.Option("--all", help="Refresh every account.")] = False,
    min_ttl: Annotated[
        str | None,
        typer.Option(
            help="Refresh only tokens that expire within this time, such as 90s, 15m or 1h30m.",
            metavar="TIME",
        ),
    ] = None,
) -> int:
    """Refresh accounts now. One that needs a new login is tried once more."""
    import asyncio
    import math
    import os
    import sys
    from contextlib import aclosing

    from tokcheck.accounts.refresh.refresh_many import MOST_AT_ONCE, refresh_many
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.cli.shared.account_store import (
        TIMEOUT_SECONDS,
        report_cleaned_secrets,
        report_empty_store,
    )
    from tokcheck.cli.shared.notes import comparing_clocks
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration
    from tokcheck.declarations.on_demand import ProvidersOnDemand
    from tokcheck.providers import REGISTRY
    from tokcheck.transport import AsyncNet
    from tokcheck.transport.endpoints import resolve_endpoints

    if names and everyone:
        raise UsageError("Both accounts and --all were passed.", "Pass only one of them.")
    if not names and not everyone:
        raise UsageError("No account was passed.", "Pass the names of accounts, or --all.")
    seconds = math.inf if min_ttl is None else parse_duration(min_ttl)
    with open_store(os.environ) as store:
        wanted = names or [account.grant.name for account in store.accounts()]
        if not wanted:
            report_empty_store(store)
            return 0
        for name in wanted:
            store.account(name)  # no account is refreshed if another's name is wrong
        report_cleaned_secrets(os.environ)
        if sys.stderr.isatty():
            count = "1 account" if len(wanted) == 1 else f"{len(wanted)} accounts"
            sys.stderr.write(f"Refreshing {count}; a refresh that fails is repeated for 30 s.\n")

        providers = ProvidersOnDemand(os.environ)

        async def refresh_wanted() -> set[int]:
            with comparing_clocks() as reception:
                return await refresh_each(reception)

        async def refresh_each(reception: "Reception") -> set[int]:
            async with (
                AsyncNet(
                    resolve_endpoints(REGISTRY, os.environ),
                    timeout=TIMEOUT_SECONDS,
                    pause=asyncio.sleep,
                    connections=MOST_AT_ONCE,
                    reception=reception,
                ) as net,
                aclosing(
                    refresh_many(store, providers, net.send, wanted, seconds, os.environ)
                ) as results,
            ):
                return {_print_result(store, name, result) async for name, result in results}

        return _worst_code(asyncio.run(refresh_wanted()))


def _worst_code(codes: set[int]) -> int:
    """Return the exit code: 1 if an account cannot be refreshed, else that of another failure."""
    from tokcheck.core.errors import ExitCode

    return min(codes - {ExitCode.USABLE}, default=ExitCode.USABLE)


def _print_result(store: "GrantStore", name: str, result: "Grant | TokcheckError") -> int:
    """Print the result of a refresh and the account's status, and return the exit code."""
    import os
    import sys
    import time

    from tokcheck.accounts.display import status_words
    from tokcheck.accounts.errors import GrantError
    from tokcheck.cli.shared.account_store import warn_if_broken
    from tokcheck.core.errors import ExitCode, TokcheckError
    from tokcheck.core.expiry import is_expired
    from tokcheck.core.humanize import format_duration

    try:
        if isinstance(result, TokcheckError):
            raise result
        account = store.account(name)  # it may have been removed meanwhile
    except TokcheckError as error:
        # The message of a grant's own error contains the name.
        prefix = "" if isinstance(error, GrantError) else f"{name}: "
        lines = (f"{prefix}{error.message}", error.hint and f"  {error.hint}")
        sys.stderr.write("".join(f"{line}\n" for line in lines if line))
        return error.exit_code
    if result.is_lasting:
        sys.stdout.write(
            f"{name}: nothing to refresh: it has no refresh token, and its access token has no "
            "known expiry\n"
        )
        warn_if_broken(account, os.environ)
        return ExitCode.USABLE
    now = time.time()
    # A token that has just come is as old as this clock says, right or wrong.
    has_just_come = 0 <= now - result.obtained_at < _JUST_NOW_SECONDS
    ends = result.expires_at if has_just_come else result.known_expiry(now)
    if has_just_come and is_expired(ends, now):
        sys.stdout.write(f"{name}: refreshed, but by this computer's clock the token has expired\n")
    else:
        left = "an unknown time" if ends is None else format_duration(ends - now)
        sys.stdout.write(f"{name}: {status_words(account, now)}, token expires in {left}\n")
    warn_if_broken(account, os.environ)
    return ExitCode.USABLE
