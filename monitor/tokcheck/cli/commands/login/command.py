"""The options of ``tokcheck login``; :mod:`tokcheck.accounts.login.session` does the login."""

import os
import sys
from typing import Annotated

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR, PROVIDERS
from tokcheck.cli.shared.typer_help import HelpEpilog

_REQUEST_SECONDS = 15


def help_epilog() -> HelpEpilog:
    """Return the scopes of all providers, for the end of the command's help."""
    from tokcheck.cli.manual.page import Note, name_list
    from tokcheck.providers import REGISTRY

    return HelpEpilog(
        (
            "tokcheck login fitbit --client-id 23ABCD --name alex",
            "tokcheck login google-health --client-file client_secret.json",
            "tokcheck login strava --client-id 12345 --scope activity:read",
        ),
        (
            Note(
                "The client secret is never read from the command line. It comes from the client "
                "file, from TOKCHECK_FITBIT_CLIENT_SECRET or TOKCHECK_GOOGLE_CLIENT_SECRET (or "
                "TOKCHECK_STRAVA_CLIENT_SECRET and the like), from the stored account, or from a "
                "hidden prompt."
            ),
            Note(
                "Without --scope, tokcheck requests the scopes that most programs need. The scopes:"
            ),
            *(name_list(f"{one.name}: ", tuple(one.oauth.scopes)) for one in REGISTRY.values()),
        ),
    )


def login(  # noqa: PLR0913 - one parameter an option
    provider: Annotated[
        str,
        typer.Argument(
            help=f"The API to log in to: {PROVIDERS}, or a declared one with OAuth endpoints, such "
            "as strava.",
            metavar=PROVIDER_METAVAR,
        ),
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option(help="Name the account. Without it, tokcheck chooses a name.", metavar="NAME"),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="The client id of your application.", metavar="ID")
    ] = None,
    client_file: Annotated[
        str | None,
        typer.Option(help="Read Google's downloaded client_secret.json.", metavar="PATH"),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Request this scope, or several separated by commas (repeatable), or all of "
            "them: all.",
            metavar="NAME",
        ),
    ] = None,
    old_token: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="Request the Google scopes that match an old Fitbit token; - reads standard "
            "input.",
            metavar="PASTE",
        ),
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option(help="The redirect URI that you registered.", metavar="URL"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Listen on this port of 127.0.0.1; 0 means any free one.", metavar="N"),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser; paste the response.")
    ] = False,
    timeout: Annotated[
        str, typer.Option(help="Wait this long for the consent.", metavar="TIME")
    ] = "5m",
) -> int:
    """Get a user's consent in the browser, and store the account.

    The login is OAuth 2.0 with an authorization code and PKCE, for an application that you have
    registered yourself.
    """
    from dataclasses import replace
    from functools import partial
    from secrets import token_urlsafe
    from time import sleep, time

    from tokcheck.accounts.explanation import explain_message
    from tokcheck.accounts.login.application import load_client_file
    from tokcheck.accounts.login.session import LoginOptions, LoginResources, log_in
    from tokcheck.accounts.login_command import LoginCommand
    from tokcheck.accounts.oauth.client_id import check_client_id
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.cli.commands.login.login_summary import print_login
    from tokcheck.cli.commands.login.terminal_interaction import TerminalInteraction
    from tokcheck.cli.shared import paste_input
    from tokcheck.cli.shared.notes import comparing_clocks
    from tokcheck.core.errors import UsageError
    from tokcheck.core.humanize import parse_duration, read_in_range
    from tokcheck.declarations.on_demand import ProvidersOnDemand, login_provider
    from tokcheck.providers import REGISTRY
    from tokcheck.storage.regular_files import CONFIGURATION_BYTES
    from tokcheck.transport import Net
    from tokcheck.transport.endpoints import authorization_endpoint, resolve_endpoints

    providers = ProvidersOnDemand(os.environ)
    chosen = login_provider(provider, providers, os.environ)
    seconds = read_in_range("--timeout", timeout, "0.001s", "1h", parse_duration)
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
        like=old_token is not None,
    )

    def repeat() -> LoginCommand:
        command = options.command()
        checked = client_id and check_client_id(client_id, chosen, providers, command)
        return replace(command, client_id=checked)

    interaction = TerminalInteraction(chosen, old_token, repeat, open_browser=not no_browser)
    # The store is opened first: its errors must not come to light when there is a grant to keep.
    with (
        open_store(os.environ) as store,
        comparing_clocks() as reception,
        Net(endpoints, timeout=_REQUEST_SECONDS, pause=sleep, reception=reception) as net,
    ):
        resources = LoginResources(
            store, net.send, providers, os.environ, time, token_urlsafe, explain_message
        )
        print_login(log_in(options, resources, interaction), chosen)
    return 0
