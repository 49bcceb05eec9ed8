"""Notifications for a service manager such as systemd: ready, alive, stopping.

The protocol is that of sd_notify(3), https://www.freedesktop.org/software/systemd/man/sd_notify.html:
datagrams to the socket that ``NOTIFY_SOCKET`` names.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

Notify = Callable[[str], None]
"""Sends one state, such as ``READY=1``."""


def notifier(environment: Mapping[str, str]) -> Notify:
    """Return the function that notifies the service manager, or one that does nothing.

    A notification that cannot be delivered is dropped: the exporter works without it, and the
    manager notices its absence.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return lambda _state: None
    if address.startswith("@"):  # Linux's abstract names begin with a zero byte
        address = "\0" + address[1:]

    def notify(state: str) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(0)
            channel.sendto(state.encode(), address)

    return notify


def watchdog_seconds(environment: Mapping[str, str], pid: int | None = None) -> float | None:
    """Return after how many seconds without a sign of life the manager restarts the process.

    :param pid: this process; the manager may mean another one with its ``WATCHDOG_PID``.
    :returns: None without a watchdog.
    """
    wanted = environment.get("WATCHDOG_PID") or str(os.getpid() if pid is None else pid)
    if wanted != str(os.getpid() if pid is None else pid):
        return None
    digits = environment.get("WATCHDOG_USEC", "")
    if not (digits.isascii() and digits.isdigit()) or int(digits) == 0:
        return None
    return int(digits) / 1e6


async def report_to_manager(
    notify: Notify,
    watchdog: float | None,
    *,
    listening: asyncio.Event,
    stop: asyncio.Event,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Report readiness once ``listening`` is set, life until ``stop`` is, and then the end.

    Signs of life come from the event loop itself, twice in each period of the watchdog: if the
    loop hangs, they stop.
    """
    await listening.wait()
    if not stop.is_set():
        notify("READY=1")
        stopping = asyncio.ensure_future(stop.wait())
        while watchdog is not None and not stop.is_set():
            notify("WATCHDOG=1")
            beat = asyncio.ensure_future(pause(watchdog / 2))
            await asyncio.wait({beat, stopping}, return_when=asyncio.FIRST_COMPLETED)
            beat.cancel()
        await stopping
    notify("STOPPING=1")
