"""The options of ``tokcheck revoke``."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.provider_name import (
    DECLARATIONS_HELP,
    DECLARATIONS_OPTION,
    PROVIDER_METAVAR,
)
from tokcheck.cli.shared.typer_help import HelpEpilog, PasteCommand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tokcheck.accounts.grant import Grant
    from tokcheck.core.credential import Credential
    from tokcheck.providers.base import Provider

_EXIT_CODES = (
    "Exit codes: 0 revoked, 1 not revoked, because it cannot be, was not confirmed or is invalid "
    "already, 2 wrong usage, 3 could not tell, 4 rate-limited now."
)

COMMAND = PasteCommand


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    from tokcheck.cli.manual.page import Note

    return HelpEpilog(
        ("pbpaste | tokcheck revoke - --yes", "tokcheck revoke --finding 21b24c20d680"),
        (Note(_EXIT_CODES),),
    )


def revoke(
    paste: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PASTE]...",
            help="An access token or refresh token, or any text that contains one. Without it, a "
            "terminal prompts; - reads standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    finding: Annotated[
        str | None,
        typer.Option(
            help="Revoke this finding of `tokcheck scan`, which is looked up in the current "
            "folder and its history.",
            metavar="FINGERPRINT",
        ),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(
            help="The provider, if the token does not show it: see `tokcheck providers list`.",
            metavar=PROVIDER_METAVAR,
        ),
    ] = None,
    providers: Annotated[
        list[str] | None, typer.Option(DECLARATIONS_OPTION, help=DECLARATIONS_HELP, metavar="PATH")
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option(
            help="The client id of the application, if the token does not name it (or set "
            "TOKCHECK_FITBIT_CLIENT_ID). A secret is read from TOKCHECK_FITBIT_CLIENT_SECRET.",
            metavar="ID",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not prompt for confirmation.")] = False,
) -> int:
    """Revoke a leaked token at its provider, with all access that its grant gives.

    The provider ends the whole grant: every token that the application has from the same consent.
    """
    from tokcheck.accounts.oauth.client_id import check_client_id
    from tokcheck.accounts.revocation import revoke_leaked
    from tokcheck.cli.commands.revoke.leaked_token import describe_leak
    from tokcheck.cli.shared.account_store import open_network
    from tokcheck.core.errors import ExitCode
    from tokcheck.declarations.known_providers import find_provider, providers_in_use
    from tokcheck.declarations.own_tables import own_tables

    known = providers_in_use(providers, os.environ)
    wanted = None if provider is None else find_provider(provider, known)
    _check_input(paste or [], finding)
    tables = own_tables(providers, os.environ)
    credential, owner = _read_credential(paste or [], finding, wanted, known, tables)
    if not yes:
        _check_terminal()
    checked_id = None if client_id is None else check_client_id(client_id, owner, known)
    leak = describe_leak(credential, owner, _stored_grants(), checked_id, os.environ)
    sys.stderr.write(f"{leak.words[:1].upper()}{leak.words[1:]}.\n{leak.consequences}\n")
    if leak.doubt:
        sys.stderr.write(f"{leak.doubt}\n")
    if not yes and not typer.confirm("Revoke it?", err=True):
        sys.stderr.write("Nothing was changed.\n")
        return ExitCode.NOT_USABLE
    with open_network(os.environ) as net:
        ended = revoke_leaked(owner, leak.client, credential.secret, net.send, os.environ)
    if leak.doubt and not (ended and leak.is_proven):
        # An endpoint of RFC 7009 answers an unknown token as one that it revoked.
        sys.stderr.write(
            f"The {owner.title} {'accepted' if ended else 'rejects'} it, which does not show that "
            "anything was revoked: if it is only a part of a token, the whole token still works. "
            "Copy the whole token, and revoke that.\n"
        )
        return ExitCode.NOT_USABLE
    if not ended:
        sys.stderr.write(
            f"The {owner.title} rejects this token as invalid: it has expired or was revoked "
            "before. Nothing was revoked now. If its refresh token may have leaked as well, revoke "
            "that.\n"
        )
        return ExitCode.NOT_USABLE
    sys.stdout.write(f"revoked: {leak.words}\n")
    return ExitCode.USABLE


def _check_input(words: list[str], finding: str | None) -> None:
    """Check that there is one thing to revoke."""
    from tokcheck.cli.shared import paste_input
    from tokcheck.core.errors import UsageError

    if words and finding is not None:
        raise UsageError("--finding cannot be combined with a paste.", "Pass only one of them.")
    paste_input.note_history(words, "`tokcheck revoke - --yes` reads it from a pipe", sys.stderr)


def _check_terminal() -> None:
    """Check that there is a terminal to confirm on."""
    from tokcheck.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "A revoked grant cannot be restored, and there is no terminal to confirm on.",
            "To confirm, pass --yes.",
        )


def _read_credential(
    words: list[str],
    finding: str | None,
    wanted: str | None,
    known: "Mapping[str, Provider]",
    tables: "Mapping[str, Mapping[str, Any]]",
) -> "tuple[Credential, Provider]":
    """Return the credential of the paste or of the finding, and its provider.

    ``tables`` are the user's own declarations.
    """
    from tokcheck.cli.commands.revoke.finding_search import check_fingerprint, find_credential
    from tokcheck.cli.commands.revoke.leaked_token import check_credential
    from tokcheck.cli.shared import paste_input
    from tokcheck.core.credential import Kind
    from tokcheck.core.errors import UsageError
    from tokcheck.providers.base import finder_for

    if finding is not None:
        folder = os.getcwd()  # noqa: PTH109 - a text
        found = find_credential(
            check_fingerprint(finding), folder, finder_for(known), [*tables.values()], wanted
        )
        found = found._replace(provider=found.provider or wanted)
        return check_credential(found, 1, known)
    if words == ["-"] and sys.stdin.isatty():
        words = []  # the confirmation is read after the paste, so that none may end the input
    text = paste_input.from_words(words, sys.stdin, sys.stderr)
    paste = finder_for(known).find(text, wanted)
    credential = paste.credential
    if credential is not None and credential.provider is None and not credential.service:
        credential = credential._replace(provider=wanted)
        owner = known.get(wanted or "")
        if owner is not None and owner.is_declared and owner.may_own(credential):
            # Most declared tokens have no form of their own, and a check sends them as well.
            credential = credential._replace(kind=Kind.ACCESS_TOKEN)
    if credential is None:
        sentences = paste_input.describe_path(words, "tokcheck revoke - --yes < {}")
        if sentences is not None:
            raise UsageError(*sentences)
    return check_credential(credential, len(paste.candidates), known)


def _stored_grants() -> "list[Grant]":
    """Return the stored grants; none without a store, and none that cannot be read."""
    from tokcheck.accounts.errors import explain_errors
    from tokcheck.accounts.store.environment import open_store
    from tokcheck.core.errors import TokcheckError
    from tokcheck.storage.data_folder import ACCOUNTS_FILE, data_folder

    try:
        if not os.environ.get("TOKCHECK_DATABASE"):
            file = data_folder(os.environ) / ACCOUNTS_FILE
            with explain_errors(file):
                try:
                    file.stat()
                except (FileNotFoundError, NotADirectoryError):
                    return []
        with open_store(os.environ) as store:
            return list(store.grants())
    except TokcheckError as error:
        sys.stderr.write(f"note: the stored accounts were not read: {error.message}\n")
        return []
