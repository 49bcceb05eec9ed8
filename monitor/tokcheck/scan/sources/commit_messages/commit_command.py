"""The options of the ``git commit`` that runs a hook, as far as the system shows them.

Git does not pass them to its hooks. Where there is no ``/proc``, they are not known.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_MOST_PARENTS = 12
_COMMANDS = {"commit", "merge"}
# Options with a value: the rest of the word or the next one, also at the end of several (-am TEXT).
_SHORT_WITH_VALUE = "mFCct"
# The value of these is the rest of the word, if there is one.
_SHORT_WITH_OWN_VALUE = "Su"
_LONG_WITH_VALUE = (
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
)
_CLEANUP = "--cleanup"
_SHORTEST = "--cl"  # git takes any unambiguous beginning
_EDIT = {"--ed": True, "--edi": True, "--edit": True, "--no-ed": False, "--no-edi": False}
_EDIT["--no-edit"] = False

ReadFile = Callable[[str], bytes]


class CommitOptions(NamedTuple):
    """The options of a ``git commit`` or ``git merge`` that decide what stays of a message."""

    cleanup: str | None = None
    """The mode, if it is given."""
    edit: bool = False
    """Whether an editor is requested, by ``-e``: also one that does nothing."""


def running_options(read: ReadFile | None = None, parent: int | None = None) -> CommitOptions:
    """Return the options of the git command that runs this hook, as far as they are known.

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
            break
        if words and os.path.basename(words[0]) in {"git", "git.exe"}:
            return parse_options(words[1:])
    return CommitOptions()


def parse_options(words: Sequence[str]) -> CommitOptions:
    """Return the last of these options among the words of a ``git commit`` or ``git merge``."""
    start = next((at for at, word in enumerate(words, 1) if word in _COMMANDS), len(words))
    mode, edit = None, False
    rest = iter(words[start:])
    for word in rest:
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name.startswith(_SHORTEST) and _CLEANUP.startswith(name):
                mode = value if equals else next(rest, None)
            elif not equals and any(option.startswith(name) for option in _LONG_WITH_VALUE):
                next(rest, None)
            else:
                edit = _EDIT.get(name, edit)
        elif word[:1] == "-":
            edit = _read_short(word[1:], rest) or edit
    return CommitOptions(mode, edit)


def _read_short(flags: str, rest: Iterator[str]) -> bool:
    """Return whether some options in one word request an editor; skip the value of the last."""
    edit = False
    for number, flag in enumerate(flags, 1):
        if flag in _SHORT_WITH_VALUE:
            if number == len(flags):
                next(rest, None)
            break
        if flag in _SHORT_WITH_OWN_VALUE:
            break
        edit = edit or flag == "e"
    return edit


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(1 << 20)
