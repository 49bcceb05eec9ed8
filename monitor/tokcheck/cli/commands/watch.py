"""``tokcheck watch``: a live table of the accounts in the terminal."""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from tokcheck.cli.shared.exporter_options import Accounts, Config, ShardOption, TokenEnv, TokensDir
from tokcheck.cli.shared.typer_help import examples

if TYPE_CHECKING:
    import asyncio

    from tokcheck.exporter.service import ExporterSettings, Service


@contextmanager
def set_on_key(key: str, event: "asyncio.Event") -> Iterator[None]:
    """Set ``event`` when ``key`` is pressed while the block runs. Requires a running event loop.

    Nothing is read if standard input is not a terminal or the system has no termios; an interrupt
    still ends the program.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        yield
        return
    if not sys.stdin.isatty():
        yield
        return
    number = sys.stdin.fileno()
    import asyncio

    before = termios.tcgetattr(number)
    loop = asyncio.get_running_loop()

    def read() -> None:
        if key in os.read(number, 64).decode(errors="ignore").lower():
            event.set()

    try:
        tty.setcbreak(number)  # keeps Ctrl-C an interrupt
        loop.add_reader(number, read)
        yield
    finally:
        loop.remove_reader(number)
        termios.tcsetattr(number, termios.TCSADRAIN, before)


_NOTES = 3
_REDRAW_SECONDS = 1.0


def epilog() -> str:
    """Return the end of the command's help."""
    return examples(
        "tokcheck watch --token-env anna=ANNA_TOKEN",
        "tokcheck watch --config accounts.toml",
    )


def watch(
    *,
    config: Config = None,
    tokens_dir: TokensDir = None,
    token_env: TokenEnv = None,
    accounts: Accounts = False,
    shard: ShardOption = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="Print without colours.")] = False,
) -> int:
    """Show accounts live in the terminal; press q to leave. Without a terminal, print them once.

    It sends as few requests as tokcheck serve, and shares its budget with an exporter that runs on
    this computer.
    """
    import asyncio

    from tokcheck.cli.shared import exporter_options

    settings = exporter_options.exporter_settings(
        config, tokens_dir, token_env, shard, accounts=accounts
    )
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    asyncio.run(_live(settings, no_color=no_color) if live else _once(settings))
    return 0


async def _once(settings: "ExporterSettings") -> None:
    from rich.console import Console

    from tokcheck.cli.shared.output import style_for
    from tokcheck.exporter.service import open_exporter, system_runtime
    from tokcheck.exporter.terminal import render_accounts, render_logins

    runtime = system_runtime(lambda line: print(line, file=sys.stderr))  # noqa: T201 - for people
    async with open_exporter(settings, runtime) as service:
        await service.engine.run_once()
        blocks = style_for(sys.stdout, os.environ, no_color=True).blocks
        states, now = service.engine.account_states(), runtime.clock.now()
    console = Console(no_color=True, width=200 if not sys.stdout.isatty() else None)
    console.print(render_accounts(states, now, blocks=blocks))
    logins = render_logins(states, now)
    if logins is not None:
        console.print("", logins)


async def _live(settings: "ExporterSettings", *, no_color: bool) -> None:
    import asyncio

    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    from tokcheck.cli.shared.output import style_for
    from tokcheck.exporter.service import open_exporter, system_runtime
    from tokcheck.exporter.terminal import render_accounts, render_logins

    notes: deque[str] = deque(maxlen=_NOTES)
    runtime = system_runtime(notes.append)
    style = style_for(sys.stdout, os.environ, no_color=no_color)
    console = Console(no_color=not style.colour)

    def draw(service: "Service") -> Group:
        states, now = service.engine.account_states(), runtime.clock.now()
        rows = render_accounts(states, now, blocks=style.blocks)
        foot = Text("\n".join(("", *notes, "q leaves")), style="dim")
        logins = render_logins(states, now)
        # The logins on top, because lines that do not fit are cut at the bottom.
        return Group(rows, foot) if logins is None else Group(logins, "", rows, foot)

    async with open_exporter(settings, runtime) as service:
        stop = asyncio.Event()
        engine = asyncio.create_task(service.engine.run(stop))
        try:
            with (
                set_on_key("q", stop),
                Live(console=console, auto_refresh=False, screen=True) as live,
            ):
                while not stop.is_set() and not engine.done():
                    live.update(draw(service), refresh=True)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), _REDRAW_SECONDS)
        finally:
            stop.set()
            await engine
