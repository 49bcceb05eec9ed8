"""The data folder: accounts and the exporter's database."""

import os
import sys
from collections.abc import Mapping

from tokcheck.core.errors import UsageError

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS_FILE = "accounts.sqlite3"
"""The name of the accounts' database in the data folder."""


def data_folder(environment: Mapping[str, str]) -> "Path":
    """Return ``TOKCHECK_HOME``, or this system's folder for a user's data.

    :raises UsageError: if the home folder is unknown.
    """
    from pathlib import Path

    return Path(data_folder_text(environment))


def data_folder_text(environment: Mapping[str, str]) -> str:
    """Return the data folder as a text, for commands that start faster without pathlib.

    :raises UsageError: if the home folder is unknown.
    """
    own = environment.get("TOKCHECK_HOME")
    if own:
        return _expand_home(own)
    if sys.platform == "linux" and "ANDROID_DATA" not in environment:
        # As platformdirs says it, which takes as long to load as `tokcheck token` does in all:
        # https://specifications.freedesktop.org/basedir-spec/latest/
        base = environment.get("XDG_DATA_HOME", "")
        shared = base if os.path.isabs(base) else _expand_home("~/.local/share")  # noqa: PTH117 - the text, not the path
        return os.path.join(shared, "tokcheck")  # noqa: PTH118 - pathlib is slow to load
    from platformdirs import user_data_dir

    return user_data_dir("tokcheck", appauthor=False)


def _expand_home(path: str) -> str:
    expanded = os.path.expanduser(path)  # noqa: PTH111 - pathlib is slow to load
    # It stays as it is where neither HOME nor the system's list of users names a folder.
    if expanded.startswith("~"):
        raise UsageError(
            "The home folder is unknown, so tokcheck has no place for its data.",
            "Set HOME, or set TOKCHECK_HOME to a folder for the data.",
        )
    return expanded
