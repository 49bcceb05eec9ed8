"""A file for node_exporter's textfile collector, replaced atomically.

https://github.com/prometheus/node_exporter#textfile-collector: it reads every ``*.prom`` of its
folder at each scrape, in the plain text format and without timestamps.
"""

import errno
import os
from pathlib import Path

from tokcheck.core.errors import UsageError
from tokcheck.storage.atomic_write import replace_file
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
}
_OTHER_HINT = "Check that this user may write to the folder; the file was not changed."


def check_path(path: Path) -> None:
    """Check that the file can be written, as far as that can be known without writing.

    :raises UsageError: if it cannot.
    """
    if path.suffix != _SUFFIX:
        raise UsageError(
            f"The file {path} does not end in {_SUFFIX}, so node_exporter would not read it.",
            f"Call it {path.name.partition('.')[0] or 'tokcheck'}{_SUFFIX}.",
        )
    if path.exists() and not (path.is_file() or path.is_dir()):
        what = kind_of(path.stat().st_mode)
        raise write_error(path, OSError(errno.EINVAL, f"it is {what}, not a file"))
    number = _write_errno(path)
    if number:
        raise write_error(path, OSError(number, os.strerror(number)))


def _write_errno(path: Path) -> int:
    """Return the number of the error that writing the file would end with, or 0."""
    folder = path.parent
    if path.is_dir():
        return errno.EISDIR
    if not folder.is_dir():
        return errno.ENOTDIR if folder.exists() else errno.ENOENT
    return 0 if os.access(folder, os.W_OK | os.X_OK) else errno.EACCES


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
