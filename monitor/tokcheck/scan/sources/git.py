"""Git as a command: run it, and ask it for the files of a folder.

Every list is requested with ``-z``, for a file name may hold any byte but NUL.
"""

import os
from collections.abc import Iterator

from tokcheck.core.errors import UsageError
from tokcheck.scan.sources import git_process
from tokcheck.scan.sources.git_process import Process


def run(*words: str, folder: str | None = None) -> bytes:
    """Run git and return its output.

    :raises UsageError: if git is missing or fails.
    """
    return b"".join(read_output(start(*words, folder=folder)))


def read_output(process: Process) -> Iterator[bytes]:
    """Yield a process's output in blocks.

    :raises UsageError: at its end, if git failed or does not end.
    """
    try:
        yield from process.blocks()
    except TimeoutError:
        raise UsageError(
            "git gives no output and does not end: it may wait for a pipe in place of a file.",
            "To read folders without git: --no-gitignore.",
        ) from None
    if process.code:
        raise _git_error(process.errors)


def start(*words: str, folder: str | None = None, keep_errors: bool = True) -> Process:
    """Start git, in the repository of a folder if one is given."""
    variables = {
        **os.environ,
        "LC_ALL": "C",  # its messages are compared and shown
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",  # a partial clone would fetch missing objects from the network
        "GIT_NO_REPLACE_OBJECTS": "1",  # what is pushed is the object itself
    }
    if folder is not None:
        for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
            variables.pop(variable, None)
    # A repository that was downloaded may name a program to be run here.
    command = ("git", "-c", "core.fsmonitor=false", *(("-C", folder) if folder else ()), *words)
    try:
        return git_process.start(command, variables, keep_errors=keep_errors)
    except FileNotFoundError:
        raise UsageError(
            "git was not found.", "Install git, or scan folders without it: --no-gitignore."
        ) from None
    except OSError as error:
        raise UsageError(f"git could not be started: {error.strerror}.") from None


def _git_error(errors: bytes) -> UsageError:
    """Return the error for git's standard error, by its first line."""
    from tokcheck.core.redact import redact

    lines = errors.decode("utf-8", "replace").splitlines() or ["no reason given"]
    first = lines[0]
    if first.startswith("error: unknown option `cached'"):
        # What git diff prints outside a repository.
        first = "fatal: not a git repository"
    return UsageError(f"git: {redact(first.removeprefix('fatal: '))}.")


def list_files(folder: str) -> list[str] | None:
    """Return the files below a folder that git does not ignore, or ``None`` outside a work tree.

    A folder belongs to the repository that it lies in, whatever a running hook's variables say.
    """
    listing = start(
        *("ls-files", "-z", "--cached", "--others", "--exclude-standard"), folder=folder
    )
    try:
        output = b"".join(read_output(listing))
    except UsageError as error:
        # Inside a .git folder, or beside one that is no repository.
        if b"not a git repository" in listing.errors or b"in a work tree" in listing.errors:
            return None
        raise UsageError(error.message, "To read folders without git: --no-gitignore.") from None
    return [os.fsdecode(path) for path in output.split(b"\0")[:-1]]


def repository_root(folder: str) -> str | None:
    """Return the nearest folder at or above this absolute one that has a ``.git``, without git."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
