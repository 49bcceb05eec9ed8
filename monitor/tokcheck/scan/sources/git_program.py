"""The git to run: an absolute path, found on ``PATH`` and never in a scanned folder.

The systems' own search is not enough: Windows looks into the current folder first, and an empty
or relative entry of ``PATH`` means the current folder everywhere.
"""

import os
from collections.abc import Iterable

from tokcheck.core.errors import UsageError

_NAME = "git.exe" if os.name == "nt" else "git"


def find_git(search_path: str, scanned: Iterable[str]) -> str:
    """Return the first git of a ``PATH`` that lies in none of the ``scanned`` folders.

    :raises UsageError: if there is none.
    """
    # The folder of a whole disk is not a repository that others have written.
    roots = [root for root in map(os.path.realpath, scanned) if os.path.dirname(root) != root]
    is_inside = False
    for entry in search_path.split(os.pathsep):
        path = os.path.join(entry.strip('"'), _NAME)
        if not os.path.isabs(path) or not os.path.isfile(path) or not os.access(path, os.X_OK):
            continue
        # An entry may be a link into the repository, and so may the program.
        places = (os.path.realpath(os.path.dirname(path)), os.path.realpath(path))
        if not any(_lies_in(place, root) for place in places for root in roots):
            return path
        is_inside = True
    without_git = "scan folders without it: --no-gitignore."
    if is_inside:
        raise UsageError(
            "The only git on the PATH lies in the scanned repository, so it is not run.",
            f"Install git outside of the repository, or {without_git}",
        )
    raise UsageError("git was not found.", f"Install git, or {without_git}")


def _lies_in(path: str, root: str) -> bool:
    path, root = os.path.normcase(path), os.path.normcase(root)
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
