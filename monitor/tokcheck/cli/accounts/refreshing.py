"""``tokcheck accounts refresh``: new tokens now, for some accounts or for all."""

from typing import Annotated

import typer

_AT_ONCE = 4


def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="The accounts.")
    ] = None,
    *,
    everyone: Annotated[bool, typer.Option("--all", help="Refresh every account.")] = False,
    min_ttl: Annotated[
        str | None,
        typer.Option(
            help="Only where the token lives no longer than this: 90s, 15m, 1h.", metavar="TIME"
        ),
    ] = None,
) -> int:
    """Refresh accounts: in any case, also one that was found broken before, or with --min-ttl.

    Ends with 0 if all is fine, 1 if a grant is broken, 3 if it could not be told.

    Example: tokcheck accounts refresh --all --min-ttl 2h
    """
    import math
    import os
    import sys
    import time
    from concurrent.futures import ThreadPoolExecutor

    from tokcheck.cli.keeping import opened, refresher
    from tokcheck.errors import ExitCode, TokcheckError, UsageError
    from tokcheck.words import duration, parse_duration

    if bool(names) == everyone:
        raise UsageError(
            "It is not said which accounts to refresh.", "Give their names, or --all, not both."
        )
    lead = math.inf if min_ttl is None else parse_duration(min_ttl)
    codes: set[int] = set()
    with opened(os.environ) as store, refresher(store, os.environ) as refreshing:
        wanted = names or [grant.name for grant in store.grants()]
        for name in wanted:
            store.standing(name)  # no account is refreshed if another's name is wrong

        def one(name: str) -> float | TokcheckError | None:
            try:
                return refreshing.fresh(name, lead).expires_at
            except TokcheckError as error:
                return error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for name, result in zip(wanted, pool.map(one, wanted), strict=True):
                if isinstance(result, TokcheckError):
                    codes.add(result.exit_code)
                    lines = (f"{name}: {result.message}", result.hint and f"  {result.hint}")
                    sys.stderr.write("".join(f"{line}\n" for line in lines if line))
                else:
                    left = "is not known" if result is None else duration(result - time.time())
                    sys.stdout.write(f"{name}: fine, life of its token: {left}\n")
    if ExitCode.NOT_USABLE in codes:
        return ExitCode.NOT_USABLE
    return min(codes, default=ExitCode.USABLE)
