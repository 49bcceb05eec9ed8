"""The options that name accounts, which ``serve`` and ``watch`` share."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact

if TYPE_CHECKING:
    from tokcheck.exporter.service import ExporterSettings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read the accounts from this TOML file.",
        show_default=False,
    ),
]
TokensDir = Annotated[
    Path | None,
    typer.Option(
        "--tokens-dir",
        metavar="DIR",
        help="Watch every file in this folder as an account; a file contains one token.",
        show_default=False,
    ),
]
Accounts = Annotated[
    bool,
    typer.Option("--accounts", help="Watch and refresh all stored accounts (see tokcheck login)."),
]
TokenEnv = Annotated[
    list[str] | None,
    typer.Option(
        "--token-env",
        metavar="NAME=VAR",
        help="Watch the token in the variable VAR as the account NAME (repeatable).",
        show_default=False,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N", help="Watch only the I-th of N parts of the accounts.",
        show_default=False,
    ),
]  # fmt: skip


def exporter_settings(
    config: Path | None,
    tokens_dir: Path | None,
    token_env: list[str] | None,
    shard: str | None,
    *,
    accounts: bool,
) -> "ExporterSettings":
    """Return what to watch, from the options and the environment.

    :raises UsageError: if they cannot be used.
    """
    from tokcheck.cli.shared.data_folder import data_folder
    from tokcheck.exporter.service import ExporterSettings
    from tokcheck.exporter.sources import selection as shards
    from tokcheck.exporter.sources.registry import Selection
    from tokcheck.providers import REGISTRY
    from tokcheck.transport.endpoints import resolve_endpoints

    home = data_folder(os.environ)
    return ExporterSettings(
        Selection(config, tokens_dir, _parse_token_env(token_env or []), home, accounts),
        REGISTRY,
        resolve_endpoints(REGISTRY, os.environ),
        home / "exporter.sqlite3",
        shards.parse_shard(shard) if shard else None,
    )


def _parse_token_env(words: list[str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for word in words:
        name, equals, variable = word.partition("=")
        if not (name and equals and variable):
            raise UsageError(
                f"--token-env {redact(word)} names no variable.",
                "Write NAME=VAR: the account's name, and the variable that contains its token.",
            )
        if name in variables:
            raise UsageError(
                f"--token-env names the account {redact(name)} twice.",
                "Give each account a name of its own.",
            )
        variables[name] = variable
    return variables
