"""Errors that git reports on its standard error, each with the next step.

Git has no error codes, so its messages in the C locale are compared.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import mask_random, plain
from tokcheck.storage.shell_words import quote


class _Cause(NamedTuple):
    marks: tuple[str, ...]
    """Parts of git's message, any of which shows the cause."""
    hint: str


# The message of git diff --cached outside a repository, before its usage.
_NO_REPOSITORY = "error: unknown option `cached'"
_SHALLOW = "This is a shallow clone, which lacks older commits. Fetch them: git fetch --unshallow"
_REVISION = _Cause(
    ("bad revision", "Invalid revision range", "ambiguous argument", "bad object"),
    "List the commits that are here: git log --oneline --all",
)
_FOLDER = "FOLDER"
_OWNED_FOLDER = re.compile("dubious ownership in repository at '(.+)'")
# The id of a commit, a tree or a blob: it is no secret, and the message is of no use without it.
_OBJECT_ID = re.compile(r"(?<![\w-])([0-9a-f]{40})(?![\w-])")
# The order counts: git may report a consequence after the cause.
_CAUSES = (
    _Cause(
        ("dubious ownership",),
        "The repository belongs to another user. If you trust it, run: "
        f"git config --global --add safe.directory {_FOLDER}",
    ),
    _Cause(
        ("lazy fetching disabled", "promisor"),
        "This is a partial clone, which lacks objects. Fetch them: git fetch --refetch --no-filter",
    ),
    _Cause(
        ("git repo version", "unknown repository extension"),
        "A newer git made the repository. Update git, and check it: git --version",
    ),
    _Cause(
        ("not a git repository", _NO_REPOSITORY),
        "Change to a folder of a repository, or scan files without one: `tokcheck scan PATH`. "
        "If this is a repository, git status says why git does not use it.",
    ),
    _Cause(
        ("in a work tree",),
        "Change to the folder with the files: it is not .git, nor a bare repository.",
    ),
    _Cause(("bad config", "bad numeric config"), "Correct this line of git's configuration."),
    _Cause(
        ("index file", "bad signature", "index uses"),
        "The index is damaged. Rebuild it, which keeps the files: rm .git/index && git reset",
    ),
    _REVISION,
    _Cause(
        ("unable to read", "cannot read", "is empty", "corrupt", "missing", "could not get object"),
        "The repository is damaged. List what is: git fsck --full. Then fetch it again, or clone "
        "it again.",
    ),
)
_OTHER = "Git's own message may say more: git status"


def is_outside(errors: bytes) -> bool:
    """Return whether these are the errors of ``git diff --cached`` outside a repository."""
    return _NO_REPOSITORY.encode() in errors and b"\nfatal: " not in errors


def git_error(errors: bytes, code: int, is_shallow: Callable[[], bool]) -> UsageError:
    """Return the error for git's standard error and exit code.

    ``is_shallow`` returns whether the repository is a shallow clone; it is called only if a
    revision is unknown.
    """
    text = errors.decode("utf-8", "replace")
    cause = next((each for each in _CAUSES if any(mark in text for mark in each.marks)), None)
    hint = _OTHER if cause is None else cause.hint
    if cause is _REVISION and is_shallow():
        hint = _SHALLOW
    if owned := _OWNED_FOLDER.search(text):
        hint = hint.replace(_FOLDER, quote(plain(owned[1])))
    message = "".join(
        part if number % 2 else mask_random(part)
        for number, part in enumerate(_OBJECT_ID.split(plain(_message(text, code))))
    )
    return UsageError(f"git: {message}.", hint)


def _message(text: str, code: int) -> str:
    """Return the line that names the cause, without a final full stop."""
    lines = text.splitlines()
    for start in ("fatal: ", "error: ", ""):
        for line in lines:
            if line.startswith(_NO_REPOSITORY) and "\nfatal: " not in text:
                return "not a git repository"
            if line.startswith(start) and not line.startswith(_NO_REPOSITORY):
                return line.removeprefix(start).rstrip(".")
    return f"it was ended by signal {-code}" if code < 0 else f"it failed with exit code {code}"
