"""``tokcheck accounts export``: write the token file of another program, secrets included."""

from enum import StrEnum
from typing import Annotated

import typer


class TokenFileFormat(StrEnum):
    """The values of ``--format``; a test keeps them equal to those of token_file_export.py."""

    TOKEN_RESPONSE = "token-response"  # noqa: S105 - a format's name
    PYTHON_FITBIT = "python-fitbit"
    FITBIT_GRAFANA = "fitbit-grafana"
    GOOGLE_AUTH = "google-auth"


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account.")],
    *,
    file_format: Annotated[
        TokenFileFormat, typer.Option("--format", help="The program that reads the file.")
    ],
    output: Annotated[
        str | None,
        typer.Option(help="Write to this new file, of mode 0600; - prints.", metavar="FILE"),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite a file that exists.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Print secrets even on a terminal.")] = False,
) -> None:
    """Print an account's tokens as another program's token file. The output is secret.

    Example: tokcheck accounts export alex --format fitbit-grafana --output tokens.json
    """
    import os
    import sys
    import time
    from pathlib import Path
    from shlex import quote

    from tokcheck.accounts.errors import explain_errors
    from tokcheck.accounts.token_file_export import (
        checked_output_path,
        is_in_repository,
        token_file_text,
    )
    from tokcheck.cli.shared.account_store import open_store
    from tokcheck.core.errors import UsageError
    from tokcheck.providers import REGISTRY
    from tokcheck.storage.atomic_write import replace_file

    file = None
    if output is not None and output != "-":
        file = checked_output_path(Path(output), replace=replace)
    elif sys.stdout.isatty() and not yes:
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
    text = token_file_text(account.grant, file_format.value, time.time())
    if file is None:
        sys.stdout.write(text)
    else:
        with explain_errors(file):
            replace_file(file, text.encode())
        if is_in_repository(file):
            sys.stderr.write(
                f"note: {file} is in a git repository: make sure that it is never committed.\n"
            )
    provider = REGISTRY.get(account.grant.client.provider)
    if provider is None or provider.oauth.single_use:
        sys.stderr.write(
            "note: a refresh of the exported tokens by another program breaks the stored account.\n"
        )
