"""``tokcheck accounts import``: take in the token file of another program."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.commands.validate import ProviderName

if TYPE_CHECKING:
    from tokcheck.accounts.grant import Client
    from tokcheck.accounts.token_file_import import TokenFile

_SECRET = "TOKCHECK_CLIENT_SECRET"  # noqa: S105 - a variable's name
_ID = "TOKCHECK_CLIENT_ID"


def import_account(
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
            help=f"The application's id, where the file lacks it; else {_ID}.",
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

    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.names import checked_name, same_consent
    from tokcheck.accounts.token_file_import import parse_token_file
    from tokcheck.cli.commands.login.summary import print_notes, twin_note
    from tokcheck.cli.shared import paste_input
    from tokcheck.cli.shared.account_store import opened
    from tokcheck.core.errors import UsageError
    from tokcheck.core.secret import Secret
    from tokcheck.providers import REGISTRY

    if file == "-":
        text = paste_input.bounded(sys.stdin.buffer.read(paste_input.LONGEST + 1), "The input")
    else:
        text = paste_input.from_file(file)
    read = parse_token_file(text, REGISTRY, provider.value if provider else None)
    name = checked_name(read.provider if name is None else name)
    grant = Grant(
        name=name,
        client=_choose_client(read, client_id, ask=file != "-" and sys.stdin.isatty()),
        access=read.access or Secret(""),
        refresh=read.refresh,
        expires_at=read.expires_at if read.access else None,
        refresh_expires_at=None,
        scopes=read.scopes,
        user_id=read.user_id,
        obtained_at=time.time(),
    )
    with opened(os.environ) as store:
        others = store.grants()
        if not replace and any(other.name == name for other in others):
            raise UsageError(
                f"There is an account {name} already, and it was left as it is.",
                "Give another --name, or --replace to put this one in its place.",
            )
        store.put(grant)
    owner = REGISTRY[read.provider]
    sys.stdout.write(f"{name}: taken in, an account of the {owner.title}\n")
    sys.stdout.flush()
    twins = (o.name for o in others if o.name != name and same_consent(o, grant))
    print_notes(twin_note(owner, twin) for twin in twins)
    if owner.oauth.single_use:
        sys.stderr.write(
            "Each refresh token works once: let no other program refresh these tokens from now "
            "on, and delete the file.\n"
        )


def _choose_client(read: "TokenFile", given: str | None, *, ask: bool) -> "Client":
    """Return the application that tokens belong to; ``ask`` tells whether there is a terminal."""
    import os
    import sys

    from tokcheck.accounts.grant import Client
    from tokcheck.accounts.login.application import checked_client_secret
    from tokcheck.accounts.oauth.client_id import checked_client_id
    from tokcheck.core.errors import UsageError
    from tokcheck.providers import REGISTRY

    provider = REGISTRY[read.provider]

    def of_variable(name: str, what: str) -> tuple[str, str]:
        """Return a variable's text and its name: the one of this command, or else of login."""
        names = (name, provider.oauth.variable(what))
        return next(((os.environ[n], n) for n in names if os.environ.get(n, "").strip()), ("", ""))

    text = given if given is not None else read.client_id or of_variable(_ID, "CLIENT_ID")[0]
    if not text and given is None and ask:
        text = str(typer.prompt("Client id of the application", err=True))
    if not text and given is None:
        raise UsageError(
            "The file does not hold the id of the application that the tokens belong to.",
            f"Give it with --client-id, or in {_ID}.",
        )
    client_id = checked_client_id(text, provider, REGISTRY)
    if read.client_secret is not None:
        return Client(provider.name, client_id, read.client_secret)
    raw, where = of_variable(_SECRET, "CLIENT_SECRET")
    if not raw and ask:
        from getpass import getpass

        # Not typer's prompt: that drops what is typed or pasted as soon as it asks.
        question = "Secret of the application (not shown; Enter if it has none): "
        raw, where = getpass(question, sys.stderr).strip(), "the answer"
    secret = checked_client_secret(raw.strip(), where) if raw else None
    return Client(provider.name, client_id, secret)
