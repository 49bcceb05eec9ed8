"""The way in: light commands without loading typer, everything else through the typer app.

Every error becomes an exit code here and nowhere else.
"""

import gc
import sys
from collections.abc import Callable, Sequence

from tokcheck.errors import ExitCode, TokcheckError, places


def console() -> int:
    """Run the ``tokcheck`` command; the return value is the exit code."""
    return main(sys.argv[1:], _hushed)


def main(argv: Sequence[str], interrupted: Callable[[], None] = lambda: None) -> int:
    """Run a command line and return its exit code; errors are said on stderr.

    ``interrupted`` is called at Ctrl-C, while what it cut off still exists.
    """
    # Starting makes many objects and no garbage: looking for it every 700 costs a tenth of it.
    gc.set_threshold(50_000, 20, 20)
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
    except BrokenPipeError:
        # Whoever read the output has enough; the interpreter must not complain at its end.
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.USABLE
    except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
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
    from tokcheck.cli import hot

    if first in hot.COMMANDS:
        return hot.load(first)(argv[1:])
    from tokcheck.cli import app

    return app.run(argv)


def _hushed() -> None:
    """Let a process that was interrupted end without another word.

    What was cut off half-made, as a loop without its sockets, would complain as it goes away.
    """
    import signal

    sys.unraisablehook = lambda _: None
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines if line))
