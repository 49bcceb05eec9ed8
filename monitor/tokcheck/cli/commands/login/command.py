"""The options of ``tokcheck login``; :mod:`tokcheck.accounts.login.session` does the login."""

import os
import sys
from typing import Annotated

import typer

from tokcheck.cli.commands.validate import ProviderName

_LONGEST_WAIT = 3600
_REQUEST_SECONDS = 15


def epilog() -> str:
    """Return the scopes of all providers, for the end of the command's help."""
    from textwrap import fill

    from tokcheck.providers import REGISTRY

    lists = [
        fill(f"{one.name}: {', '.join(one.oauth.scopes)}.", 76, break_on_hyphens=False)
        for one in REGISTRY.values()
    ]
    return (
        "\b\nexamples: tokcheck login fitbit --client-id 23ABCD --name alex\n"
        "tokcheck login google-health --client-file client_secret.json\n\n"
        "The secret comes from TOKCHECK_FITBIT_CLIENT_SECRET or TOKCHECK_GOOGLE_CLIENT_SECRET, "
        "a file, the stored account or a hidden prompt, never from the command line.\n\n"
        "Names for --scope; without any, the scopes that most programs need are requested:"
        "\n\n\b\n" + "\n".join(lists)
    )


def login(  # noqa: PLR0913 - one parameter an option
    provider: Annotated[ProviderName, typer.Argument(help="The API to log in to.")],
    *,
    name: Annotated[
        str | None,
        typer.Option(help="The account's name; chosen if left out.", metavar="NAME"),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="The client id of your registered application.", metavar="ID")
    ] = None,
    client_file: Annotated[
        str | None,
        typer.Option(help="Google's downloaded client_secret.json.", metavar="PATH"),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Request this scope (repeatable); all for all.", metavar="NAME"),
    ] = None,
    old_token: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="Request what matches an old Fitbit token; - reads standard input.",
            metavar="PASTE",
        ),
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option(help="The redirect URI that is registered.", metavar="URL"),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen on this port of 127.0.0.1; 0 is any free one.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser; paste the redirect.")
    ] = False,
    timeout: Annotated[
        str, typer.Option(help="How long to wait for the consent.", metavar="TIME")
    ] = "5m",
) -> int:
    """Obtain a person's consent in the browser, and store the account.

    OAuth 2.0 with an authorization code and PKCE, for an application that you have registered.
    """
    from functools import partial
    from secrets import token_urlsafe
    from time import sleep, time

    from tokcheck.accounts.login.application import load_client_file
    from tokcheck.accounts.login.session import LoginOptions, LoginResources, log_in
    from tokcheck.cli.commands.login.interaction import TerminalInteraction
    from tokcheck.cli.commands.login.summary import print_login
    from tokcheck.cli.shared import paste_input
    from tokcheck.cli.shared.account_store import open_store
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration
    from tokcheck.providers import REGISTRY
    from tokcheck.storage.regular_files import CONFIGURATION_BYTES
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import authorization_endpoint, resolve_endpoints

    chosen = REGISTRY[provider.value]
    seconds = parse_duration(timeout)
    if not 0 < seconds <= _LONGEST_WAIT:
        raise UsageError(f"--timeout {timeout} is out of range.", "Pass at most 1h, such as 5m.")
    if old_token == "-" and no_browser and not sys.stdin.isatty():  # noqa: S105 - a mark
        raise UsageError(
            "--like - and --no-browser would both read standard input.",
            "Name the scopes with --scope, or run it on a terminal, which prompts for both.",
        )
    page, endpoints = (
        authorization_endpoint(chosen, os.environ),
        resolve_endpoints(REGISTRY, os.environ),
    )
    read_client_file = partial(paste_input.from_file, limit=CONFIGURATION_BYTES)
    options = LoginOptions(
        chosen,
        page,
        seconds,
        name=name,
        client_id=client_id,
        client_file=load_client_file(client_file, chosen, read_client_file)
        if client_file is not None
        else None,
        scopes=scope or (),
        redirect_uri=redirect_uri,
        port=port,
        listen=not no_browser,
    )
    interaction = TerminalInteraction(chosen, old_token, open_browser=not no_browser)
    # The store is opened first: a fault of it must not come to light when there is a grant to keep.
    with (
        open_store(os.environ) as store,
        Net(endpoints, timeout=_REQUEST_SECONDS, pause=sleep) as net,
    ):
        resources = LoginResources(store, net.send, REGISTRY, os.environ, time, token_urlsafe)
        print_login(log_in(options, resources, interaction), chosen)
    return 0
