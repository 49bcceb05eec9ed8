"""A file for node_exporter's textfile collector: whole at every moment, or as it was before.

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
    errno.ENOENT: "Make the folder first; node_exporter names it in "
    "--collector.textfile.directory.",
    errno.ENOTDIR: "Give a file in the folder that node_exporter names in "
    "--collector.textfile.directory.",
    errno.EISDIR: "Give the name of a file in it, such as tokcheck.prom.",
    errno.ENOSPC: "Make room there; the file is as it was before.",
    errno.EROFS: "Give a file in a folder that can be written to.",
}
_OTHER_HINT = "Check that this user may write to the folder; a file that was there is as before."


def write(path: Path, body: bytes) -> None:
    """Replace the file at once; raise :class:`UsageError` and leave everything as it was."""
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
        raise refusal(path, error) from None


def refusal(path: Path, error: OSError) -> UsageError:
    """Say what kept the file from being written, and what to do."""
    why = (error.strerror or "an error without a name").lower()
    return UsageError(
        f"The file {path} cannot be written: {why}.",
        _HINTS.get(error.errno or 0, _OTHER_HINT),
    )
