"""``tokcheck accounts export``: write the token file of another program, secrets included."""

from enum import StrEnum
from typing import Annotated

import typer


class TokenFileFormat(StrEnum):
    """The forms, for ``--format``; a test holds them to be those of accounts/exporting.py."""

    TOKEN_RESPONSE = "token-response"  # noqa: S105 - a form's name
    PYTHON_FITBIT = "python-fitbit"
    FITBIT_GRAFANA = "fitbit-grafana"
    GOOGLE_AUTH = "google-auth"


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account.")],
    *,
    form: Annotated[TokenFileFormat, typer.Option("--format", help="Whose file it is to be.")],
    output: Annotated[
        str | None,
        typer.Option(help="Write to this new file, for you alone; - prints.", metavar="FILE"),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a file that is there.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Print secrets on a terminal, too.")] = False,
) -> None:
    """Print an account's tokens as another program's token file. They are secrets.

    Example: tokcheck accounts export alex --format fitbit-grafana --output tokens.json
    """
    import os
    import sys
    import time
    from pathlib import Path
    from shlex import quote

    from tokcheck.accounts.errors import explained
    from tokcheck.accounts.token_file_export import (
        checked_output_path,
        is_in_repository,
        token_file_text,
    )
    from tokcheck.cli.shared.account_store import opened
    from tokcheck.core.errors import UsageError
    from tokcheck.providers import REGISTRY
    from tokcheck.storage.atomic_write import replace_file

    file = None
    if output is not None and output != "-":
        file = checked_output_path(Path(output), replace=replace)
    elif sys.stdout.isatty() and not yes:
        raise UsageError(
            "This would print secrets on the terminal.",
            "Write them to a file with --output FILE, or give --yes if it is meant.",
        )
    with opened(os.environ) as store:
        standing = store.standing(name)
        if standing.intent is not None:
            raise UsageError(
                f"A refresh of {name} is not finished, so its refresh token may be used up.",
                f"Finish it first: tokcheck accounts refresh {quote(name)}",
            )
    text = token_file_text(standing.grant, form.value, time.time())
    if file is None:
        sys.stdout.write(text)
    else:
        with explained(file):
            replace_file(file, text.encode())
        if is_in_repository(file):
            sys.stderr.write(
                f"note: {file} lies in a git repository: see that it is never committed.\n"
            )
    provider = REGISTRY.get(standing.grant.client.provider)
    if provider is None or provider.oauth.single_use:
        sys.stderr.write(
            "note: whoever refreshes the exported tokens ends the copy that is kept here.\n"
        )
