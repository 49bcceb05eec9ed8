"""``tokcheck accounts import``: store the tokens in another program's token file."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR, ProviderName

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
        typer.Option(help="Name the account (default: the provider's name).", metavar="NAME"),
    ] = None,
    provider: Annotated[
        ProviderName | None,
        typer.Option(help="The provider, if the file does not name it.", metavar=PROVIDER_METAVAR),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            help=f"The client id of the application, if the file lacks it (or set {_ID}).",
            metavar="ID",
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a stored account of that name.")
    ] = False,
) -> None:
    """Store the tokens of a token endpoint's response, or of another program's token file.

    tokcheck reads the files of python-fitbit, fitbit-grafana and google-auth. A client secret that
    the file lacks is read from TOKCHECK_CLIENT_SECRET or from a prompt.
    """
    import os
    import sys
    import time

    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.names import checked_name, is_same_grant
    from tokcheck.accounts.token_file_import import parse_token_file
    from tokcheck.cli.shared import paste_input
    from tokcheck.cli.shared.account_store import open_store
    from tokcheck.cli.shared.notes import print_notes, twin_note
    from tokcheck.core.errors import UsageError
    from tokcheck.core.secret import Secret
    from tokcheck.paste.encoding import LONGEST_PASTE, decode_paste
    from tokcheck.providers import REGISTRY

    if file == "-":
        text = decode_paste(sys.stdin.buffer.read(LONGEST_PASTE + 1), lambda: "The input")
    else:
        text = paste_input.from_file(file)
    file_tokens = parse_token_file(text, REGISTRY, provider.value if provider else None)
    name = checked_name(file_tokens.provider if name is None else name)
    grant = Grant(
        name=name,
        client=_choose_client(
            file_tokens, client_id, can_prompt=file != "-" and sys.stdin.isatty()
        ),
        access=file_tokens.access or Secret(""),
        refresh=file_tokens.refresh,
        expires_at=file_tokens.expires_at if file_tokens.access else None,
        refresh_expires_at=None,
        scopes=file_tokens.scopes,
        user_id=file_tokens.user_id,
        obtained_at=time.time(),
    )
    with open_store(os.environ) as store:
        others = store.grants()
        if not replace and any(other.name == name for other in others):
            raise UsageError(
                f"The account {name} exists already and was not changed.",
                "Pass another --name, or --replace to overwrite it.",
            )
        store.put(grant)
    owner = REGISTRY[file_tokens.provider]
    sys.stdout.write(f"{name}: imported, an account of the {owner.title}\n")
    sys.stdout.flush()
    twins = (o.name for o in others if o.name != name and is_same_grant(o, grant))
    print_notes(twin_note(owner, twin) for twin in twins)
    if owner.oauth.single_use:
        sys.stderr.write(
            "Each refresh token works once: let no other program refresh these tokens from now on, "
            "and delete the file.\n"
        )


def _choose_client(file_tokens: "TokenFile", option: str | None, *, can_prompt: bool) -> "Client":
    """Return the application of the tokens; ``option`` is the value of ``--client-id``."""
    import os
    import sys

    from tokcheck.accounts.grant import Client
    from tokcheck.accounts.login.application import checked_client_secret
    from tokcheck.accounts.oauth.client_id import check_client_id
    from tokcheck.core.errors import UsageError
    from tokcheck.providers import REGISTRY

    provider = REGISTRY[file_tokens.provider]

    def read_variable(name: str, what: str) -> tuple[str, str]:
        """Return the value and name of this command's variable, or else of login's."""
        names = (name, provider.oauth.variable(what))
        return next(((os.environ[n], n) for n in names if os.environ.get(n, "").strip()), ("", ""))

    text = (
        option
        if option is not None
        else file_tokens.client_id or read_variable(_ID, "CLIENT_ID")[0]
    )
    if not text and option is None and can_prompt:
        text = str(typer.prompt("Client id of the application", err=True))
    if not text and option is None:
        raise UsageError(
            "The file does not name the application that the tokens belong to, and a refresh "
            "needs its client id.",
            f"Pass --client-id ID, or set {_ID}.",
        )
    client_id = check_client_id(text, provider, REGISTRY)
    if file_tokens.client_secret is not None:
        return Client(provider.name, client_id, file_tokens.client_secret)
    raw, where = read_variable(_SECRET, "CLIENT_SECRET")
    if not raw and can_prompt:
        from getpass import getpass

        # Not typer's prompt: that drops what is typed or pasted as soon as it asks.
        question = "Secret of the application (not shown; Enter if it has none): "
        raw, where = getpass(question, sys.stderr).strip(), "the prompt"
    secret = checked_client_secret(raw.strip(), where) if raw else None
    return Client(provider.name, client_id, secret)
