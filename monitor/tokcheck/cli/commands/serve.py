"""``tokcheck serve``: the exporter."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.exporter.account_options import (
    Accounts,
    CheckConfigOption,
    Config,
    LogFormat,
    LogFormatOption,
    LogLevel,
    LogLevelOption,
    ShardOption,
    TokenEnv,
    TokensDir,
)
from tokcheck.cli.shared.typer_help import Declarations, HelpEpilog

if TYPE_CHECKING:
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.log.events import EventLog
    from tokcheck.exporter.service import Service
    from tokcheck.exporter.sources.selection import Share
    from tokcheck.exporter.web.options import WebOptions


def help_epilog() -> HelpEpilog:
    """Return the end of the command's help."""
    return HelpEpilog(
        (
            "tokcheck serve --tokens-dir /run/secrets/tokens",
            "tokcheck serve --token-env anna=ANNA_TOKEN --once",
        )
    )


def serve(  # noqa: PLR0913 - one parameter an option
    *,
    config: Config = None,
    tokens_dir: TokensDir = None,
    token_env: TokenEnv = None,
    accounts: Accounts = False,
    providers: Declarations = None,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            "--listen",
            "--web.listen-address",
            metavar="ADDRESS",
            help="Serve at this address, also unix:/PATH or systemd (repeatable; default: "
            "127.0.0.1:19150).",
            show_default=False,
        ),
    ] = None,
    systemd_socket: Annotated[
        bool,
        typer.Option(
            "--web.systemd-socket",
            help="Serve at the sockets that systemd passes, as --listen systemd does.",
        ),
    ] = False,
    web_config: Annotated[
        Path | None,
        typer.Option(
            "--web-config",
            "--web.config.file",
            metavar="PATH",
            help="Read TLS and passwords from this file, in the format of Prometheus's "
            "exporter-toolkit.",
            show_default=False,
        ),
    ] = None,
    telemetry_path: Annotated[
        str,
        typer.Option(
            "--telemetry-path",
            "--web.telemetry-path",
            metavar="PATH",
            help="Serve the metrics at this path.",
        ),
    ] = "/metrics",
    enable_lifecycle: Annotated[
        bool,
        typer.Option(
            "--enable-lifecycle",
            "--web.enable-lifecycle",
            help="Allow other computers to request reloads and probes without a password.",
        ),
    ] = False,
    open_health: Annotated[
        bool,
        typer.Option("--open-health", help="Answer /-/healthy without a password."),
    ] = False,
    shard: ShardOption = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="NAME",
            help="Divide the stored accounts among all exporters of this cluster.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Probe once, print the metrics and exit.")
    ] = False,
    textfile: Annotated[
        Path | None,
        typer.Option(
            "--textfile",
            metavar="PATH",
            help="With --once: write the metrics to this file, for node_exporter's textfile "
            "collector.",
            show_default=False,
        ),
    ] = None,
    log_level: LogLevelOption = LogLevel.INFO,
    log_format: LogFormatOption = LogFormat.TEXT,
    check_config: CheckConfigOption = False,
) -> int:
    """Serve the remaining quota of each account as Prometheus metrics, and as a page for people.

    A scrape sends no request to a provider. Accounts are probed on a schedule of their own, within
    a small share of their rate limit.
    """
    import asyncio

    from tokcheck.cli.shared.exporter import account_options
    from tokcheck.core.errors import UsageError

    if cluster is not None and once:
        raise UsageError(
            "--cluster is for exporters that keep running.", "Leave out --cluster or --once."
        )
    if textfile is not None and not once:
        raise UsageError(
            "--textfile needs --once.", "Add --once, and run the command from cron or a timer."
        )
    settings = account_options.exporter_settings(
        config,
        tokens_dir,
        token_env,
        shard,
        accounts=accounts,
        providers=providers,
    )
    if cluster is not None:
        share = _join_cluster(cluster, others=bool(shard or tokens_dir or token_env))
        settings = settings._replace(share=share)
    log = _log(log_format, log_level, once=once)
    words = [*(listen or ()), *(["systemd"] if systemd_socket else ())]
    web = _web_options(words, telemetry_path)._replace(
        config=web_config, enable_lifecycle=enable_lifecycle, open_health=open_health
    )
    if check_config:
        from tokcheck.cli.shared.exporter.config_check import print_check

        return print_check(settings, web, textfile)
    if textfile is not None:
        from tokcheck.exporter.metrics.textfile import check_path

        check_path(textfile)
    if once:
        return asyncio.run(_once(settings, textfile, log))
    asyncio.run(_serve(settings, web, log))
    return 0


def _join_cluster(cluster: str, *, others: bool) -> "Share":
    """Return the share of an instance of a cluster; it connects when it is used.

    ``others`` is whether other options name accounts.
    """
    import os

    from tokcheck.core.errors import UsageError

    url = os.environ.get("TOKCHECK_DATABASE")
    if not url:
        raise UsageError(
            "--cluster needs a database that all its exporters use.",
            "Set TOKCHECK_DATABASE, and see the page 'More than one machine'.",
        )
    if others:
        raise UsageError(
            "--cluster divides the stored accounts: it cannot be combined with another source or a "
            "shard.",
            "Leave out --shard, --tokens-dir and --token-env.",
        )
    from tokcheck.storage.postgres.database_address import parse_database_address

    address = parse_database_address(url, os.environ)
    from tokcheck.exporter.sources.leases import (
        AccountLeases,
        checked_cluster_name,
        instance_name,
    )

    return AccountLeases(address, checked_cluster_name(cluster), instance_name())


async def _once(settings: "ExporterSettings", textfile: Path | None, log: "EventLog") -> int:
    from tokcheck.core.errors import ExitCode
    from tokcheck.exporter.assembly import open_exporter
    from tokcheck.exporter.log.events import Event
    from tokcheck.exporter.metrics import textfile as files
    from tokcheck.exporter.metrics.exposition import TextFormat
    from tokcheck.exporter.service import system_runtime

    world = system_runtime(log)
    async with open_exporter(settings, world) as service:
        await service.engine.run_once()
        body = service.exposition.render(TextFormat.TEXT, world.clock.now())
        exit_code = service.exit_code()
        has_records = service.has_read_records()
    if textfile is None:
        sys.stdout.write(body.decode())
    elif has_records:
        files.write(textfile, body)
    else:
        log(
            Event.TEXTFILE_KEPT,
            f"The file {textfile} was left as it is: the ledger, which has the last known values, "
            "could not be read.",
            file=str(textfile),
        )
        return ExitCode.COULD_NOT_TELL
    if exit_code:
        log(Event.NOTHING_PROBED, "No account could be probed.")
    return exit_code


def _web_options(listen: list[str], telemetry_path: str) -> "WebOptions":
    from tokcheck.exporter.web.listening.address import parse_target
    from tokcheck.exporter.web.options import WebOptions, check_targets, parse_metrics_path

    options = WebOptions(metrics_path=parse_metrics_path(telemetry_path))
    targets = tuple(dict.fromkeys(parse_target(word) for word in listen))
    check_targets(targets)
    return options._replace(targets=targets) if targets else options


async def _serve(settings: "ExporterSettings", web: "WebOptions", log: "EventLog") -> None:
    import asyncio

    from tokcheck.cli.shared.system.stop_signals import on_stop_signals
    from tokcheck.exporter.assembly import open_exporter
    from tokcheck.exporter.service import system_runtime

    loop = asyncio.get_running_loop()
    async with open_exporter(settings, system_runtime(log)) as service:
        stop = asyncio.Event()
        _reload_on_hangup(service)
        with on_stop_signals(lambda: loop.call_soon_threadsafe(stop.set)):
            await service.run(web, stop)


def _reload_on_hangup(service: "Service") -> None:
    """Reload the configuration at SIGHUP; Windows has none, there ``POST /-/reload`` does it."""
    import asyncio
    import signal

    if sys.platform == "win32":
        return
    reloading: set[asyncio.Task[None]] = set()  # the loop itself holds no task

    def reload() -> None:
        task = asyncio.ensure_future(_reload(service))
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)


async def _reload(service: "Service") -> None:
    from contextlib import suppress

    from tokcheck.accounts.errors import StoreError
    from tokcheck.core.errors import UsageError

    with suppress(UsageError, StoreError):  # it was logged
        await service.reload()


def _log(form: LogFormat, level: LogLevel, *, once: bool) -> "EventLog":
    """Return the log of this run; one for people has no times if it runs once."""
    from tokcheck.cli.shared.exporter.log_output import stderr_log

    return stderr_log(form, level, times=not once)
