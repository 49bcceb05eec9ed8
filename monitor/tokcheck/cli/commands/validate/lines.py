"""``tokcheck validate --lines``: one paste a line in, one JSON object a line out, in order."""

import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple, cast

from tokcheck.checks.checker import Checker
from tokcheck.checks.render_json import render
from tokcheck.checks.verdict import exit_code
from tokcheck.checks.without_token import is_empty
from tokcheck.core.errors import ExitCode, UsageError
from tokcheck.paste.encoding import encoding_of
from tokcheck.paste.encoding.compression import LONGEST_PASTE, PACK_AGAIN, packer_of
from tokcheck.paste.variable import read_variable
from tokcheck.storage.regular_files import open_regular_file, unreadable_file_error

_BATCH = 64
# A copy of this process is made in some milliseconds; Apple's libraries do not work in one.
_CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
_WORTH_BYTES = 256 << 10
# The exit code of the run is the first of these that a line has.
_WORST_FIRST = (ExitCode.NOT_USABLE, ExitCode.COULD_NOT_TELL, ExitCode.RATE_LIMITED)


class CheckedLine(NamedTuple):
    """The report on one line, as it is printed, and its exit code."""

    text: str
    code: int


def read_lines(words: list[str], variable: str | None, path: str | None) -> Iterator[str]:
    """Return the lines of the input; a stream's lines as they arrive."""
    if variable is not None:
        return iter(read_variable(variable, os.environ).splitlines())
    if path is not None:
        try:
            descriptor = open_regular_file(path, descriptors=True)
        except OSError as error:
            raise unreadable_file_error(path, error) from None
        return _decode_lines(open(descriptor, "rb"))  # noqa: PTH123 - read to its end, then the process ends
    if words and words != ["-"]:
        return iter(" ".join(words).splitlines())
    if sys.stdin.isatty():
        raise UsageError("There are no lines to check.", "Pipe them in, or pass --file PATH.")
    return _decode_lines(sys.stdin.buffer)


def note_empty_lines(lines: Iterator[str], source: str) -> Iterator[str]:
    """Yield the lines, and write a note if none of them has any text; ``source`` names them."""
    count, are_blank = 0, True
    for count, line in enumerate(lines, 1):  # noqa: B007 - used behind the loop
        are_blank = are_blank and is_empty(line)
        yield line
    if not count:
        sys.stderr.write(f"note: {source} is empty, so there are no lines to check.\n")
    elif are_blank:
        sys.stderr.write(f"note: {source} has only blank lines, so no line contains a token.\n")


def is_faster_in_processes(words: list[str], variable: str | None, path: str | None) -> bool:
    """Return whether several processes would be done sooner: for a large file, here.

    The lines of a pipe are checked as they arrive.
    """
    if not _CAN_FORK:
        return False
    try:
        if path is not None:
            found = os.stat(path)  # noqa: PTH116 - pathlib is slow to load
        elif variable is None and words in ([], ["-"]):
            found = os.fstat(sys.stdin.fileno())
        else:
            return False
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size >= _WORTH_BYTES


def check_line(checker: Checker, line: str) -> CheckedLine:
    """Check one line."""
    report = checker.check(line)
    text = f"{render(report, indent=None)}\n"
    return CheckedLine(text, exit_code(report.verdict, report.usable))


def check_batches(
    checker: Checker, lines: Iterator[str], *, at_once: int
) -> Iterator[Iterable[CheckedLine]]:
    """Check every line, ``at_once`` at the same time; yield them in batches, in order."""
    check = partial(check_line, checker)
    if at_once == 1:
        while batch := list(islice(lines, _BATCH)):
            yield map(check, batch)
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(at_once)
    try:
        while batch := list(islice(lines, _BATCH)):
            yield pool.map(check, batch)
    finally:
        # After an interrupt no further request is sent.
        pool.shutdown(wait=False, cancel_futures=True)


def print_lines(batches: Iterator[Iterable[CheckedLine]]) -> int:
    """Print the reports as they come, and return the exit code of the run.

    Without any line it is that of an empty paste.
    """
    codes: Counter[int] = Counter()
    for batch in batches:
        for text, code in batch:
            sys.stdout.write(text)
            codes[code] += 1
        sys.stdout.flush()
    total = codes.total()
    if sys.stderr.isatty():
        usable = codes[ExitCode.USABLE] + codes[ExitCode.RATE_LIMITED]
        sys.stderr.write(f"{total} checked, {usable} usable\n")
    nothing = ExitCode.USABLE if total else ExitCode.NOT_USABLE
    return next((code for code in _WORST_FIRST if codes[code]), nothing)


def _decode_lines(stream: BinaryIO) -> Iterator[str]:
    # Standard input and an open file are both buffered, so they have peek().
    buffered = cast("io.BufferedReader", stream)
    packer = packer_of(buffered.peek(16)[:16])
    if packer not in {"", "gzip"}:
        raise UsageError(
            f"The input is compressed by {packer}.",
            "Unpack it first, or compress it with gzip, which can be read line by line.",
        )
    if packer:
        import gzip
        import zlib

        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
        try:
            yield from _split_lines(buffered)
        except (EOFError, OSError, zlib.error):
            raise UsageError("The input is damaged: gzip cannot unpack it.", PACK_AGAIN) from None
    else:
        yield from _split_lines(buffered)


def _split_lines(stream: io.BufferedReader) -> Iterator[str]:
    text = io.TextIOWrapper(stream, encoding_of(stream.peek(4)[:4]), errors="replace")
    while line := text.readline(LONGEST_PASTE + 1):
        if len(line) > LONGEST_PASTE:
            raise UsageError("A line is longer than 1 MiB.", "Write one paste per line.")
        yield line.rstrip("\n")
