"""``tokcheck accounts refresh``: refresh some accounts, or all, now."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.accounts.grant import Grant
    from tokcheck.core.errors import TokcheckError


def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The stored accounts.")
    ] = None,
    *,
    everyone: Annotated[bool, typer.Option("--all", help="Refresh every account.")] = False,
    min_ttl: Annotated[
        str | None,
        typer.Option(
            help="Refresh only tokens that expire within this time, such as 90s, 15m or 1h.",
            metavar="DURATION",
        ),
    ] = None,
) -> int:
    """Refresh accounts now, also those whose grant is marked as broken.

    Exit codes: 0 if every account is fine, 1 if a grant is broken, 3 or 4 if a refresh failed for
    another reason.
    """
    import asyncio
    import math
    import os
    from contextlib import aclosing

    from tokcheck.accounts.refresh.refresh_many import MOST_AT_ONCE, refresh_many
    from tokcheck.cli.shared.account_store import TIMEOUT_SECONDS, open_store, report_empty_store
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration
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

        async def refresh_wanted() -> set[int]:
            async with (
                AsyncNet(
                    resolve_endpoints(REGISTRY, os.environ),
                    timeout=TIMEOUT_SECONDS,
                    pause=asyncio.sleep,
                    connections=MOST_AT_ONCE,
                ) as net,
                aclosing(refresh_many(store, REGISTRY, net.send, wanted, seconds)) as results,
            ):
                return {_print_result(name, result) async for name, result in results}

        return _worst_code(asyncio.run(refresh_wanted()))


def _worst_code(codes: set[int]) -> int:
    """Return the exit code: 1 if a grant is certainly broken, else that of another failure."""
    from tokcheck.core.errors import ExitCode

    return min(codes - {ExitCode.USABLE}, default=ExitCode.USABLE)


def _print_result(name: str, result: "Grant | TokcheckError") -> int:
    """Print the result of a refresh, and return its exit code."""
    import sys
    import time

    from tokcheck.core.errors import ExitCode, TokcheckError
    from tokcheck.core.humanize import format_duration

    if isinstance(result, TokcheckError):
        lines = (f"{name}: {result.message}", result.hint and f"  {result.hint}")
        sys.stderr.write("".join(f"{line}\n" for line in lines if line))
        return result.exit_code
    ends = result.expires_at
    left = "an unknown time" if ends is None else format_duration(ends - time.time())
    sys.stdout.write(f"{name}: fine, token expires in {left}\n")
    return ExitCode.USABLE
