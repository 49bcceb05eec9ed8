"""What the pre-commit program requests, and what a push sends."""

import os
from collections.abc import Iterator, Mapping, Sequence

from tokcheck.scan.sources import git_index
from tokcheck.scan.sources.chunks import PathFilter, Source
from tokcheck.scan.sources.files import BlobEntry, BlobSource, FileEntry, PathSource
from tokcheck.scan.sources.git_changes import Copies, StagedChanges
from tokcheck.scan.sources.git_history import (
    history_sources,
    parse_range,
    unpushed_revisions,
)

_MANY_FILES = 500


def pre_commit_sources(
    names: Sequence[str],
    environ: Mapping[str, str],
    keep: PathFilter | None = None,
    copies: Copies | None = None,
) -> Iterator[Source]:
    """Return the sources that the pre-commit program requests by its variables or by file names.

    If its variables name two commits (a push, or ``--from-ref`` and ``--to-ref``): every commit
    between them, not only the files that are named, since a push also sends tokens that a later
    commit deletes. Otherwise (a commit, ``--all-files``): the named files, as they are staged or,
    if they are not, as they are on disk. ``copies`` is filled as by :func:`range_sources`.
    """
    # https://github.com/pre-commit/pre-commit/blob/main/pre_commit/commands/run.py
    first, last = environ.get("PRE_COMMIT_FROM_REF"), environ.get("PRE_COMMIT_TO_REF")
    if first and last:
        return history_sources(parse_range(f"{first}..{last}"), keep, copies)
    branch, remote = environ.get("PRE_COMMIT_LOCAL_BRANCH"), environ.get("PRE_COMMIT_REMOTE_NAME")
    if branch and remote:
        # The first push of a history, which has no commit to start after.
        return history_sources(unpushed_revisions(branch, remote), keep, copies)
    return _file_sources(names, StagedChanges(), keep)


def _file_sources(
    names: Sequence[str], staging: StagedChanges, keep: PathFilter | None
) -> Iterator[Source]:
    changes = staging.read()
    wanted = {os.fsencode(name) for name in names}
    # Files outside a sparse working tree cannot be named and are committed all the same.
    yield from staging.sources(
        (change for path, change in changes.items() if path in wanted or not os.path.lexists(path)),
        keep,
    )
    others = (FileEntry(name, name) for name in names if os.fsencode(name) not in changes)
    files = tuple(entry for entry in others if keep is None or keep(entry.path))
    if files:
        yield PathSource(files)
    if len(names) > len(changes):
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
