"""Scan sources requested by the pre-commit program."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import sha256
from tokcheck.scan.sources import git, git_index
from tokcheck.scan.sources.chunks import PathFilter, Source
from tokcheck.scan.sources.files import BlobEntry, BlobSource, FileEntry, PathSource
from tokcheck.scan.sources.git_changes import Copies, StagedChanges
from tokcheck.scan.sources.git_history import (
    Revisions,
    history_sources,
    parse_range,
    unpushed_revisions,
)

_MANY_FILES = 500
_NO_COMMITS = Revisions(())
_NOTE = "tokcheck-pre-commit"  # a file in the folder of the repository


def pre_commit_sources(
    names: Sequence[str],
    environ: Mapping[str, str],
    keep: PathFilter | None = None,
    copies: Copies | None = None,
    is_first: Callable[[], bool] = lambda: True,
) -> Iterator[Source]:
    """Return the sources that the pre-commit program requests by its variables or by file names.

    If its variables name two commits (a push, or ``--from-ref`` and ``--to-ref``): every commit
    between them, not only the files that are named, since a push also sends tokens that a later
    commit deletes. Otherwise (a commit, ``--all-files``): the named files, as they are staged or,
    if they are not, as they are on disk. ``copies`` is filled as by :func:`range_sources`.

    Names that fill more than a command line are passed in several calls; ``is_first`` returns
    whether this is the first one. It alone reads what belongs to no name.
    """
    is_first = cache(is_first)
    # https://github.com/pre-commit/pre-commit/blob/main/pre_commit/commands/run.py
    first, last = environ.get("PRE_COMMIT_FROM_REF"), environ.get("PRE_COMMIT_TO_REF")
    if first and last:
        revisions = parse_range(f"{first}..{last}") if is_first() else _NO_COMMITS
        return history_sources(revisions, keep, copies)
    branch, remote = environ.get("PRE_COMMIT_LOCAL_BRANCH"), environ.get("PRE_COMMIT_REMOTE_NAME")
    if branch and remote:
        # The first push of a history, which has no commit to start after.
        revisions = unpushed_revisions(branch, remote) if is_first() else _NO_COMMITS
        return history_sources(revisions, keep, copies)
    return _file_sources(names, StagedChanges(), keep, is_first)


def note_call(
    environ: Mapping[str, str],
    options: Sequence[str],
    parent: Callable[[], str] | None = None,
) -> bool:
    """Return whether this is the first call of a hook by a run of pre-commit, and note it.

    A run is its process, the hook the ``options`` that it has. Where that cannot be known or noted,
    each call is the first one: a finding that is reported twice is better than one that is missed.
    """
    if environ.get("PRE_COMMIT") != "1":
        return True
    process = (parent or parent_process)()
    variables = [environ.get(f"PRE_COMMIT_{name}_REF", "") for name in ("FROM", "TO")]
    run = sha256("\0".join([process, *variables, *options]).encode(errors="replace")).hex()
    try:
        path = git.run("rev-parse", "--git-path", _NOTE).rstrip(b"\n")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except (UsageError, OSError):
        return True
    with open(descriptor, "r+b") as file:
        if file.read(len(run)) == run.encode():
            return False
        file.seek(0)
        file.write(run.encode())
    return True


def parent_process() -> str:
    """Return the id of the parent process, with its start where the system shows it."""
    number = os.getppid()
    try:
        with open(f"/proc/{number}/stat", "rb", buffering=0) as file:
            started = file.read(4096).rpartition(b")")[2].split()[19]
    except (OSError, IndexError):
        started = b""
    return f"{number} {started.decode()}"


def _file_sources(
    names: Sequence[str],
    staging: StagedChanges,
    keep: PathFilter | None,
    is_first: Callable[[], bool],
) -> Iterator[Source]:
    changes = staging.read()
    wanted = {path for name in names if (path := os.fsencode(name)) in changes}
    # Files outside a sparse working tree cannot be named and are committed all the same.
    hidden = {
        path
        for path in changes.keys() - wanted
        if changes[path].status != "D" and not os.path.lexists(path)
    }
    if hidden and is_first():
        wanted |= hidden
    yield from staging.sources((changes[path] for path in changes if path in wanted), keep)
    others = (FileEntry(name, name) for name in names if os.fsencode(name) not in changes)
    files = tuple(entry for entry in others if keep is None or keep(entry.path))
    if files:
        yield PathSource(files)
    if files and is_first():
        yield from _hidden_sources(files, keep)


def _hidden_sources(files: Sequence[FileEntry], keep: PathFilter | None) -> Iterator[Source]:
    """Yield what only git has, if all files are requested: pre-commit names those on disk alone.

    It does not say so either, but then it names most files, or so many that a command line is full.
    """
    listed = git_index.list_folder(".")
    if listed is None or len(files) < min(_MANY_FILES, listed.tracked / 2):
        return
    blobs = [
        BlobEntry(".", blob.object, blob.path)
        for blob in git_index.hidden_blobs(".", listed.outside)
        if keep is None or keep(blob.path)
    ]
    if blobs:
        yield BlobSource(blobs)
