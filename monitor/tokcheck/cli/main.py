"""The entry point: fast commands run without typer, all others through the typer app.

Only this module turns errors into exit codes.
"""

import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from errno import EDQUOT, EFBIG, EIO, ENOSPC, EPIPE

from tokcheck.cli.shared.system.stream_style import NO_COLOR_OPTION, forbid_colour
from tokcheck.core.errors import ExitCode, TokcheckError, source_lines

_FULL = {ENOSPC, EDQUOT, EFBIG, EIO}


def console() -> int:
    """Run the ``tokcheck`` command; the return value is the exit code."""
    code = main(sys.argv[1:], _silence_exit)
    # Taking down the modules takes a tenth of a fast command's time.
    if "typer" not in sys.modules and not _waits_at_exit():
        _end_process(code)
    return code


def _waits_at_exit() -> bool:
    """Return whether work is left: a function at the exit, or a running thread."""
    threading = sys.modules.get("threading")
    return bool(atexit._ncallbacks()) or (threading is not None and threading.active_count() > 1)  # noqa: SLF001 - nothing else says it


def _end_process(code: int) -> None:
    """Flush the streams, and end without taking down the interpreter."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            return  # the usual end reports it
    os._exit(code)


def main(argv: Sequence[str], interrupted: Callable[[], None] = lambda: None) -> int:
    """Run a command line and return its exit code; errors are printed on stderr.

    ``interrupted`` is called at Ctrl-C, while the interrupted objects still exist. ``sys.stderr``
    stays a :class:`~tokcheck.cli.shared.safe_stderr.SafeStderr`.
    """
    # Start-up makes many objects and no garbage: collecting every 700 takes a tenth of its time.
    gc.set_threshold(50_000, 20, 20)
    _open_standard_streams()
    _wait_on_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
            if sys.platform == "win32" and not stream.isatty():
                # A shell such as Git Bash would take a carriage return for a part of a token.
                stream.reconfigure(newline="\n")
    try:
        code = _dispatch(list(argv))
        sys.stdout.flush()
    except TokcheckError as error:
        _print_error(f"tokcheck: {error.message}", error.hint)
        return error.exit_code
    except SystemExit as end:  # how argparse ends after its help
        return end.code if isinstance(end.code, int) else ExitCode.USAGE
    except KeyboardInterrupt:
        interrupted()
        _print_error("tokcheck: interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
        if isinstance(error, OSError) and error.errno in {EPIPE, *_FULL}:
            return _report_write_error(error)
        if isinstance(error, FileNotFoundError) and _is_current_folder_gone():
            _print_error(
                "tokcheck: The current folder does not exist any more.",
                "Change to another folder, such as `cd ~`, and run the command again.",
            )
            return ExitCode.USAGE
        _print_error(
            f"tokcheck: this is a bug: {type(error).__name__} at {source_lines(error)}",
            "Please report this line; it contains nothing that you pasted.",
        )
        return ExitCode.BUG
    return code


def _dispatch(argv: list[str]) -> int:
    if argv and argv[0] == NO_COLOR_OPTION:
        forbid_colour()
        del argv[0]
    first = argv[0] if argv else ""
    if first in {"--version", "-V"}:
        from tokcheck.core.version import __version__

        sys.stdout.write(f"tokcheck {__version__}\n")
        return ExitCode.USABLE
    from tokcheck.cli import fast_commands
    from tokcheck.cli.shared.safe_stderr import SafeStderr

    SafeStderr.install(argv, os.environ)
    if first == "help":  # tokcheck help COMMAND, as git has it
        argv = [*(word for word in argv[1:] if word != "help"), "--help"]
        first = argv[0]
    known = {"", *fast_commands.COMMANDS, *fast_commands.OTHER_COMMANDS}
    if first not in known and not first.startswith("-"):
        from tokcheck.cli.shared.pasted_argv import is_paste

        if is_paste(argv):
            argv, first = ["validate", *argv], "validate"
    if first in fast_commands.COMMANDS:
        return fast_commands.load_main(first)(argv[1:])
    from tokcheck.cli import typer_app

    return typer_app.run(argv)


def _open_standard_streams() -> None:
    """Open the standard streams that the caller closed, so that no file gets their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The lowest free number is taken, so they are opened in order.
            setattr(sys, name, open(os.devnull, "w" if number else "r"))  # noqa: PTH123, SIM115


def _wait_on_standard_streams() -> None:
    """Replace each standard stream that does not block: it would end early, or fail when full."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            waits = os.get_blocking(stream.fileno())
        # It is no file, or closed, or this Python of Windows cannot tell.
        except (AttributeError, OSError, ValueError):
            continue
        if not waits:
            from tokcheck.cli.shared.system.waiting_streams import waiting_stream

            setattr(sys, name, waiting_stream(stream))


def _is_current_folder_gone() -> bool:
    """Return whether the folder of this process was deleted, so that no relative path exists."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is slow to load
    except OSError:
        return True
    return False


def _report_write_error(error: OSError) -> int:
    """Print why the output was not written, unless its reader has gone; return the exit code."""
    # The interpreter must not try again at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == EPIPE:
        return ExitCode.USABLE
    _print_error(
        f"tokcheck: The output could not be written: {error.strerror}.",
        "Free some space, or write the output elsewhere.",
    )
    return ExitCode.COULD_NOT_TELL


def _silence_exit() -> None:
    """Suppress the warnings of objects that an interrupt left incomplete, such as an event loop."""
    import signal

    sys.unraisablehook = lambda _: None
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once


def _print_error(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines if line))
