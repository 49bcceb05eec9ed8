"""Where tokcheck keeps what must outlive a process."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tokcheck.core.errors import UsageError


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return ``TOKCHECK_HOME``, or the folder that this system has for a user's data.

    :raises UsageError: if it is to be in a home folder, and there is none.
    """
    try:
        return _folder(environment)
    except RuntimeError:  # pathlib's, where neither HOME nor the system's list of users tells
        raise UsageError(
            "The home folder, in which tokcheck keeps its data, is not known.",
            "Set HOME, or name a folder for the data with TOKCHECK_HOME.",
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
