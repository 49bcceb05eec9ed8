"""Git as a command.

Every list is requested with ``-z``, for a file name may hold any byte but NUL.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import islice

from tokcheck.core.errors import UsageError
from tokcheck.core.secret import without_secrets
from tokcheck.scan.sources import git_process
from tokcheck.scan.sources.git_process import Process
from tokcheck.scan.sources.git_program import find_git

_MOST_WORDS = 500  # a command line has room for many more
_ID_LENGTHS = (40, 64)  # SHA-1 and SHA-256
_HEXADECIMAL = frozenset("0123456789abcdef")


def run(*words: str, folder: str | None = None) -> bytes:
    """Run git and return its output.

    :raises UsageError: if git is missing or fails.
    """
    return b"".join(read_output(start(*words, folder=folder)))


def try_run(*words: str, folder: str | None = None) -> bytes | None:
    """Run git and return its output, or ``None`` if git is missing or fails."""
    try:
        return run(*words, folder=folder)
    except UsageError:
        return None


def is_object_id(word: str) -> bool:
    """Return whether a word is the full id of an object, and so no option of git's."""
    return len(word) in _ID_LENGTHS and _HEXADECIMAL.issuperset(word)


def unknown_output(what: str) -> UsageError:
    """Return the error of a list that git printed in an unknown form."""
    return UsageError(
        f"git printed a list of {what} that tokcheck does not understand.",
        "Please report this, with the output of: git --version",
    )


def batches(words: Iterable[str]) -> Iterator[list[str]]:
    """Yield ids or paths in lists that a command line has room for."""
    rest = iter(words)
    while some := list(islice(rest, _MOST_WORDS)):
        yield some


def read_output(process: Process) -> Iterator[bytes]:
    """Yield a process's output in blocks.

    :raises UsageError: at its end, if git failed or does not end.
    """
    try:
        yield from process.blocks()
    except TimeoutError:
        raise UsageError(
            "git gives no output and does not end: it may wait for a pipe in place of a file, or "
            "compare a long file name with a slow pattern of .gitignore.",
            "To read folders without git: --no-gitignore.",
        ) from None
    if process.code:
        from tokcheck.scan.sources.git_errors import git_error, is_outside  # most runs succeed

        errors = process.errors
        if is_outside(errors):
            # Of all commands, git diff does not say why there is no repository.
            reason = _repository_errors()
            errors = errors if b"not a git repository" in reason else reason or errors
        raise git_error(errors, process.code, _is_shallow)


def start(*words: str, folder: str | None = None, keep_errors: bool = True) -> Process:
    """Start git, in the repository of a folder if one is given."""
    variables = {
        **without_secrets(os.environ),
        "LC_ALL": "C",  # its messages are compared and shown
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",  # a partial clone would fetch missing objects from the network
        "GIT_NO_REPLACE_OBJECTS": "1",  # what is pushed is the object itself
    }
    if folder is not None:
        for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
            variables.pop(variable, None)
    # A repository that was downloaded may name a program to be run here.
    options = ("-c", "core.fsmonitor=false", *(("-C", folder) if folder else ()))
    program = find_git(os.environ.get("PATH", os.defpath), _scanned_folders(folder))
    try:
        return git_process.start((program, *options, *words), variables, keep_errors=keep_errors)
    except OSError as error:
        raise UsageError(
            f"git could not be started: {error.strerror}.",
            "Check which git the PATH names first: git --version",
        ) from None


def _scanned_folders(folder: str | None) -> list[str]:
    """Return the folders with files that others may have written."""
    here = repository_root(os.getcwd())
    scanned = [] if here is None else [here]
    if folder is not None:
        there = os.path.abspath(folder)
        scanned.append(repository_root(there) or there)
    return scanned


def _repository_errors() -> bytes:
    process = start("rev-parse", "--git-dir")
    b"".join(process.blocks())
    return process.errors


def _is_shallow() -> bool:
    process = start("rev-parse", "--is-shallow-repository")
    return b"".join(process.blocks()).strip() == b"true"


def repository_root(folder: str) -> str | None:
    """Return the nearest folder at or above this absolute one that has a ``.git``, without git."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
