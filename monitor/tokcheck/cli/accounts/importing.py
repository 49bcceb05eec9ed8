"""``tokcheck accounts import``: take in the token file of another program."""

from typing import Annotated

import typer

from tokcheck.cli.validate import ProviderName

SECRET_VARIABLE = "TOKCHECK_CLIENT_SECRET"  # noqa: S105 - a variable's name
ID_VARIABLE = "TOKCHECK_CLIENT_ID"


def take_in(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The token file; - reads standard input.")
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option(help="The account's name; the provider's if not given.", metavar="NAME"),
    ] = None,
    provider: Annotated[
        ProviderName | None, typer.Option(help="Whose tokens these are, where nothing tells.")
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            help=f"The application's id, where the file lacks it; else {ID_VARIABLE}.",
            metavar="ID",
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of an account of that name.")
    ] = False,
) -> None:
    """Take in tokens: a token endpoint's answer, or the file of another program.

    Known are the files of python-fitbit, fitbit-grafana and google-auth. A secret that the file
    lacks is taken from TOKCHECK_CLIENT_SECRET, or asked for on a terminal.

    Example: tokcheck accounts import fitbit.ini --name alex
    """
    import os
    import sys
    import time

    from tokcheck.accounts.grant import Client, Grant
    from tokcheck.accounts.importing import found
    from tokcheck.accounts.name import checked_name
    from tokcheck.cli import source
    from tokcheck.cli.keeping import opened
    from tokcheck.errors import UsageError
    from tokcheck.providers import REGISTRY
    from tokcheck.secret import Secret

    if file == "-":
        text = source.bounded(sys.stdin.buffer.read(source.LONGEST + 1), "The input")
    else:
        text = source.from_file(file)
    read = found(text, REGISTRY, provider.value if provider else None)
    title = REGISTRY[read.provider].title
    name = checked_name(name or read.provider)
    terminal = file != "-" and sys.stdin.isatty()
    chosen = client_id or read.client_id or os.environ.get(ID_VARIABLE, "").strip()
    if not chosen and terminal:
        chosen = str(typer.prompt("Client id of the application", err=True)).strip()
    if not chosen:
        raise UsageError(
            "The file does not hold the id of the application that the tokens belong to.",
            f"Give it with --client-id, or in {ID_VARIABLE}.",
        )
    kept = read.client_secret
    if kept is None:
        raw = os.environ.get(SECRET_VARIABLE, "").strip()
        if not raw and terminal:
            from getpass import getpass

            # Not typer's prompt: that drops what is typed or pasted as soon as it asks.
            question = "Secret of the application (not shown; Enter if it has none): "
            raw = getpass(question, sys.stderr).strip()
        kept = Secret(raw) if raw else None
    grant = Grant(
        name=name,
        client=Client(read.provider, chosen, kept),
        access=read.access or Secret(""),
        refresh=read.refresh,
        expires_at=read.expires_at if read.access else None,
        refresh_expires_at=None,
        scopes=read.scopes,
        user_id=read.user_id,
        obtained_at=time.time(),
    )
    with opened(os.environ) as store:
        if not replace and any(known.name == name for known in store.grants()):
            raise UsageError(
                f"There is an account {name} already, and it was left as it is.",
                "Give another --name, or --replace to put this one in its place.",
            )
        store.put(grant)
    sys.stdout.write(f"{name}: taken in, an account of the {title}\n")
    if REGISTRY[read.provider].oauth.single_use:
        sys.stderr.write(
            "Each refresh token works once: let no other program refresh these tokens from now "
            "on, and delete the file.\n"
        )
