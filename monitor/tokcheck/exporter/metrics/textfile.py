"""A file for node_exporter's textfile collector, replaced atomically.

https://github.com/prometheus/node_exporter#textfile-collector: it reads every ``*.prom`` of its
folder at each scrape, in the plain text format and without timestamps.
"""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from tokcheck.core.errors import UsageError
from tokcheck.storage.atomic_write import find_creation_error, replace_file
from tokcheck.storage.regular_files import kind_of

_SUFFIX = ".prom"
_FOR_ALL_TO_READ = 0o644  # the collector is another user, and the file holds no secret
_HINTS = {
    errno.ENOENT: "Create the folder first. It is the one in node_exporter's option "
    "--collector.textfile.directory.",
    errno.ENOTDIR: "Give a file in the folder of node_exporter's option "
    "--collector.textfile.directory.",
    errno.EISDIR: "Give the name of a file in that folder, such as tokcheck.prom.",
    errno.EINVAL: "Give the name of a file that is new or a regular one.",
    errno.ENOSPC: "Free some space on that disk; the file was not changed.",
    errno.EROFS: "Give a file in a writable folder.",
    errno.EPERM: "Give a file in the folder of node_exporter's option "
    "--collector.textfile.directory.",
    errno.ENAMETOOLONG: "Give it a shorter name, such as tokcheck.prom.",
}
_OTHER_HINT = "Check that this user may write to the folder; the file was not changed."


def check_path(path: Path) -> None:
    """Check that the file can be written, as far as that can be known without writing it.

    :raises UsageError: if it cannot.
    """
    if path.suffix != _SUFFIX:
        raise UsageError(
            f"The file {path} does not end in {_SUFFIX}, so node_exporter would not read it.",
            f"Call it {path.name.partition('.')[0] or 'tokcheck'}{_SUFFIX}.",
        )
    try:
        error = _find_error(path)
    except OSError as caught:  # a name that is too long, or a folder that may not be searched
        error = caught
    if error is not None:
        raise write_error(path, error) from None


def _find_error(path: Path) -> OSError | None:
    """Return the error that writing the file would end with, if that is known.

    :raises OSError: if the path cannot be looked up.
    """
    folder = path.parent
    with suppress(FileNotFoundError, NotADirectoryError):
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return OSError(errno.EINVAL, f"it is {kind_of(mode)}, not a file")
    if path.is_dir():
        return _system_error(errno.EISDIR)
    if not folder.is_dir():
        return _system_error(errno.ENOTDIR if folder.exists() else errno.ENOENT)
    error = find_creation_error(folder)
    if error is not None and error.errno == errno.ENOENT:  # as Linux says it of /proc
        return OSError(errno.EPERM, f"no file can be created in {folder}")
    return error


def _system_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def write(path: Path, body: bytes) -> None:
    """Replace the file atomically.

    :raises UsageError: if it cannot be written; an existing file is then unchanged.
    """
    check_path(path)  # a rename would report a folder only after everything was written
    try:
        replace_file(path, body, mode=_FOR_ALL_TO_READ)
    except OSError as error:
        raise write_error(path, error) from None


def write_error(path: Path, error: OSError) -> UsageError:
    """Return the error of a file that cannot be written, with the next step."""
    reason = (error.strerror or "unknown error").lower()
    return UsageError(
        f"The file {path} cannot be written: {reason}.",
        _HINTS.get(error.errno or 0, _OTHER_HINT),
    )
