"""``tokcheck accounts refresh``: new tokens now, for some accounts or for all."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.errors import TokcheckError

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
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    from tokcheck.cli.keeping import opened, refresher, say_there_is_none
    from tokcheck.errors import TokcheckError, UsageError
    from tokcheck.words import parse_duration

    if bool(names) == everyone:
        raise UsageError(
            "It is not said which accounts to refresh.", "Give their names, or --all, not both."
        )
    lead = math.inf if min_ttl is None else parse_duration(min_ttl)
    codes: set[int] = set()
    interrupted = Event()

    def pause(seconds: float) -> None:
        if interrupted.wait(seconds):
            raise KeyboardInterrupt

    with opened(os.environ) as store, refresher(store, os.environ, pause) as refreshing:
        wanted = names or [grant.name for grant in store.grants()]
        if not wanted:
            say_there_is_none(store)
        for name in wanted:
            store.standing(name)  # no account is refreshed if another's name is wrong

        def one(name: str) -> float | TokcheckError | None:
            try:
                return refreshing.fresh(name, lead).expires_at
            except TokcheckError as error:
                return error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                for name, result in zip(wanted, pool.map(one, wanted), strict=True):
                    codes.add(_told(name, result))
            except BaseException:
                interrupted.set()  # an answer that is on its way is still written down
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return _worst(codes)


def _worst(codes: set[int]) -> int:
    """Return what the command ends with: 1 if a grant is certainly broken, else what went wrong."""
    from tokcheck.errors import ExitCode

    if ExitCode.NOT_USABLE in codes:
        return ExitCode.NOT_USABLE
    return min(codes - {ExitCode.USABLE}, default=ExitCode.USABLE)


def _told(name: str, result: "float | TokcheckError | None") -> int:
    """Print how the refresh of an account went: when its token ends, or why there is none."""
    import sys
    import time

    from tokcheck.errors import ExitCode, TokcheckError
    from tokcheck.words import duration

    if isinstance(result, TokcheckError):
        lines = (f"{name}: {result.message}", result.hint and f"  {result.hint}")
        sys.stderr.write("".join(f"{line}\n" for line in lines if line))
        return result.exit_code
    left = "is not known" if result is None else duration(result - time.time())
    sys.stdout.write(f"{name}: fine, life of its token: {left}\n")
    return ExitCode.USABLE
