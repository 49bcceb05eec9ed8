"""The files of a folder as git lists them, and the blobs that git has in place of some of them."""

import os
from collections.abc import Iterable
from typing import NamedTuple

from tokcheck.core.errors import UsageError, join_lines
from tokcheck.scan.sources import git

_OUTSIDE = b"S"  # of a sparse checkout, "skip-worktree"
_NEW = b"?"
_NO_BLOBS = {b"160000"}  # a submodule
# The content of these is found by the pointer that the folder or the blob has.
_FOLLOWED_FILTERS = {"lfs"}
_FILTERS = r"^filter\..*\.(clean|smudge|process)$"


class Blob(NamedTuple):
    """A blob of git in place of a file, or beside it."""

    object: str
    path: str
    """From the listed folder."""


class Listing(NamedTuple):
    """The files of a folder, from there, that git does not ignore."""

    files: list[str]
    outside: list[str]
    """Those that a sparse checkout leaves out of the folder."""
    tracked: int
    """How many of the others git has, too."""


def list_folder(folder: str) -> Listing | None:
    """Return the files below a folder, or ``None`` outside a work tree.

    A folder belongs to the repository that it lies in, and not to the one that a running hook's
    variables name.
    """
    words = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    listing = git.start(*words, folder=folder)
    try:
        output = b"".join(git.read_output(listing))
    except UsageError as error:
        # Inside a .git folder, or beside one that is no repository.
        if b"not a git repository" in listing.errors or b"in a work tree" in listing.errors:
            return None
        raise UsageError(
            error.message, join_lines("To read folders without git: --no-gitignore.", error.hint)
        ) from None
    entries = output.split(b"\0")[:-1]
    outside = [os.fsdecode(entry[2:]) for entry in entries if entry[:1] == _OUTSIDE]
    tracked = sum(entry[:1] not in {_OUTSIDE, _NEW} for entry in entries)
    return Listing([os.fsdecode(entry[2:]) for entry in entries], outside, tracked)


def hidden_blobs(folder: str, outside: list[str]) -> list[Blob]:
    """Return the blobs that the folder does not have the text of.

    These are the files ``outside`` of a sparse checkout that are missing, and the files that a
    filter changes.
    """
    missing = {path for path in outside if not os.path.lexists(os.path.join(folder, path))}
    blobs = [blob for blob in _staged_blobs(folder) if blob.path in missing] if missing else []
    names = _filters(folder)
    simple = {name for name in names if _is_simple(name)}
    for name in sorted(simple):
        blobs += _staged_blobs(folder, f":(attr:filter={name})")
    others = names - simple
    return blobs + (_behind_filters(folder, _staged_blobs(folder), others) if others else [])


def filtered_blobs(folder: str, paths: Iterable[str]) -> list[Blob]:
    """Return the blobs of those paths, from a folder, that a filter changes in the folder."""
    names = _filters(folder)
    if not names:
        return []
    literal = [f":(literal){path}" for path in paths]
    tracked = [blob for some in git.batches(literal) for blob in _staged_blobs(folder, *some)]
    return _behind_filters(folder, tracked, names)


def _behind_filters(folder: str, blobs: Iterable[Blob], names: set[str]) -> list[Blob]:
    """Return the blobs with one of these filters as their attribute, in any spelling of it."""
    tracked = {blob.path: blob for blob in blobs}
    found = []
    for some in git.batches(tracked):
        output = git.run("check-attr", "-z", "filter", "--", *some, folder=folder)
        fields = [os.fsdecode(field) for field in output.split(b"\0")[:-1]]
        paths, values = fields[::3], fields[2::3]
        found += [
            tracked[path] for path, value in zip(paths, values, strict=True) if value in names
        ]
    return found


def _staged_blobs(folder: str, *pathspec: str) -> list[Blob]:
    output = git.run("ls-files", "-z", "--stage", "--", *pathspec, folder=folder)
    blobs = []
    for entry in output.split(b"\0")[:-1]:
        facts, _, path = entry.partition(b"\t")
        mode, object_id, _ = facts.split(b" ")
        if mode not in _NO_BLOBS:
            blobs.append(Blob(object_id.decode("ascii"), os.fsdecode(path)))
    return blobs


def _filters(folder: str) -> set[str]:
    """Return the filters that git would use."""
    # It fails if none is configured.
    output = git.try_run("config", "-z", "--name-only", "--get-regexp", _FILTERS, folder=folder)
    keys = (output or b"").decode("utf-8", "surrogateescape").split("\0")[:-1]
    return {key.partition(".")[2].rpartition(".")[0] for key in keys} - _FOLLOWED_FILTERS


def _is_simple(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()
