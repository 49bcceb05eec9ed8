"""The options of ``tokcheck watch``, and its single printout."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tokcheck.cli.shared.exporter.account_options import (
    Accounts,
    CheckConfigOption,
    Config,
    ShardOption,
    TokenEnv,
    TokensDir,
)
from tokcheck.cli.shared.typer_help import Declarations, HelpEpilog

if TYPE_CHECKING:
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.display.overview import Overview

_WITHOUT_TERMINAL = 200  # columns, unless COLUMNS is set


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    return HelpEpilog(
        (
            "tokcheck watch --token-env anna=ANNA_TOKEN",
            "tokcheck watch --config accounts.toml",
            "tokcheck watch --config accounts.toml --json",
        )
    )


def watch(  # noqa: PLR0913 - one parameter an option
    *,
    config: Config = None,
    tokens_dir: TokensDir = None,
    token_env: TokenEnv = None,
    accounts: Accounts = False,
    providers: Declarations = None,
    shard: ShardOption = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Probe each account once, print one JSON object and exit."),
    ] = False,
    check_config: CheckConfigOption = False,
) -> int:
    """Show accounts live in the terminal; ? lists the keys. Without a terminal, print them once.

    It sends as few requests as tokcheck serve, and shares its budget with an exporter that runs on
    this computer.
    """
    import asyncio

    from tokcheck.cli.shared.exporter import account_options

    settings = account_options.exporter_settings(
        config, tokens_dir, token_env, shard, accounts=accounts, providers=providers
    )
    if check_config:
        from tokcheck.cli.shared.exporter.config_check import print_check

        return print_check(settings)
    if as_json:
        return asyncio.run(_print_json(settings))
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from tokcheck.cli.commands.watch.live_view import run_live

        asyncio.run(run_live(settings))
        return 0
    return asyncio.run(_print_table(settings))


class _Survey(NamedTuple):
    """All accounts after one round, and the exit code that says whether any could be probed."""

    overview: "Overview"
    exit_code: int


async def _survey_once(settings: "ExporterSettings") -> _Survey:
    """Probe each account once; log messages go to stderr."""
    from tokcheck.exporter.assembly import open_exporter
    from tokcheck.exporter.display.overview import build_overview
    from tokcheck.exporter.log.events import log_messages
    from tokcheck.exporter.service import system_runtime

    runtime = system_runtime(log_messages(lambda line: print(line, file=sys.stderr)))  # noqa: T201 - for people
    async with open_exporter(settings, runtime) as service:
        await service.engine.run_once()
        overview = build_overview(service.engine.account_states(), runtime.clock.now())
        return _Survey(overview, service.exit_code())


async def _print_json(settings: "ExporterSettings") -> int:
    from tokcheck.exporter.display import accounts_json

    survey = await _survey_once(settings)
    sys.stdout.write(accounts_json.render(survey.overview) + "\n")
    return survey.exit_code


async def _print_table(settings: "ExporterSettings") -> int:
    from rich.text import Text

    from tokcheck.cli.commands.watch.live_view import make_console
    from tokcheck.cli.shared.output import style_for
    from tokcheck.exporter.display.overview import tally_words
    from tokcheck.exporter.display.terminal.account_table import render_accounts
    from tokcheck.exporter.display.terminal.logins import render_logins

    overview, exit_code = await _survey_once(settings)
    style = style_for(sys.stdout, os.environ)
    has_width = sys.stdout.isatty() or os.environ.get("COLUMNS")
    console = make_console(style, None if has_width else _WITHOUT_TERMINAL)
    views = overview.views(overview.ranked)
    for line in render_accounts(views, overview.now, width=console.width, blocks=style.blocks):
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
    if len(views) > 1:
        console.print("", Text(f"{overview.headline}: {tally_words(overview)}"), sep="\n")
    logins = render_logins(overview.ranked, overview.now)
    if logins is not None:
        console.print("", logins)
    return exit_code
