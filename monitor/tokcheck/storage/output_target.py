"""Writing to a place that the user named: a file, an open descriptor, a device or a pipe.

A file is replaced atomically, since programs may read it at any time. Anything else cannot be
replaced, or should not be: it is written to, without waiting for a reader.
"""

import errno
import os
import stat
import sys
from pathlib import Path

from tokcheck.storage.atomic_write import replace_file, write_all
from tokcheck.storage.regular_files import kind_of

_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_FOLDERS = ("/dev/fd/", "/proc/self/fd/")
_FLAGS = (
    os.O_WRONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def descriptor_of(path: str) -> int | None:
    """Return the open descriptor that a path names, as ``/dev/stdout`` and ``>(…)`` do."""
    if path in _STREAMS:
        return _STREAMS[path]
    folder = next((each for each in _FOLDERS if path.startswith(each)), None)
    number = path.removeprefix(folder) if folder else ""
    return int(number) if number.isascii() and number.isdigit() else None


def write_output(path: str, content: bytes) -> None:
    """Write to a place that the user named; a link is followed.

    :raises OSError: if it cannot be written; ``ENXIO`` for a pipe without a reader.
    """
    descriptor = descriptor_of(path)
    if descriptor is not None:
        write_all(descriptor, content)
        return
    place = os.path.realpath(path)
    try:
        mode = Path(place).stat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    if stat.S_ISREG(mode):
        replace_file(Path(place), content, mode=None)
    elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        _write_stream(place, content)
    else:
        what = "a block device" if stat.S_ISBLK(mode) else kind_of(mode)
        raise OSError(errno.EINVAL, f"it is {what}")


def open_output(path: str, flags: int = 0) -> int:
    """Open a device, a pipe or a file for writing, without waiting for a reader.

    :raises OSError: if it cannot be opened; ``ENXIO`` for a pipe without a reader.
    """
    try:
        descriptor = os.open(path, _FLAGS | flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "it is a pipe that no program reads") from None
        raise
    if sys.platform != "win32":  # which has it for pipes only
        os.set_blocking(descriptor, True)
    return descriptor


def _write_stream(path: str, content: bytes) -> None:
    descriptor = open_output(path)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)
