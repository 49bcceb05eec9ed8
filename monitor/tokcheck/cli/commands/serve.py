"""``tokcheck serve``: the exporter."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.exporter_options import Accounts, Config, ShardOption, TokenEnv, TokensDir
from tokcheck.cli.shared.typer_help import examples

if TYPE_CHECKING:
    import asyncio

    from tokcheck.exporter.service import ExporterSettings, Service
    from tokcheck.exporter.web.listener import Address


def epilog() -> str:
    """Return the end of the command's help."""
    return examples(
        "tokcheck serve --tokens-dir /run/secrets/tokens",
        "tokcheck serve --token-env anna=ANNA_TOKEN --once",
    )


def serve(  # noqa: PLR0913 - one parameter an option
    *,
    config: Config = None,
    tokens_dir: TokensDir = None,
    token_env: TokenEnv = None,
    accounts: Accounts = False,
    listen: Annotated[
        str, typer.Option("--listen", metavar="ADDRESS", help="Serve at this address.")
    ] = "127.0.0.1:19150",
    web_config: Annotated[
        Path | None,
        typer.Option(
            "--web-config",
            metavar="FILE",
            help="Read TLS and passwords from this file, in the format of Prometheus's "
            "exporter-toolkit.",
            show_default=False,
        ),
    ] = None,
    shard: ShardOption = None,
    once: Annotated[
        bool, typer.Option("--once", help="Probe once, print the metrics and exit.")
    ] = False,
    textfile: Annotated[
        Path | None,
        typer.Option(
            "--textfile",
            metavar="FILE",
            help="With --once: write the metrics to this file, for node_exporter's textfile "
            "collector.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Serve the remaining quota of each account as Prometheus metrics, and as a page for people.

    A scrape sends no request to a provider. Accounts are probed on a schedule of their own, within
    a small share of their rate limit.
    """
    import asyncio

    from tokcheck.cli.shared import exporter_options
    from tokcheck.core.errors import UsageError

    if textfile is not None and not once:
        raise UsageError(
            "--textfile needs --once.", "Add --once, and run the command from cron or a timer."
        )
    settings = exporter_options.exporter_settings(
        config, tokens_dir, token_env, shard, accounts=accounts
    )
    if once:
        if textfile is not None:
            from tokcheck.exporter.metrics.textfile import check_path

            check_path(textfile)
        asyncio.run(_once(settings, textfile))
    else:
        from tokcheck.exporter.web.listener import parse_address

        asyncio.run(_serve(settings, parse_address(listen), web_config))
    return 0


async def _once(settings: "ExporterSettings", textfile: Path | None) -> None:
    from tokcheck.exporter.metrics import textfile as files
    from tokcheck.exporter.metrics.exposition import TextFormat
    from tokcheck.exporter.service import open_exporter, system_runtime

    world = system_runtime(_say)
    async with open_exporter(settings, world) as service:
        await service.engine.run_once()
        body = service.exposition.render(TextFormat.TEXT, world.clock.now())
    if textfile is None:
        sys.stdout.write(body.decode())
    else:
        files.write(textfile, body)


async def _serve(settings: "ExporterSettings", address: "Address", web_config: Path | None) -> None:
    import asyncio

    from tokcheck.exporter.service import open_exporter, system_runtime

    async with open_exporter(settings, system_runtime(_log)) as service:
        stop = asyncio.Event()
        _on_signals(service, stop)
        await service.run(address, web_config, stop)


def _on_signals(service: "Service", stop: "asyncio.Event") -> None:
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    reloading: set[asyncio.Task[None]] = set()  # the loop itself holds no task

    def reload() -> None:
        task = asyncio.ensure_future(_reload(service))
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, reload)
    except (NotImplementedError, AttributeError):
        pass  # Windows has neither; Ctrl-C interrupts it all the same


async def _reload(service: "Service") -> None:
    from contextlib import suppress

    from tokcheck.accounts.errors import StoreError
    from tokcheck.core.errors import UsageError

    with suppress(UsageError, StoreError):  # it was logged
        await service.reload()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _log(line: str) -> None:
    from datetime import UTC, datetime

    _say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")
