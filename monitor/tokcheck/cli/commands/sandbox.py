"""``tokcheck sandbox``: fake APIs on loopback, to try a client or tokcheck against."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.sandbox.server import Sandbox


def sandbox(
    port: Annotated[int, typer.Option(help="Port; 0 means any free one.")] = 19151,
    limit: Annotated[int, typer.Option(help="Fitbit requests that one window allows.")] = 150,
    window: Annotated[
        str, typer.Option(help="Length of that window, such as 90s, 5m or 1h.")
    ] = "1h",
    slow: Annotated[str, typer.Option(help="Delay of the fault 'slow'.")] = "1s",
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
) -> None:
    """Run a fake Fitbit Web API and Google Health API on this computer.

    It issues tokens, counts requests and can return every known error of the real services, so that
    a client can be tried without an account. Stop it with Ctrl-C.

    Example: tokcheck sandbox --limit 5 --window 90s
    """
    from tokcheck.core.humanize import parse_duration, read_in_range
    from tokcheck.sandbox.server import serve
    from tokcheck.sandbox.state.rate_limits import RateLimitRule, read_window_length
    from tokcheck.sandbox.state.sandbox_state import SandboxState

    rule = RateLimitRule(
        read_in_range("--limit", str(limit), "0", "1000000000", int),
        read_window_length("--window", window),
    )
    slow_seconds = read_in_range("--slow", slow, "0s", "1d", parse_duration)
    serve(
        SandboxState(fitbit=rule),
        host=host,
        port=port,
        slow_seconds=slow_seconds,
        announce=_announce,
    )


def epilog() -> str:
    """Return the names of all faults, for the end of the command's help."""
    from textwrap import fill

    from tokcheck.sandbox.faults.catalogue import FAULT_NAMES

    # The mark keeps the help from wrapping it again, and from breaking the names at hyphens.
    names = fill(", ".join(FAULT_NAMES) + ".", 76, break_on_hyphens=False, break_long_words=False)
    return f"Base URL/~NAME fails as the fault of that name. The faults:\n\n\b\n{names}"


def _announce(running: "Sandbox") -> None:
    """Print what a shell needs to use the sandbox; tokens are issued on request only."""
    url = running.url
    typer.echo(
        f"Listening on {url}\n"
        "\n"
        f"export TOKCHECK_FITBIT_URL={url}\n"
        f"export TOKCHECK_GOOGLE_HEALTH_URL={url}\n"
        f"export TOKCHECK_GOOGLE_OAUTH_URL={url}\n"
        f"export TOKCHECK_FITBIT_AUTHORIZE_URL={url}/oauth2/authorize\n"
        f"export TOKCHECK_GOOGLE_AUTHORIZE_URL={url}/o/oauth2/v2/auth\n"
        "\n"
        "Mint a token:\n"
        f"  curl -d provider=fitbit -d scopes=settings,profile {url}/sandbox/tokens\n"
        "\n"
        f"Help, and all faults: {url}/sandbox"
    )
