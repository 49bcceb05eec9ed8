"""``tokcheck completion``: print the completion script of a shell, or the values it completes."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.typer_help import HelpEpilog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokcheck.cli.manual.page import HelpPage
    from tokcheck.cli.manual.shell_scripts import CompletionValues


_SHELLS = ("bash", "zsh", "fish")
# The word with which the scripts request the names of the stored accounts; it is not a shell.
_ACCOUNTS = "accounts"


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    return HelpEpilog(
        (
            'eval "$(tokcheck completion bash)"',
            'eval "$(tokcheck completion zsh)"  # after compinit',
            "tokcheck completion fish > ~/.config/fish/completions/tokcheck.fish",
        )
    )


def completion(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="One of bash, zsh and fish.")],
) -> None:
    """Print a script that completes commands, options, and the values that tokcheck knows.

    These are the providers, scopes, formats, faults of the sandbox, and the names of the stored
    accounts, which are read when they are completed. No token is read.
    """
    if shell == _ACCOUNTS:
        _print_accounts()
        return
    if shell not in _SHELLS:
        from tokcheck.core.errors import UsageError
        from tokcheck.core.humanize import nearest_names, suggestion
        from tokcheck.core.redact import redact

        raise UsageError(
            f"{redact(shell)!r} is not one of {', '.join(_SHELLS)}."
            f"{suggestion(nearest_names(shell, _SHELLS))}",
            "See tokcheck completion --help.",
        )
    from tokcheck.cli.manual.shell_scripts import render_script

    pages: Callable[[], Sequence[HelpPage]] = ctx.obj
    sys.stdout.write(render_script(shell, pages(), completion_values()))


def completion_values() -> "CompletionValues":
    """Return the values that a script contains: those that come with tokcheck."""
    from tokcheck.cli.manual.shell_scripts import CompletionValues
    from tokcheck.declarations.known_providers import providers_in_use
    from tokcheck.sandbox.faults.catalogue import FAULT_NAMES

    providers = providers_in_use(None, {})
    return CompletionValues(
        scopes={
            name: tuple(one.endpoints.scopes)
            for name, one in providers.items()
            if one.endpoints is not None
        },
        providers=tuple(providers),
        logins=tuple(name for name, one in providers.items() if one.endpoints is not None),
        revocable=tuple(name for name, one in providers.items() if one.revocable),
        declared=tuple(name for name, one in providers.items() if one.is_declared),
        faults=tuple(FAULT_NAMES),
    )


def _print_accounts() -> None:
    """Print the names of the stored accounts; none if the store cannot be read at once."""
    import os

    from tokcheck.accounts.store.fast_read import read_names
    from tokcheck.core.escape import printable
    from tokcheck.storage.data_folder import data_folder_text

    if os.environ.get("TOKCHECK_DATABASE"):
        names = _names_in_database()
    else:
        names = read_names(data_folder_text(os.environ))
    for name in names:
        if name == printable(name):
            sys.stdout.write(f"{name}\n")


def _names_in_database() -> list[str]:
    """Return the names of the accounts in the database; none if it cannot be read."""
    import os
    from contextlib import suppress

    from tokcheck.accounts.store.environment import open_store
    from tokcheck.core.errors import TokcheckError

    with suppress(TokcheckError), open_store(os.environ) as store:
        return [grant.name for grant in store.grants()]
    return []
