"""``tokcheck accounts rekey``: encrypt stored secrets with another key, or no longer."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokcheck.accounts.store.vaults.encryption_key import KeySource


def rekey(
    *,
    key_file: Annotated[
        str | None,
        typer.Option(
            "--new-key-file",
            metavar="PATH",
            help="Read the new key from a file.",
            show_default=False,
        ),
    ] = None,
    key_variable: Annotated[
        str | None,
        typer.Option(
            "--new-key-variable",
            metavar="NAME",
            help="Read the new key from an environment variable.",
            show_default=False,
        ),
    ] = None,
    key_command: Annotated[
        str | None,
        typer.Option(
            "--new-key-command",
            metavar="COMMAND",
            help="Read the new key from the output of a command.",
            show_default=False,
        ),
    ] = None,
    unencrypted: Annotated[
        bool,
        typer.Option("--unencrypted", help="Store the secrets without encryption from now on."),
    ] = False,
) -> int:
    """Encrypt the stored tokens and client secrets with another key, all in one transaction.

    The present key is the one that TOKCHECK_ENCRYPTION_KEY_FILE, TOKCHECK_ENCRYPTION_KEY or
    TOKCHECK_ENCRYPTION_KEY_COMMAND names; none of them is set if nothing is encrypted yet. A key is
    32 random bytes in Base64: openssl rand -base64 32

    Programs that have the accounts open, such as tokcheck serve, need the new key and a restart.
    """
    import os
    import sys

    from tokcheck.accounts.store.environment import open_store
    from tokcheck.accounts.store.vaults.encryption import SecretEncryption
    from tokcheck.accounts.store.vaults.encryption_key import read_key
    from tokcheck.core.errors import ExitCode

    source = _source(key_file, key_variable, key_command, unencrypted=unencrypted)
    new = None if source is None else SecretEncryption(read_key(source, os.environ))
    with open_store(os.environ) as store:
        count = store.rekey(new)
        place = store.place
    if new is None:
        sys.stdout.write(f"decrypted {count} secrets in {place}\n")
        sys.stderr.write("From now on, unset the variable of the key for every command.\n")
    else:
        sys.stdout.write(f"encrypted {count} secrets in {place} with the key {new.key_id}\n")
        sys.stderr.write(
            "From now on, every command needs this key. Without it, the accounts are lost: keep a "
            "copy of it, and not beside a backup of the accounts.\n"
        )
    return ExitCode.USABLE


def _source(
    key_file: str | None, key_variable: str | None, key_command: str | None, *, unencrypted: bool
) -> "KeySource | None":
    """Return where the new key is; ``None`` for no encryption."""
    import os

    from tokcheck.accounts.store.vaults.encryption_key import (
        KEY,
        KEY_COMMAND,
        KEY_FILE,
        KeySource,
    )
    from tokcheck.core.errors import UsageError
    from tokcheck.paste.variable import read_variable

    given = [
        KeySource(kind, text)
        for kind, text in (
            (KEY_FILE, key_file),
            (KEY, key_variable),
            (KEY_COMMAND, key_command),
        )
        if text is not None
    ]
    if len(given) + unencrypted != 1:
        raise UsageError(
            "Exactly one source of the new key is needed, or none for decrypting.",
            "To encrypt: `tokcheck accounts rekey --new-key-file PATH`. "
            "To decrypt: tokcheck accounts rekey --unencrypted",
        )
    if not given:
        return None
    source = given[0]
    if source.kind == KEY:
        source = source._replace(text=read_variable(source.text, os.environ))
    return source
