"""The options of the ``git commit`` that runs a hook, as far as the system shows them.

Git does not pass them to its hooks. Where there is no ``/proc``, they are not known.
"""

import os
from collections.abc import Callable, Sequence

_MOST_PARENTS = 12
_COMMANDS = {"commit", "merge"}
# Options with the next word as their value, short ones also at the end of several: -am TEXT.
_SHORT_WITH_VALUE = "mFCct"
_LONG_WITH_VALUE = {
    "--message",
    "--file",
    "--author",
    "--date",
    "--template",
    "--reuse-message",
    "--reedit-message",
    "--fixup",
    "--squash",
    "--trailer",
    "--pathspec-from-file",
}
_CLEANUP = "--cleanup"
_SHORTEST = "--cl"  # git takes any unambiguous beginning

ReadFile = Callable[[str], bytes]


def cleanup_option(read: ReadFile | None = None, parent: int | None = None) -> str | None:
    """Return the ``--cleanup`` mode of the git command that runs this hook, or ``None``.

    ``read`` returns the content of a file; ``parent`` is the process to begin with.
    """
    read = read or _read
    process = os.getppid() if parent is None else parent
    for _ in range(_MOST_PARENTS):
        try:
            words = os.fsdecode(read(f"/proc/{process}/cmdline")).split("\0")[:-1]
            status = read(f"/proc/{process}/stat")
            # The name of the program is in parentheses and may hold any character.
            process = int(status.rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
        if words and os.path.basename(words[0]) in {"git", "git.exe"}:
            return parse_cleanup(words[1:])
    return None


def parse_cleanup(words: Sequence[str]) -> str | None:
    """Return the last ``--cleanup`` among the words of a ``git commit`` or ``git merge``."""
    start = next((at for at, word in enumerate(words, 1) if word in _COMMANDS), len(words))
    mode = None
    rest = iter(words[start:])
    for word in rest:
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name.startswith(_SHORTEST) and _CLEANUP.startswith(name):
                mode = value if equals else next(rest, None)
            elif not equals and name in _LONG_WITH_VALUE:
                next(rest, None)
        elif word[:1] == "-" and word[-1] in _SHORT_WITH_VALUE:
            flags = word[1:-1]
            if not any(flag in _SHORT_WITH_VALUE for flag in flags):
                next(rest, None)
    return mode


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(1 << 20)
