"""Looking at files again and again: thousands of them, each read only when it has changed.

A file counts as unchanged when its stamp is the one that it was read under, twice: a clock of a
file system may be so coarse that a second change leaves no trace in it. And a single bad look at
a file that was good is not believed, since many programs empty a file before they write it.
"""

import os
from collections.abc import Callable, Container
from typing import NamedTuple, TypeAlias

from tokcheck.accounts.names import flaw
from tokcheck.exporter.sources.reading import Given, from_file, shown, unreadable

# Modified, changed (its permissions, say), inode, device, size.
Stamp: TypeAlias = tuple[int, int, int, int, int]

_UNFINISHED = ("~", ".swp", ".tmp")


class Seen(NamedTuple):
    """What the last look at a file brought.

    ``stamp`` is ``None`` where it could not be read at all. ``sure`` tells that it was read twice
    under this stamp, ``doubted`` that the last look was bad and is not yet believed.
    """

    stamp: Stamp | None
    given: Given
    sure: bool = False
    doubted: bool = False


class Listing(NamedTuple):
    """The files in a folder by name, and those that are left out, each with why."""

    names: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def look(path: str, before: Seen | None, read: Callable[[str], Given] = from_file) -> Seen:
    """Look at a file; read it if it may have changed since ``before``."""
    try:
        stamp = _stamp(os.stat(path))  # noqa: PTH116 - thousands of them, often
        if before is not None and before.sure and before.stamp == stamp:
            return before
        seen = Seen(stamp, read(path))
    except (OSError, ValueError) as error:
        seen = Seen(None, unreadable(path, error))
    if before is None:
        return seen
    if seen.given.paste is None and before.given.paste is not None and not before.doubted:
        return Seen(None, before.given, doubted=True)
    return seen._replace(sure=seen.stamp is not None and seen.stamp == before.stamp)


def listing(folder: str, known: Container[str] = ()) -> Listing:
    """List the files in a folder whose names can be those of accounts; ``known`` ones can.

    Left out without a word are sub-folders and whatever else is no file, hidden files (what
    Kubernetes keeps its versions under) and what editors leave behind.

    :raises OSError: if the folder cannot be listed.
    """
    names: list[str] = []
    notes: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(".") or name.endswith(_UNFINISHED) or not _is_file(entry):
                continue
            wrong = "" if name in known else flaw(name)
            if wrong:
                notes.append(
                    f"The file {shown(name)} in {shown(folder)} is not watched: its name cannot "
                    f"be an account's, since {wrong}."
                )
            else:
                names.append(name)
    return Listing(frozenset(names), tuple(sorted(notes)))


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a file, or a link that ought to lead to one."""
    try:
        if entry.is_file():
            return True
    except OSError:
        return True  # whoever reads it says what is wrong
    return entry.is_symlink() and not os.path.exists(entry.path)  # noqa: PTH110 - as above


def _stamp(status: os.stat_result) -> Stamp:
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
        status.st_size,
    )
