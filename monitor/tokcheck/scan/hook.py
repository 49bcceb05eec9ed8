"""The check at a commit: for the pre-commit program, and as a plain hook of git's own."""

import os
from collections.abc import Iterator, Mapping, Sequence

from tokcheck.core.errors import UsageError
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import Source
from tokcheck.scan.sources.files import Entry, Files

_MARK = "# tokcheck: no commit with a pasted API token"
_LINE = "tokcheck scan --staged"


def for_pre_commit(
    names: Sequence[str], environ: Mapping[str, str], keep: git.Keep | None = None
) -> Iterator[Source]:
    """Return what the pre-commit program asks for, by its variables or by file names.

    It names two commits (a push, or ``--from-ref`` and ``--to-ref``): every commit between them,
    whatever the names, for a token that a later commit deleted is pushed all the same. It names
    files (a commit, ``--all-files``): what is staged of those, and those that are not staged as
    they are.
    """
    # https://github.com/pre-commit/pre-commit/blob/main/pre_commit/commands/run.py
    first, last = environ.get("PRE_COMMIT_FROM_REF"), environ.get("PRE_COMMIT_TO_REF")
    if first and last:
        return git.added([f"{first}..{last}"], keep)
    branch, remote = environ.get("PRE_COMMIT_LOCAL_BRANCH"), environ.get("PRE_COMMIT_REMOTE_NAME")
    if branch and remote:
        # The first push of a whole history: it has no commit to begin after.
        return git.added([branch, "--not", f"--remotes={remote}"], keep)
    return _named(names, git.Staging(), keep)


def _named(names: Sequence[str], staging: git.Staging, keep: git.Keep | None) -> Iterator[Source]:
    staged = staging.changes()
    wanted = {os.fsencode(name) for name in names}
    # What lies in no working tree (a sparse one) cannot be named and is committed all the same.
    yield from staging.blobs(
        (change for path, change in staged.items() if path in wanted or not os.path.lexists(path)),
        keep,
    )
    others = (Entry(name, name) for name in names if os.fsencode(name) not in staged)
    files = tuple(entry for entry in others if keep is None or keep(entry.path))
    if files:
        yield Files(files)


def install(python: str) -> tuple[str, bool]:
    """Write git's pre-commit hook; return its path, and whether it was there before.

    ``python`` is the interpreter that has this package. A hook that somebody else wrote is left
    alone: a :class:`UsageError` says what to add to it.
    """
    # Asked from the top: git tells a relative core.hooksPath as it is written, and means it there.
    folder = os.fsdecode(git.run("rev-parse", "--show-toplevel").rstrip(b"\n"))
    told = git.run("rev-parse", "--git-path", "hooks/pre-commit", folder=folder)
    path = os.path.join(folder, os.fsdecode(told.rstrip(b"\n")))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777)
    except FileExistsError:
        from tokcheck.core.redact import plain

        if _is_ours(path):
            return path, True
        raise UsageError(
            f"There is a hook already: {plain(path)}.", f"Add this line to it: {_LINE} || exit"
        ) from None
    except OSError as error:
        from tokcheck.core.redact import plain

        raise UsageError(f"{plain(path)} could not be written: {error.strerror}.") from None
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(_script(python))
    return path, False


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _MARK.encode() in file.read(1 << 16)
    except OSError:
        return False


def _script(python: str) -> str:
    from shlex import quote

    # -P: a module of the same name in the repository must not be what runs.
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
echo "tokcheck is not there any more: install it, or delete $0" >&2
exit 1
"""
