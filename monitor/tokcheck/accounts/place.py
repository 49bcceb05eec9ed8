"""Where secrets may be written outside of the store: over nothing that is there unasked."""

import stat
from pathlib import Path

from tokcheck.accounts.fault import explained
from tokcheck.core.errors import UsageError


def checked_place(path: Path, *, replace: bool) -> Path:
    """Return ``path`` if a file may be written there; with ``replace`` also over another file.

    :raises UsageError: if it may not. A device or a link is never replaced: a rename would put a
        file into its place, for every other program as well.
    """
    with explained(path):
        try:
            found = path.lstat()
        except FileNotFoundError:
            found = None
    if found is None:
        if not path.parent.is_dir():
            raise UsageError(
                f"There is no folder {path.parent}.", "Make it first, or name another file."
            )
    elif not stat.S_ISREG(found.st_mode):
        raise UsageError(
            f"{path} is no ordinary file.",
            "Name a file that is not there yet; a link is not followed. Without --output, standard "
            "output is written to.",
        )
    elif not replace:
        raise UsageError(
            f"{path} exists already, and was left as it is.",
            "Name another file, or give --replace to put this one in its place.",
        )
    return path


def is_in_repository(path: Path) -> bool:
    """Tell whether a file lies where git would take it up."""
    return any((folder / ".git").exists() for folder in path.absolute().parents)
