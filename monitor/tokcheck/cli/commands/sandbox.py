"""``tokcheck sandbox``: fake APIs on loopback, to try a client or tokcheck against."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.typer_help import examples, name_list

if TYPE_CHECKING:
    from tokcheck.sandbox.server import Sandbox


def sandbox(
    port: Annotated[
        int, typer.Option(help="Listen on this port; 0 means any free one.", metavar="N")
    ] = 19151,
    limit: Annotated[
        int, typer.Option(help="Allow this many Fitbit requests per window.", metavar="N")
    ] = 150,
    window: Annotated[
        str,
        typer.Option(
            help="Set the length of that window, such as 90s, 5m or 1h.", metavar="DURATION"
        ),
    ] = "1h",
    slow: Annotated[
        str, typer.Option(help="Set the duration of the fault 'slow'.", metavar="DURATION")
    ] = "1s",
    host: Annotated[
        str, typer.Option(help="Listen on this loopback address.", metavar="ADDRESS")
    ] = "127.0.0.1",
) -> None:
    """Run a fake Fitbit Web API and Google Health API on this computer.

    It issues tokens, counts requests and can return every known error of the real services, so that
    a client can be tried without an account. Stop it with Ctrl-C.
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
    """Return an example and the names of all faults, for the end of the command's help."""
    from tokcheck.sandbox.faults.catalogue import FAULT_NAMES

    return "\n\n".join(
        (
            examples("tokcheck sandbox --limit 5 --window 90s"),
            "With the base address URL/~FAULT, every request gets that fault:",
            name_list("", FAULT_NAMES),
        )
    )


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
