"""The scan before a commit: for the pre-commit program, and as a plain hook of git."""

import os
from collections.abc import Iterator, Mapping, Sequence

from tokcheck.core.errors import UsageError
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import PathFilter, Source
from tokcheck.scan.sources.files import FileEntry, PathSource
from tokcheck.scan.sources.git_changes import Copies, StagedChanges, range_sources
from tokcheck.storage.regular_files import CONFIGURATION_BYTES, read_regular_file

_MARK = "# tokcheck: no commit with a pasted API token"
_LINE = "tokcheck scan --staged"


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
        return range_sources([f"{first}..{last}"], keep, copies)
    branch, remote = environ.get("PRE_COMMIT_LOCAL_BRANCH"), environ.get("PRE_COMMIT_REMOTE_NAME")
    if branch and remote:
        # The first push of a history, which has no commit to start after.
        return range_sources([branch, "--not", f"--remotes={remote}"], keep, copies)
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


def install(python: str) -> tuple[str, bool]:
    """Write git's pre-commit hook; return its path, and whether it existed before.

    ``python`` is the interpreter that has this package.

    :raises UsageError: if there is another hook, which stays as it is.
    """
    # In the top folder: git prints a relative core.hooksPath unchanged, and resolves it there.
    folder = os.fsdecode(git.run("rev-parse", "--show-toplevel").rstrip(b"\n"))
    answer = git.run("rev-parse", "--git-path", "hooks/pre-commit", folder=folder)
    path = os.path.join(folder, os.fsdecode(answer.rstrip(b"\n")))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777)
    except FileExistsError:
        from tokcheck.core.redact import plain

        if _is_ours(path):
            return path, True
        raise UsageError(
            f"{plain(path)} is another pre-commit hook.", f"Add this line to it: {_LINE} || exit"
        ) from None
    except OSError as error:
        from tokcheck.core.redact import plain

        raise UsageError(
            f"{plain(path)} cannot be written: {error.strerror}.",
            "Check the permissions of its folder.",
        ) from None
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(_script(python))
    return path, False


def _is_ours(path: str) -> bool:
    try:
        return _MARK.encode() in read_regular_file(path, CONFIGURATION_BYTES)
    except OSError:
        return False


def _script(python: str) -> str:
    from shlex import quote

    # -P: a module of the same name in the repository must not run.
    return f"""\
#!/bin/sh
{_MARK}
# Written by: tokcheck scan --install-hook
python={quote(python)}
if [ -x "$python" ]; then
    exec "$python" -P -m {_LINE}
elif command -v tokcheck >/dev/null 2>&1; then
    exec {_LINE}
fi
echo "tokcheck is not installed any more: install it, or delete $0" >&2
exit 1
"""
