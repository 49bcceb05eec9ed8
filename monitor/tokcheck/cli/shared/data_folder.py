"""The data folder: accounts and the exporter's database."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tokcheck.core.errors import UsageError


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return ``TOKCHECK_HOME``, or this system's folder for a user's data.

    :raises UsageError: if the home folder is unknown.
    """
    try:
        return _folder(environment)
    except RuntimeError:  # pathlib's, where neither HOME nor the system's list of users tells
        raise UsageError(
            "The home folder is unknown, so tokcheck has no place for its data.",
            "Set HOME, or set TOKCHECK_HOME to a folder for the data.",
        ) from None


def _folder(environment: Mapping[str, str]) -> Path:
    own = environment.get("TOKCHECK_HOME")
    if own:
        return Path(own).expanduser()
    if sys.platform == "linux" and "ANDROID_DATA" not in environment:
        # As platformdirs says it, which takes as long to load as `tokcheck token` does in all:
        # https://specifications.freedesktop.org/basedir-spec/latest/
        base = environment.get("XDG_DATA_HOME", "")
        shared = Path(base) if os.path.isabs(base) else Path.home() / ".local" / "share"  # noqa: PTH117 - the text, not the path
        return shared / "tokcheck"
    from platformdirs import user_data_path

    return user_data_path("tokcheck", appauthor=False)
