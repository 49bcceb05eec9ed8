"""Wildcards in paths, which the shells of Windows leave to each program."""

import sys
from collections.abc import Sequence


def expand_wildcards(paths: Sequence[str], platform: str = sys.platform) -> list[str]:
    """Return paths with each pattern of ``*`` and ``?`` replaced by what it matches, sorted.

    A pattern that matches nothing stays, as it does in other programs of Windows. On every other
    system, each path stays: a shell has expanded the patterns there.
    """
    if platform != "win32" or not any(_is_pattern(path) for path in paths):
        return list(paths)
    from glob import glob  # in Windows alone: it takes long to load

    expanded: list[str] = []
    for path in paths:
        found: list[str] = []
        if _is_pattern(path):
            # In Windows, a bracket and a dot in front are as any other sign of a name.
            brackets = path.replace("[", "[[]")
            found = glob(brackets, include_hidden=True)  # noqa: PTH207 - also of other folders
        expanded += sorted(found) or [path]
    return expanded


def _is_pattern(path: str) -> bool:
    return "*" in path or "?" in path
