"""A file for node_exporter's textfile collector, replaced atomically.

https://github.com/prometheus/node_exporter#textfile-collector: it reads every ``*.prom`` of its
folder at each scrape, in the plain text format and without timestamps.
"""

import errno
import os
from pathlib import Path

from tokcheck.core.errors import UsageError
from tokcheck.storage.atomic_write import replace_file

_SUFFIX = ".prom"
_FOR_ALL_TO_READ = 0o644  # the collector is another user, and the file holds no secret
_HINTS = {
    errno.ENOENT: "Create the folder first. It is the one in node_exporter's option "
    "--collector.textfile.directory.",
    errno.ENOTDIR: "Give a file in the folder of node_exporter's option "
    "--collector.textfile.directory.",
    errno.EISDIR: "Give the name of a file in that folder, such as tokcheck.prom.",
    errno.ENOSPC: "Free some space on that disk; the file was not changed.",
    errno.EROFS: "Give a file in a writable folder.",
}
_OTHER_HINT = "Check that this user may write to the folder; the file was not changed."


def write(path: Path, body: bytes) -> None:
    """Replace the file atomically.

    :raises UsageError: if it cannot be written; an existing file is then unchanged.
    """
    if path.suffix != _SUFFIX:
        raise UsageError(
            f"The file {path} does not end in {_SUFFIX}, so node_exporter would not read it.",
            f"Call it {path.name.partition('.')[0] or 'tokcheck'}{_SUFFIX}.",
        )
    try:
        if path.is_dir():  # a rename would say so only after everything was written
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        replace_file(path, body, mode=_FOR_ALL_TO_READ)
    except OSError as error:
        raise write_error(path, error) from None


def write_error(path: Path, error: OSError) -> UsageError:
    """Return an error that says why the file cannot be written, and what to do."""
    reason = (error.strerror or "unknown error").lower()
    return UsageError(
        f"The file {path} cannot be written: {reason}.",
        _HINTS.get(error.errno or 0, _OTHER_HINT),
    )
