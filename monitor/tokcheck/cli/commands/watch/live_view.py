"""The live view: its loop, and the actions of its keys."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live

from tokcheck.checks.render_text import Style
from tokcheck.cli.commands.watch.keys import read_keys
from tokcheck.cli.shared.output import style_for
from tokcheck.cli.shared.system.stop_signals import TERMINATION, on_stop_signals
from tokcheck.exporter.assembly import ExporterSettings, open_exporter
from tokcheck.exporter.display.terminal.screen import Frame, Messages, Screen, draw, press
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.service import Runtime, Service, system_runtime

_NOTES = 3
_REDRAW_SECONDS = 1.0


def make_console(style: Style, width: int | None = None) -> Console:
    """Return rich's side of standard output, with the colours that were decided."""
    if not style.colour:
        return Console(color_system=None, width=width)
    return Console(color_system="auto" if sys.stdout.isatty() else "standard", width=width)


async def run_live(settings: ExporterSettings) -> None:
    """Show the accounts in the terminal until a key or a signal ends it."""
    notes: deque[str] = deque(maxlen=_NOTES)
    runtime = system_runtime(log_messages(lambda line: notes.append(_stamp(line))))
    async with open_exporter(settings, runtime) as service:
        await _LiveView(service, runtime, notes).run()


class _LiveView:
    """The screen, and the probe that a key started."""

    def __init__(self, service: Service, runtime: Runtime, notes: deque[str]) -> None:
        self._service, self._runtime, self._notes = service, runtime, notes
        self._stop, self._changed = asyncio.Event(), asyncio.Event()
        self._is_suspended = False
        self._frame = Frame("", 1, Screen())
        self._probe: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Draw until the view is closed or the engine ends."""
        style = style_for(sys.stdout, os.environ)
        console = make_console(style)
        engine = asyncio.create_task(self._service.engine.run(self._stop))
        engine.add_done_callback(lambda _: self._changed.set())
        loop = asyncio.get_running_loop()
        try:
            with (
                # Ctrl-C stays an interrupt; the others end it as q does, with the screen restored.
                on_stop_signals(lambda: loop.call_soon_threadsafe(self._leave), TERMINATION),
                _on_signal("SIGWINCH", self._changed.set),
            ):
                while not self._stop.is_set() and not engine.done():
                    with _on_signal("SIGTSTP", self._suspend):
                        await self._show(console, style, engine)
                    if self._is_suspended:
                        self._is_suspended = False
                        signal.raise_signal(signal.SIGTSTP)  # until the shell continues it
        finally:
            self._stop.set()
            if self._probe is not None:
                self._probe.cancel()
            await engine

    async def _show(self, console: Console, style: Style, engine: asyncio.Task[None]) -> None:
        """Take the terminal over and draw, until the view ends or Ctrl-Z suspends it."""
        with (
            read_keys(self._on_key) as has_keys,
            Live(console=console, auto_refresh=False, screen=True) as live,
        ):
            while not (self._stop.is_set() or self._is_suspended or engine.done()):
                self._changed.clear()
                self._frame = draw(
                    self._service.engine.account_states(),
                    self._runtime.clock.now(),
                    self._frame.screen,
                    console,
                    messages=Messages(tuple(self._notes), self._service.notices()),
                    blocks=style.blocks,
                    has_keys=has_keys,
                )
                live.update(self._frame.content, refresh=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), _REDRAW_SECONDS)

    def _suspend(self) -> None:
        self._is_suspended = True
        self._changed.set()

    def _leave(self) -> None:
        self._stop.set()
        self._changed.set()

    def _on_key(self, key: str) -> None:
        screen, first = press(self._frame.screen, key, self._frame.rows), self._frame.first
        self._set_screen(screen._replace(wants_probe=False))
        is_probing = self._probe is not None and not self._probe.done()
        if screen.wants_probe:
            if first is None:
                self._show_answer("There is no account to probe.")
            elif not is_probing:
                self._probe = asyncio.create_task(self._probe_account(first))
        if screen.is_closed:
            self._stop.set()

    async def _probe_account(self, name: str) -> None:
        self._show_answer(f"Probing {name}")
        answer = await self._service.probe(name)
        if answer is None:  # the account is gone
            self._show_answer("")
        else:
            sentence = answer.sentence if answer.sent else f"{name}: {answer.sentence}"
            self._show_answer(_stamp(sentence))

    def _show_answer(self, line: str) -> None:
        self._set_screen(self._frame.screen._replace(answer=line))

    def _set_screen(self, screen: Screen) -> None:
        self._frame = self._frame._replace(screen=screen)
        self._changed.set()


def _stamp(line: str) -> str:
    """Return a line with the time, since it was true then."""
    return f"{datetime.now(UTC):%H:%M:%SZ} {line}"


@contextmanager
def _on_signal(name: str, handle: Callable[[], None]) -> Iterator[None]:
    """Call ``handle`` at a signal of a terminal while the block runs; Windows has none of them.

    There, the next redraw has the new size, and no key suspends a program.
    """
    number = getattr(signal, name, None)
    if number is None:
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, handle)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
