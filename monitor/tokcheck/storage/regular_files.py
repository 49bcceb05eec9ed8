"""Bounded reading of regular files: configuration, and data that anyone may have written.

A repository or an archive may have a device, a pipe or a text of any size in the place of a file.
None of them makes a command wait or fills the memory: what is no regular file is not opened, and
no more is read than a limit.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable

from tokcheck.core.errors import UsageError

CONFIGURATION_BYTES = 64 * 1024
"""The limit of a configuration file."""

# Not every system has all of them. Between the check and the opening, a pipe may replace the file.
_AT_ONCE = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_STREAM = os.O_RDONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")
_BLOCK = 1 << 16
INVALID_NAME = "its name is not valid on this system"
_CHECK = "Check its name and permissions."
_HINTS = {
    errno.EFBIG: "Name another file, or leave out what is not needed.",
    errno.EILSEQ: "Save the file as UTF-8.",
    errno.EINVAL: "Name a regular file.",
    errno.EISDIR: "Name a regular file.",
}
_SPECIAL = (
    (stat.S_ISDIR, errno.EISDIR, "a folder"),
    (stat.S_ISFIFO, errno.EINVAL, "a pipe"),
    (stat.S_ISSOCK, errno.EINVAL, "a socket"),
)


def read_regular_file(
    path: str,
    limit: int,
    *,
    descriptors: bool = False,
    check: Callable[[os.stat_result], None] = lambda _: None,
) -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes; links are followed.

    ``descriptors`` is that of :func:`open_regular_file`. ``check`` raises an error if the file,
    which has this status, must not be read.

    :raises OSError: if it cannot be read, is too large, or is something else than a regular file;
        its ``strerror`` says which.
    """
    descriptor = open_regular_file(path, descriptors=descriptors)
    try:
        check(os.fstat(descriptor))
        # The size is no guide: files of /proc have none, and a file may grow.
        blocks: list[bytes] = []
        left = limit + 1
        while left > 0 and (block := os.read(descriptor, min(left, _BLOCK))):
            blocks.append(block)
            left -= len(block)
    finally:
        os.close(descriptor)
    if left <= 0:
        raise OSError(errno.EFBIG, f"it is larger than {_format_size(limit)}")
    return b"".join(blocks)


def open_regular_file(path: str, *, descriptors: bool = False) -> int:
    """Open a regular file for reading and return its descriptor; links are followed.

    With ``descriptors``, the path may also name an open descriptor of this process, as
    ``/dev/stdin`` and the ``<(…)`` of a shell do: a pipe, which is waited for, or anything else
    that the process was started with.

    :raises OSError: if it cannot be opened or is something else; its ``strerror`` says which.
    """
    try:
        # Windows has no paths of descriptors.
        is_named = path == "/dev/stdin" or path.startswith(_DESCRIPTORS)
        if descriptors and sys.platform != "win32" and is_named:
            _check_readable(path)
            return os.open(path, _STREAM)
        # Opening a device can make it do something, so the path is checked before.
        _check_regular(os.stat(path).st_mode)  # noqa: PTH116 - pathlib costs start-up time
        descriptor = os.open(path, _AT_ONCE)
    except ValueError:  # a NUL, or a character that file names here cannot have
        raise OSError(errno.EINVAL, INVALID_NAME) from None
    try:
        _check_regular(os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_text(path: str, limit: int, hint: str = "", *, descriptors: bool = False) -> str:
    """Return the text of a regular file; the parameters are those of :func:`read_regular_file`.

    :raises UsageError: if it cannot be read, or is not UTF-8.
    """
    try:
        return decode_text(read_regular_file(path, limit, descriptors=descriptors))
    except OSError as error:
        raise unreadable_file_error(path, error, hint) from None


def decode_text(data: bytes) -> str:
    """Return a file's content as text; a byte order mark is left out.

    :raises OSError: if it is not UTF-8; its ``strerror`` names the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    raise OSError(errno.EILSEQ, f"line {line} is not UTF-8")


def unreadable_file_error(path: str, error: OSError, hint: str = "") -> UsageError:
    """Return the error that says why a file cannot be read.

    ``hint`` is the next step for a file that is missing or closed to this user.
    """
    next_step = reading_hint(error, hint or _CHECK)
    return UsageError(f"{path} cannot be read: {reason_of(error)}.", next_step)


def reading_hint(error: OSError, hint: str) -> str:
    """Return the next step for a file that cannot be read; ``hint`` if the cause has no own one."""
    return _HINTS.get(error.errno or 0, hint)


def reason_of(error: OSError) -> str:
    """Return why a file cannot be read, as a clause."""
    return error.strerror or type(error).__name__


def kind_of(mode: int) -> str:
    """Return the kind of a file that is not regular, with an article."""
    return next((kind for is_kind, _, kind in _SPECIAL if is_kind(mode)), "a device")


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        number = next((number for is_kind, number, _ in _SPECIAL if is_kind(mode)), errno.EINVAL)
        raise OSError(number, f"it is {kind_of(mode)}, not a regular file")


if sys.platform != "win32":

    def _check_readable(path: str) -> None:
        """Check that a descriptor is no pipe to another program: its end would never come."""
        import fcntl

        number = path.rpartition("/")[2]
        if number.isascii() and number.isdigit():
            flags = fcntl.fcntl(int(number), fcntl.F_GETFL)
            if flags & os.O_ACCMODE == os.O_WRONLY:
                raise OSError(errno.EBADF, "it is open for writing only")


def _format_size(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"
