"""The way in: light commands without loading typer, everything else through the typer app.

Every error becomes an exit code here and nowhere else.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from errno import EDQUOT, EFBIG, EIO, ENOSPC, EPIPE

from tokcheck.core.errors import ExitCode, TokcheckError, places

_FULL = {ENOSPC, EDQUOT, EFBIG, EIO}


def console() -> int:
    """Run the ``tokcheck`` command; the return value is the exit code."""
    return main(sys.argv[1:], _hushed)


def main(argv: Sequence[str], interrupted: Callable[[], None] = lambda: None) -> int:
    """Run a command line and return its exit code; errors are said on stderr.

    ``interrupted`` is called at Ctrl-C, while what it cut off still exists.
    """
    # Starting makes many objects and no garbage: looking for it every 700 costs a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    _opened()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _dispatch(list(argv))
        sys.stdout.flush()
    except TokcheckError as error:
        _say(f"tokcheck: {error.message}", error.hint)
        return error.exit_code
    except SystemExit as end:  # how argparse ends after its help
        return end.code if isinstance(end.code, int) else ExitCode.USAGE
    except KeyboardInterrupt:
        interrupted()
        _say("tokcheck: interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
        if isinstance(error, OSError) and error.errno in {EPIPE, *_FULL}:
            return _unwritten(error)
        _say(
            f"tokcheck: this is a bug: {type(error).__name__} at {places(error)}",
            "Please report this line; it holds nothing of what you pasted.",
        )
        return ExitCode.BUG
    return code


def _dispatch(argv: list[str]) -> int:
    first = argv[0] if argv else ""
    if first in {"--version", "-V"}:
        from tokcheck import __version__

        sys.stdout.write(f"tokcheck {__version__}\n")
        return ExitCode.USABLE
    from tokcheck.cli import fast_commands

    if first in fast_commands.COMMANDS:
        return fast_commands.load(first)(argv[1:])
    from tokcheck.cli import typer_app

    return typer_app.run(argv)


def _opened() -> None:
    """Open what the caller has closed, or the next file to be opened would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The lowest free number is taken, so they are opened in order.
            setattr(sys, name, open(os.devnull, "w" if number else "r"))  # noqa: PTH123, SIM115


def _unwritten(error: OSError) -> int:
    """Say why the output could not be written, if anybody wanted to read it."""
    # The interpreter must not try again at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == EPIPE:
        return ExitCode.USABLE
    _say(
        f"tokcheck: The output could not be written: {error.strerror}.",
        "Free some space, or write it elsewhere.",
    )
    return ExitCode.COULD_NOT_TELL


def _hushed() -> None:
    """Let a process that was interrupted end without another word.

    What was cut off half-made, as a loop without its sockets, would complain as it goes away.
    """
    import signal

    sys.unraisablehook = lambda _: None
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines if line))
