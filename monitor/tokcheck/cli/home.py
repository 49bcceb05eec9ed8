"""Where tokcheck keeps what must outlive a process."""

from collections.abc import Mapping
from pathlib import Path


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return ``TOKCHECK_HOME``, or the folder that this system has for a user's data."""
    own = environment.get("TOKCHECK_HOME")
    if own:
        return Path(own).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tokcheck", appauthor=False)
