"""The options that name accounts, which ``serve`` and ``watch`` share."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokcheck.exporter.assembly import ExporterSettings

# Lists, so that the second of two is not dropped in silence.
Config = Annotated[
    list[Path] | None,
    typer.Option(
        "--config",
        metavar="PATH",
        help="Read the accounts from this TOML file.",
        show_default=False,
    ),
]
TokensDir = Annotated[
    list[Path] | None,
    typer.Option(
        "--tokens-dir",
        metavar="PATH",
        help="Watch every file in this folder as an account; a file contains one token.",
        show_default=False,
    ),
]
Accounts = Annotated[
    bool,
    typer.Option(
        "--accounts", help="Watch and refresh all stored accounts (see `tokcheck login`)."
    ),
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


class LogFormat(StrEnum):
    """The forms of a log's line: for people, and for programs."""

    TEXT = "text"
    JSON = "json"
    LOGFMT = "logfmt"


class LogLevel(StrEnum):
    """The least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LogFormatOption = Annotated[
    LogFormat,
    typer.Option(
        "--log-format",
        metavar="FORMAT",
        help="Write each event as a line of text, json or logfmt.",
    ),
]
LogLevelOption = Annotated[
    LogLevel,
    typer.Option(
        "--log-level",
        metavar="LEVEL",
        help="Log events of this level and above: debug, info, warning or error.",
    ),
]

CheckConfigOption = Annotated[
    bool,
    typer.Option(
        "--check-config",
        help="Check everything that needs no request, and exit with 0 or 2.",
    ),
]


def exporter_settings(
    config: list[Path] | None,
    tokens_dir: list[Path] | None,
    token_env: list[str] | None,
    shard: str | None,
    *,
    accounts: bool,
    providers: "Sequence[str] | None" = None,
) -> "ExporterSettings":
    """Return the exporter's settings from the options and the environment.

    :raises UsageError: if they cannot be used.
    """
    from functools import partial

    from tokcheck.accounts.store.environment import open_store
    from tokcheck.declarations.known_providers import providers_in_use
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.ledger.selected_ledger import database_opener, ledger_path
    from tokcheck.exporter.sources import selection as shards
    from tokcheck.exporter.sources.registry import Selection
    from tokcheck.storage.data_folder import data_folder
    from tokcheck.transport.endpoints import resolve_endpoints

    chosen_config = _only("--config", config or [], "Write the accounts into one file.")
    folder = _only("--tokens-dir", tokens_dir or [], "Name each file in one for --config.")
    home = data_folder(os.environ)
    known = providers_in_use(providers, os.environ)
    return ExporterSettings(
        Selection(chosen_config, folder, _parse_token_env(token_env or []), home, accounts),
        known,
        resolve_endpoints(known, os.environ),
        ledger_path(os.environ),
        shards.parse_shard(shard) if shard else None,
        open_store=partial(open_store, os.environ),
        open_ledger=database_opener(os.environ),
    )


def _only(option: str, paths: list[Path], hint: str) -> Path | None:
    """Return the value of an option that may be given once.

    :raises UsageError: if it was given more often.
    """
    if len(paths) > 1:
        raise UsageError(f"{option} was given {len(paths)} times.", hint)
    return paths[0] if paths else None


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
