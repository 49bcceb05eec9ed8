"""``tokcheck accounts export``: write the token file of another program, secrets included."""

from enum import StrEnum
from typing import Annotated

import typer


class TokenFileFormat(StrEnum):
    """The values of ``--format``; a test keeps them equal to those of token_files/export.py."""

    TOKEN_RESPONSE = "token-response"  # noqa: S105 - a format's name
    PYTHON_FITBIT = "python-fitbit"
    FITBIT_GRAFANA = "fitbit-grafana"
    GOOGLE_AUTH = "google-auth"


_FORMATS = f"{', '.join([*TokenFileFormat][:-1])} or {[*TokenFileFormat][-1]}"


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The stored account.")],
    *,
    file_format: Annotated[
        TokenFileFormat,
        typer.Option(
            "--format",
            help=f"The format of the file: {_FORMATS}.",
            metavar="FORMAT",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(help="Write to this new file, with mode 0600; - prints.", metavar="PATH"),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite an existing file.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Print the tokens even on a terminal.")
    ] = False,
) -> None:
    """Write an account's tokens as the token file of another program. The output is secret."""
    import os
    import sys
    import time
    from pathlib import Path

    from tokcheck.accounts.errors import explain_errors
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.accounts.token_files.export import (
        checked_output_path,
        is_in_repository,
        token_file_text,
    )
    from tokcheck.core.errors import UsageError
    from tokcheck.declarations.on_demand import ProvidersOnDemand
    from tokcheck.storage.atomic_write import replace_file, write_all
    from tokcheck.storage.output_target import descriptor_of
    from tokcheck.storage.shell_words import quote
    from tokcheck.transport.endpoints import token_endpoint

    file = None
    descriptor = descriptor_of(output or "")
    if descriptor is not None:
        shows = os.isatty(descriptor)
    elif output is None or output == "-":
        shows = sys.stdout.isatty()
    else:
        file = checked_output_path(Path(output), replace=replace)
        shows = False
    if shows and not yes:
        raise UsageError(
            "This would print secrets on the terminal.",
            "Write them to a file with --output FILE, or pass --yes to print them.",
        )
    with open_store(os.environ) as store:
        account = store.account(name)
        if account.intent is not None:
            raise UsageError(
                f"A refresh of the account {name} is not finished, so its refresh token may no "
                "longer work.",
                f"Finish it first: tokcheck accounts refresh {quote(name)}",
            )
    provider = ProvidersOnDemand(os.environ).get(account.grant.client.provider)
    endpoint = None if provider is None else token_endpoint(provider, os.environ)
    text = token_file_text(account.grant, file_format.value, time.time(), endpoint)
    if descriptor is not None:
        with explain_errors(Path(output or "")):
            write_all(descriptor, text.encode())
    elif file is None:
        sys.stdout.write(text)
    else:
        with explain_errors(file):
            replace_file(file, text.encode())
        if is_in_repository(file):
            sys.stderr.write(
                f"note: {file} is in a git repository: make sure that it is never committed.\n"
            )
    if provider is None or provider.oauth.single_use:
        sys.stderr.write(
            "note: a refresh of the exported tokens by another program breaks the stored account.\n"
        )
