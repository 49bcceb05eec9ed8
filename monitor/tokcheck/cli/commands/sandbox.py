"""``tokcheck sandbox``: fake APIs on loopback, to try a client or tokcheck against."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR
from tokcheck.cli.shared.typer_help import HelpEpilog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokcheck.declarations.known_providers import KnownProvider
    from tokcheck.sandbox.server import Sandbox

_POLL_SECONDS = 0.5


def sandbox(
    port: Annotated[
        int, typer.Option(help="Listen on this port; 0 means any free one.", metavar="N")
    ] = 19151,
    limit: Annotated[
        int, typer.Option(help="Allow this many Fitbit requests per window.", metavar="N")
    ] = 150,
    window: Annotated[
        str,
        typer.Option(help="Set the length of that window, such as 90s, 5m or 1h.", metavar="TIME"),
    ] = "1h",
    slow: Annotated[
        str, typer.Option(help="Set the duration of the fault 'slow'.", metavar="TIME")
    ] = "1s",
    host: Annotated[
        str, typer.Option(help="Listen on this loopback address.", metavar="ADDRESS")
    ] = "127.0.0.1",
    provider: Annotated[
        list[str] | None,
        typer.Option(
            help="Fake this declared provider as well (repeatable): one of "
            "`tokcheck providers list`.",
            metavar=PROVIDER_METAVAR,
        ),
    ] = None,
    providers: Annotated[
        list[str] | None,
        typer.Option(
            "--providers",
            help="Fake all providers that this file or folder declares (repeatable).",
            metavar="PATH",
        ),
    ] = None,
) -> None:
    """Run a fake Fitbit Web API and Google Health API on this computer, and declared ones.

    It issues tokens, counts requests and can return every known error of the real services, so that
    a client can be tried without an account. Stop it with Ctrl-C.
    """
    from threading import Event

    from tokcheck.cli.shared.system.stop_signals import on_stop_signals
    from tokcheck.core.humanize import parse_duration, read_in_range
    from tokcheck.sandbox.server import serve_in_thread
    from tokcheck.sandbox.state.rate_limits import RateLimitRule, read_window_length
    from tokcheck.sandbox.state.sandbox_state import SandboxState

    rule = RateLimitRule(
        read_in_range("--limit", str(limit), "0", "1000000000", int),
        read_window_length("--window", window),
    )
    slow_seconds = read_in_range("--slow", slow, "0s", "1d", parse_duration)
    stop = Event()
    declared = _choose_declared(provider or [], providers)
    state = SandboxState(fitbit=rule, declared=[each.table or {} for each in declared])
    with (
        on_stop_signals(stop.set),
        serve_in_thread(state, host=host, port=port, slow_seconds=slow_seconds) as running,
    ):
        _announce(running, declared, providers)
        # In steps, because a wait without a timeout cannot be interrupted on Windows.
        while not stop.wait(_POLL_SECONDS):
            pass


def help_epilog() -> HelpEpilog:
    """Return an example and the names of all faults, for the end of the command's help."""
    from tokcheck.cli.manual.page import Note, name_list
    from tokcheck.sandbox.faults.catalogue import FAULT_NAMES

    return HelpEpilog(
        ("tokcheck sandbox --limit 5 --window 90s", "tokcheck sandbox --provider strava"),
        (
            Note(
                "With the base address URL/~FAULT, each request gets that fault, if it is one of "
                "the API or the endpoint that is requested:"
            ),
            name_list("", FAULT_NAMES),
        ),
    )


def _choose_declared(names: list[str], paths: list[str] | None) -> "list[KnownProvider]":
    """Return the declared providers to fake: those named, and those of the user's own files."""
    import os

    from tokcheck.core.errors import UsageError
    from tokcheck.declarations.known_providers import find_provider, known_providers
    from tokcheck.declarations.named_files import are_files_named

    if not names and not are_files_named(paths, os.environ):
        return []
    known = known_providers(paths, os.environ)
    wanted = dict.fromkeys(name for name, one in known.items() if one.origin == "own")
    wanted |= dict.fromkeys(find_provider(name, known) for name in names)
    chosen = [known[name] for name in wanted]
    if all(one.table is not None for one in chosen):
        return chosen
    raise UsageError(
        "The sandbox always includes fitbit and google-health.",
        "Pass the name of a declared provider to --provider, such as strava.",
    )


def _announce(
    running: "Sandbox", declared: "Sequence[KnownProvider]", paths: list[str] | None
) -> None:
    """Print what a shell needs to use the sandbox; tokens are issued on request only."""
    import os
    from pathlib import Path

    from tokcheck.declarations.named_files import VARIABLE
    from tokcheck.sandbox.declared.dispatch import base_path

    url = running.url
    variables = {
        "TOKCHECK_FITBIT_URL": url,
        "TOKCHECK_GOOGLE_HEALTH_URL": url,
        "TOKCHECK_GOOGLE_OAUTH_URL": url,
        "TOKCHECK_FITBIT_AUTHORIZE_URL": f"{url}/oauth2/authorize",
        "TOKCHECK_GOOGLE_AUTHORIZE_URL": f"{url}/o/oauth2/v2/auth",
    }
    for one in declared:
        base = f"{url}{base_path(one.provider.name)}"
        variables |= {service.variable: base for service in one.provider.services.values()}
        page = running.state.declared.get(one.provider.name).oauth_path("authorize")
        if one.provider.endpoints is not None:
            variables[one.provider.endpoints.authorize.variable] = f"{base}{page}"
    if paths:
        absolute = (str(Path(path).expanduser().resolve()) for path in paths)
        variables[VARIABLE] = os.pathsep.join(absolute)
    name, scopes = "fitbit", " -d scopes=settings,profile"
    if declared:
        name, scopes = declared[0].provider.name, ""
    typer.echo(
        f"Listening on {url}\n"
        "\n"
        f"{_assignments(variables, windows=sys.platform == 'win32')}"
        "\n"
        "Mint a token:\n"
        f"  curl -d provider={name}{scopes} {url}/sandbox/tokens\n"
        "\n"
        f"Help, and all faults: {url}/sandbox"
    )


def _assignments(variables: dict[str, str], *, windows: bool) -> str:
    """Return the lines that set variables in a shell; those of both shells of Windows."""
    from shlex import quote

    if not windows:
        return "".join(f"export {name}={quote(value)}\n" for name, value in variables.items())
    return "\n".join(
        (
            "In cmd:",
            *(f"set {name}={value}" for name, value in variables.items()),
            "In PowerShell:",
            *(f'$env:{name} = "{value}"' for name, value in variables.items()),
            "",
        )
    )
