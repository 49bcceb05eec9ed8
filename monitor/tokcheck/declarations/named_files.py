"""Whether the user names files of declarations: by ``--providers``, or by a variable."""

from collections.abc import Mapping, Sequence

VARIABLE = "TOKCHECK_PROVIDERS"
"""Files and folders, separated as those of ``PATH``."""


def are_files_named(option: Sequence[str] | None, environment: Mapping[str, str]) -> bool:
    """Return whether there are declarations to read; reading them loads pydantic."""
    return bool(option) or bool(environment.get(VARIABLE))
