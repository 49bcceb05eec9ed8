"""``tokcheck accounts export``: write the token file of another program, secrets included."""

from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """The forms, for ``--format``; a test holds them to be those of accounts/exporting.py."""

    TOKEN_RESPONSE = "token-response"  # noqa: S105 - a form's name
    PYTHON_FITBIT = "python-fitbit"
    FITBIT_GRAFANA = "fitbit-grafana"
    GOOGLE_AUTH = "google-auth"


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account.")],
    *,
    form: Annotated[Form, typer.Option("--format", help="Whose file it is to be.")],
    output: Annotated[
        str | None, typer.Option(help="Write to this file, for you alone.", metavar="FILE")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Print secrets on a terminal, too.")] = False,
) -> None:
    """Print an account's tokens as another program's token file. They are secrets.

    Example: tokcheck accounts export alex --format fitbit-grafana --output tokens.json
    """
    import os
    import sys
    import time
    from pathlib import Path

    from tokcheck.accounts.exporting import exported
    from tokcheck.accounts.fault import busy
    from tokcheck.accounts.private import replaced
    from tokcheck.cli.keeping import opened
    from tokcheck.errors import UsageError
    from tokcheck.providers import REGISTRY

    if output is None and sys.stdout.isatty() and not yes:
        raise UsageError(
            "This would print secrets on the terminal.",
            "Write them to a file with --output FILE, or give --yes if it is meant.",
        )
    with opened(os.environ) as store:
        standing = store.standing(name)
        if standing.intent is not None:
            raise busy(store.path)
    text = exported(standing.grant, form.value, time.time())
    if output is None:
        sys.stdout.write(text)
    else:
        replaced(Path(output), text.encode())
    provider = REGISTRY.get(standing.grant.client.provider)
    if provider is None or provider.oauth.single_use:
        sys.stderr.write(
            "note: whoever refreshes the exported tokens ends the copy that is kept here.\n"
        )
