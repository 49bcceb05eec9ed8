"""The user's own declarations, as tables by name; without any, nothing is loaded."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokcheck.declarations.named_files import are_files_named


def own_tables(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the declarations that the option and the environment name, by provider.

    None of the present folder or of a repository is read by itself.

    :raises UsageError: if a file cannot be used.
    """
    if not are_files_named(option, environment):
        return {}
    # It loads pydantic, which takes longer than most checks.
    from tokcheck.declarations.files import read_tables

    return read_tables(option, environment)
