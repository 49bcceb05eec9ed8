"""Read a paste from words, a file, standard input or a hidden prompt."""

from typing import TextIO

from tokcheck.core.escape import printable
from tokcheck.paste.encoding import LONGEST_PASTE, decode_paste
from tokcheck.paste.variable import describe_variable
from tokcheck.storage.regular_files import read_regular_file, unreadable_file_error

_QUIET_SECONDS = 0.25
_QUESTION = "Paste the token, or text that contains it, then press Enter. It is not shown.\n"


def from_words(words: list[str], stdin: TextIO, stderr: TextIO) -> str:
    """Return the paste of the words, of standard input or of a prompt.

    :raises UsageError: if it is larger than 1 MiB.
    """
    if words and words != ["-"]:
        return " ".join(words)
    if not words and stdin.isatty():
        return prompt(stdin, stderr)
    return decode_paste(stdin.buffer.read(LONGEST_PASTE + 1), lambda: "The input")


def note_history(words: list[str], instead: str, stderr: TextIO) -> None:
    """Print on a terminal that the words stay in the shell's history, and what to do instead."""
    if words and words != ["-"] and stderr.isatty():
        stderr.write(
            f"note: a token on the command line stays in the shell's history; {instead}.\n"
        )


def from_file(path: str, limit: int = LONGEST_PASTE) -> str:
    """Return the text of a file of at most ``limit`` bytes, in any of a paste's encodings.

    The path may be ``/dev/stdin`` or that of a shell's ``<(…)``.

    :raises UsageError: if it cannot be read.
    """
    try:
        data = read_regular_file(path, limit, descriptors=True)
    except OSError as error:
        raise unreadable_file_error(path, error) from None
    return decode_paste(data, lambda: path)


def describe_source(words: list[str], variable: str | None = None, path: str | None = None) -> str:
    """Return where a paste came from, as the beginning of a sentence."""
    if variable is not None:
        return describe_variable(variable)
    if path is not None:
        from tokcheck.scan.safe_text import redact_tokens

        return f"The file {printable(redact_tokens(path))}"
    return "The argument" if words and words != ["-"] else "Standard input"


def prompt(stdin: TextIO, stderr: TextIO, question: str = _QUESTION) -> str:
    """Ask for a paste without showing it; it may have many lines.

    A terminal's line mode would cut a line at 4,096 characters and hand the lines behind the
    first to the shell, so the bytes are read as they come until Enter is followed by quiet.
    """
    try:
        import termios
    except ImportError:  # on Windows
        from getpass import getpass

        return getpass(question, stderr)
    import os
    import select

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
