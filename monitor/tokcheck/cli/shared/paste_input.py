"""Read a paste from words, a file, standard input or a hidden prompt."""

import os
import sys
from collections.abc import Callable
from typing import TextIO

from tokcheck.core.escape import printable
from tokcheck.paste.encoding.compression import LONGEST_PASTE, decode_paste

_QUIET_SECONDS = 0.25
_QUESTION = "Paste the token, or text that contains it, then press Enter. It is not shown.\n"


def from_words(
    words: list[str], stdin: TextIO, stderr: TextIO, note: Callable[[str], object] = str
) -> str:
    """Return the paste of the words, of standard input or of a prompt.

    ``note`` is that of :func:`decode_paste`.

    :raises UsageError: if it is larger than 1 MiB.
    """
    if words and words != ["-"]:
        return " ".join(words)
    if not words and stdin.isatty():
        return prompt(stdin, stderr)
    note_terminal(stdin, stderr)
    return decode_paste(stdin.buffer.read(LONGEST_PASTE + 1), lambda: "The input", note)


def note_terminal(stdin: TextIO, stderr: TextIO) -> None:
    """Print how to end the input, if standard input is a terminal and is read to its end."""
    if stdin.isatty():
        keys = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        stderr.write(f"Paste the text, press Enter, then {keys}.\n")
        stderr.flush()


def describe_path(words: list[str], read: str) -> tuple[str, str] | None:
    """Return that the words are the name of a file or a folder, and the command that reads it.

    ``read`` is the command for a file, with ``{}`` for its name. ``None`` if there is none.
    """
    name = " ".join(words)
    if not name or name == "-" or not os.path.exists(name):  # noqa: PTH110 - pathlib is slow to load
        return None
    from tokcheck.scan.safe_text import redact_tokens
    from tokcheck.storage.shell_words import quote

    shown = redact_tokens(name)
    if os.path.isdir(name):  # noqa: PTH112 - the same
        return f"{printable(shown)} is a folder.", f"To search it: tokcheck scan {quote(shown)}"
    return (
        f"{printable(shown)} is the name of a file, which was not read.",
        f"To read it: {read.format(quote(shown))}",
    )


def note_history(words: list[str], instead: str, stderr: TextIO) -> None:
    """Print on a terminal that the words stay in the shell's history, and the alternative."""
    is_token = words and words != ["-"] and describe_path(words, "") is None
    if is_token and stderr.isatty():
        stderr.write(
            f"note: a token on the command line stays in the shell's history; {instead}.\n"
        )


def from_file(path: str, limit: int = LONGEST_PASTE, note: Callable[[str], object] = str) -> str:
    """Return the text of a file of at most ``limit`` bytes, in any of a paste's encodings.

    The path may be ``/dev/stdin`` or that of a shell's ``<(…)``. ``note`` is that of
    :func:`decode_paste`.

    :raises UsageError: if it cannot be read.
    """
    from tokcheck.storage.regular_files import read_regular_file, unreadable_file_error

    try:
        data = read_regular_file(path, limit, descriptors=True)
    except OSError as error:
        raise unreadable_file_error(path, error) from None
    return decode_paste(data, lambda: path, note)


def describe_source(words: list[str], variable: str | None = None, path: str | None = None) -> str:
    """Return where a paste came from, as the beginning of a sentence."""
    if variable is not None:
        from tokcheck.paste.variable import describe_variable

        return describe_variable(variable)
    if path is not None:
        from tokcheck.scan.safe_text import redact_tokens

        return f"The file {printable(redact_tokens(path))}"
    return "The argument" if words and words != ["-"] else "Standard input"


def is_typed(words: list[str], variable: str | None = None, path: str | None = None) -> bool:
    """Return whether a paste came from a person at a terminal."""
    return variable is None and path is None and words in ([], ["-"]) and sys.stdin.isatty()


def prompt(stdin: TextIO, stderr: TextIO, question: str = _QUESTION) -> str:
    """Prompt for a paste without showing it; it may have many lines.

    A terminal's line mode would cut a line at 4,096 characters and hand the lines behind the
    first to the shell, so the bytes are read as they come until Enter is followed by quiet.
    """
    if sys.platform == "win32":
        return _prompt_on_windows(stderr, question)
    import os
    import select
    import termios

    descriptor = stdin.fileno()
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
    data = bytearray()
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
        # Only now, or what is pasted at once would still be shown.
        stderr.write(question)
        stderr.flush()
        while len(data) <= LONGEST_PASTE:
            chunk = os.read(descriptor, 4096)
            if chunk in {b"", b"\x04"}:
                break
            if b"\x03" in chunk:  # where the terminal does not turn it into a signal
                raise KeyboardInterrupt
            data += chunk
            if chunk in {b"\x7f", b"\b"}:
                del data[-2:]
            waiting = select.select([descriptor], [], [], _QUIET_SECONDS)[0]
            if not waiting and data.endswith((b"\n", b"\r", b"\x04")) and data.strip():
                break
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
    return decode_paste(bytes(data).rstrip(b"\x04"), lambda: "The paste")


if sys.platform == "win32":

    def _prompt_on_windows(stderr: TextIO, question: str) -> str:
        import msvcrt

        from tokcheck.cli.shared.system.windows_console import read_keys

        stderr.write(question)
        stderr.flush()
        text = read_keys(msvcrt.getwch, msvcrt.kbhit, _QUIET_SECONDS, LONGEST_PASTE)
        return decode_paste(text.encode(), lambda: "The paste")
