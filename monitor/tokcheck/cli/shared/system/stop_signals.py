"""The signals that end a program which runs until it is stopped, on every system."""

import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

# Windows sends SIGBREAK for Ctrl-Break, a closed console and a logoff, and SIGTERM never.
TERMINATION = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGBREAK") if hasattr(signal, name)
)
STOP_SIGNALS = (signal.SIGINT, *TERMINATION)


@contextmanager
def on_stop_signals(
    stop: Callable[[], object], signals: Collection[signal.Signals] = STOP_SIGNALS
) -> Iterator[None]:
    """Call ``stop`` at each of these signals while the block runs, in place of ending the process.

    Only for the main thread. An event loop of Windows has no ``add_signal_handler``, so the
    handlers are the interpreter's; ``stop`` hands over to a loop with ``call_soon_threadsafe``.
    """
    previous = {number: signal.signal(number, lambda *_: stop()) for number in signals}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
