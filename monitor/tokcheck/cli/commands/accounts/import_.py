"""``tokcheck accounts import``: store the tokens in another program's token file."""

from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.provider_name import PROVIDER_METAVAR, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokcheck.accounts.grant import Client
    from tokcheck.accounts.token_files.token_file import TokenFile
    from tokcheck.providers.base import Provider

_ID = "TOKCHECK_CLIENT_ID"


def import_account(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="The token file, and others that describe its application; - reads standard "
            "input.",
        ),
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option(help="Name the account (default: the provider's name).", metavar="NAME"),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            help=f"The provider, if the file does not name it: {PROVIDERS}, or a declared one with "
            "OAuth endpoints, such as strava.",
            metavar=PROVIDER_METAVAR,
        ),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            help=f"The client id of the application, if the file lacks it (or set {_ID}).",
            metavar="ID",
        ),
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option(help="Take this one of several grants in the file.", metavar="NAME"),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a stored account of that name.")
    ] = False,
) -> None:
    """Store the tokens of a token endpoint's response, or of another program's token file.

    tokcheck reads JSON, YAML, TOML, settings, variables of a shell and what programs print: for
    example, the files of python-fitbit, fitbit-grafana, google-auth, rclone and Home Assistant. A
    client secret that the file lacks is read from TOKCHECK_CLIENT_SECRET or from a prompt.
    """
    import os
    import sys
    import time

    from tokcheck.accounts.explanation import explain_message
    from tokcheck.accounts.grant import Grant
    from tokcheck.accounts.names import checked_name, is_same_grant
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.accounts.token_files.token_file import parse_token_file
    from tokcheck.cli.shared.notes import expired_grant_note, print_notes, twin_note
    from tokcheck.cli.shared.system.wildcards import expand_wildcards
    from tokcheck.core.errors import UsageError
    from tokcheck.core.secret import Secret
    from tokcheck.declarations.on_demand import ProvidersOnDemand, login_provider

    files = expand_wildcards(files)
    providers = ProvidersOnDemand(os.environ)
    wanted = provider and login_provider(provider, providers, os.environ).name
    text, *more = [_read(file) for file in files]
    providers.load_for(f"{files[0]}\n{text}")
    file_tokens = parse_token_file(
        text,
        providers,
        wanted,
        entry=entry,
        others=more,
        name="The input" if files[0] == "-" else files[0],
        written_at=_written_at(files[0]),
        explain=explain_message,
    )
    notes = list(file_tokens.notes)
    name = checked_name(file_tokens.provider if name is None else name)
    grant = Grant(
        name=name,
        client=_choose_client(
            file_tokens,
            providers,
            client_id,
            notes,
            can_prompt="-" not in files and sys.stdin.isatty(),
        ),
        access=file_tokens.access or Secret(""),
        refresh=file_tokens.refresh,
        expires_at=file_tokens.expires_at if file_tokens.access else None,
        refresh_expires_at=file_tokens.refresh_expires_at,
        scopes=file_tokens.scopes,
        user_id=file_tokens.user_id,
        obtained_at=file_tokens.saved_at or time.time(),
    )
    with open_store(os.environ) as store:
        others = store.grants()
        if not replace and any(other.name == name for other in others):
            raise UsageError(
                f"The account {name} exists already and was not changed.",
                "Pass another --name, or --replace to overwrite it.",
            )
        store.put(grant)
    owner = providers[file_tokens.provider]
    sys.stdout.write(f"{name}: imported, an account of the {owner.title}\n")
    sys.stdout.flush()
    twins = (o.name for o in others if o.name != name and is_same_grant(o, grant))
    print_notes((*notes, *(twin_note(owner, twin) for twin in twins)))
    expired = expired_grant_note(owner, name, grant.refresh_expires_at, time.time())
    print_notes(filter(None, (expired,)))
    if grant.is_lasting:
        sys.stderr.write(
            "The file has no expiry and no refresh token: the token is used until it is refused. "
            "Then log in again.\n"
        )
    elif owner.oauth.single_use:
        sys.stderr.write(
            "Each refresh token works once: let no other program refresh these tokens from now on, "
            "and delete the file.\n"
        )


def _read(file: str) -> str:
    """Return the text of a file, or of standard input."""
    import sys

    from tokcheck.cli.shared import paste_input

    if file != "-":
        return paste_input.from_file(file)
    return paste_input.from_words(["-"], sys.stdin, sys.stderr)


def _written_at(file: str) -> float:
    """Return when a file was written, in Unix seconds; for standard input, the present moment."""
    import time
    from pathlib import Path

    try:
        return time.time() if file == "-" else Path(file).stat().st_mtime
    except (OSError, ValueError):
        return time.time()


def _choose_client(
    file_tokens: "TokenFile",
    providers: "Mapping[str, Provider]",
    option: str | None,
    notes: list[str],
    *,
    can_prompt: bool,
) -> "Client":
    """Return the application of the tokens; ``option`` is the value of ``--client-id``.

    Characters that were removed from a secret are added to ``notes``.
    """
    import os
    import sys

    from tokcheck.accounts.grant import Client
    from tokcheck.accounts.oauth.client_secret import check_client_secret, clean_client_secret
    from tokcheck.accounts.oauth.secret_sources import IMPORTED_SECRET, secret_variable

    provider = providers[file_tokens.provider]
    named = option or file_tokens.client_id or _read_variable(_ID)[0]
    if file_tokens.refresh is None and not named:  # nothing of it needs the application
        return Client(provider.name, "", None)
    client_id = _choose_client_id(file_tokens, providers, option, notes, can_prompt=can_prompt)
    if file_tokens.client_secret is not None:
        check_client_secret(file_tokens.client_secret, "the file", provider, providers)
        return Client(provider.name, client_id, file_tokens.client_secret)
    where = secret_variable(client_id, provider, os.environ, ((_ID, IMPORTED_SECRET),)) or ""
    raw = os.environ.get(where, "")
    if not raw and can_prompt:
        from getpass import getpass

        # Not typer's prompt: it drops input that was typed or pasted before it appears.
        question = "Secret of the application (not shown; Enter if it has none): "
        raw, where = getpass(question, sys.stderr), "the prompt"
    if not raw.strip():
        return Client(provider.name, client_id, None)
    cleaned = clean_client_secret(raw, where)
    check_client_secret(cleaned.secret, where, provider, providers)
    if cleaned.note:
        notes.append(cleaned.note)
    return Client(provider.name, client_id, cleaned.secret)


def _choose_client_id(
    file_tokens: "TokenFile",
    providers: "Mapping[str, Provider]",
    option: str | None,
    notes: list[str],
    *,
    can_prompt: bool,
) -> str:
    """Return the client id: from the option, the file, a variable or a prompt."""
    from tokcheck.accounts.oauth.client_id import check_client_id
    from tokcheck.accounts.oauth.client_secret import clean_text
    from tokcheck.accounts.token_files.token_checks import check_application
    from tokcheck.core.errors import UsageError

    provider = providers[file_tokens.provider]
    text, source = option, "--client-id"
    if text is None:
        text, source = file_tokens.client_id, "The file"
    if text is None:
        text, source = _read_variable(_ID, provider.oauth.variable("CLIENT_ID"))
        if not text and can_prompt:
            text, source = str(typer.prompt("Client id of the application", err=True)), "the prompt"
        if not text and file_tokens.has_damaged_client_id:
            raise UsageError(
                "The file names the application, but its client id is incomplete, damaged or a "
                "placeholder.",
                f"Correct it in the file, pass --client-id ID, or set {_ID}.",
            )
        if not text:
            raise UsageError(
                "The file does not name the application that the tokens belong to, and a refresh "
                "needs its client id.",
                f"Pass --client-id ID, or set {_ID}.",
            )
    place = "in the file" if source == "The file" else f"from {source}"
    client_id = check_client_id(text, provider, providers, source=place)
    note = clean_text(text).note(f"The client id from {source}")
    if note and source != "The file":
        notes.append(note)
    check_application(client_id, source, file_tokens.issued_to)
    _check_variables(client_id, provider, option, notes)
    if file_tokens.client_id not in (None, client_id):
        raise UsageError(
            f"The file names the application {file_tokens.client_id}, but --client-id names "
            f"{client_id}.",
            "Leave out --client-id, or correct the file.",
        )
    return client_id


def _check_variables(
    client_id: str, provider: "Provider", option: str | None, notes: list[str]
) -> None:
    """Compare the client ids in variables with the account's.

    :raises UsageError: if that of this command is another one and no option replaces it.
    """
    from tokcheck.accounts.oauth.client_secret import clean_text
    from tokcheck.core.errors import UsageError
    from tokcheck.core.redact import plain

    own, source = _read_variable(_ID)
    named = clean_text(own).text
    if option is None and named and named != client_id:
        raise UsageError(
            f"{source} names the application {plain(named, longest=100)}, but the tokens belong to "
            f"{client_id}.",
            f"Unset {source}, or correct it.",
        )
    text, source = _read_variable(provider.oauth.variable("CLIENT_ID"))
    named = clean_text(text).text
    if not own and named and named != client_id:
        notes.append(
            f"{source} names another application than {client_id}, so neither it nor the secret "
            "beside it was used."
        )


def _read_variable(*names: str) -> tuple[str, str]:
    """Return the value and the name of the first variable that is set."""
    import os

    return next(((os.environ[n], n) for n in names if os.environ.get(n, "").strip()), ("", ""))
