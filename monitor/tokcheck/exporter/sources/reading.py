"""Reading a paste from a file, a variable or bytes: the paste, or one sentence why there is none.

No message repeats the content of a source. A name or path that looks like a token is redacted,
since the token may have been put in its place.
"""

import errno
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import looks_secret, plain, redact
from tokcheck.core.secret import Secret
from tokcheck.paste import variable
from tokcheck.paste.encoding.compression import LONGEST_PASTE, decode_paste
from tokcheck.providers import FINDER
from tokcheck.storage.regular_files import INVALID_NAME, read_regular_file, unreadable_file_error


def redact_path(text: str) -> str:
    """Return a name or a path for display, with each part that may be a token redacted."""
    return plain("/".join(redact(part) if looks_secret(part) else part for part in text.split("/")))


def holds_token(text: str) -> bool:
    """Return whether a text is a token where the name of its place was expected.

    A merely unknown text does not count: it may be the name of a file.
    """
    if redact(text) == plain(text):
        return False  # by far the most common case, and much faster
    credential = FINDER.find(text).credential
    return credential is not None and credential.is_secret


class SourceNote(NamedTuple):
    """A problem of a source, while the exporter continues without it."""

    sentence: str
    ended: str
    """The sentence to log once it is over."""


class SourceReading(NamedTuple):
    """The content of a source: a paste and its version, or the error in its place."""

    paste: Secret | None = None
    version: str = ""
    problem: str = ""
    unread: bool = False
    """Whether the source could not be read, which says nothing about its content."""


def read_file(path: str) -> SourceReading:
    """Read a regular file of at most 1 MiB; links are followed.

    :raises OSError: if it cannot be read; :func:`failed_reading` explains it.
    """
    data = read_regular_file(path, LONGEST_PASTE)
    return paste_from_bytes(data, lambda: f"The file {redact_path(path)}")


def failed_reading(path: str, error: OSError | ValueError) -> SourceReading:
    """Return the reading of a file or a folder that could not be read.

    A file that is missing from its folder is known to hold nothing; all else is not known.
    """
    if not isinstance(error, OSError):  # of the path
        error = OSError(errno.EINVAL, INVALID_NAME)
    target = _link_target(path) if isinstance(error, FileNotFoundError) else None
    if target is not None:
        why = f"it is a link to {redact_path(target)}, which does not exist"
        return SourceReading(problem=f"{redact_path(path)} cannot be read: {why}.", unread=True)
    is_missing = (
        isinstance(error, FileNotFoundError) and os.path.isdir(os.path.dirname(path) or ".")  # noqa: PTH112, PTH120 - the same
    )
    problem = unreadable_file_error(redact_path(path), error).message
    return SourceReading(problem=problem, unread=not is_missing)


def _link_target(path: str) -> str | None:
    """Return where a link leads; ``None`` if the path is none."""
    try:
        return os.readlink(path)  # noqa: PTH115 - any text is a path here
    except (OSError, ValueError):
        return None


def read_variable(name: str, environ: Mapping[str, str]) -> SourceReading:
    """Read an environment variable."""
    try:
        text = variable.read_variable(name, environ)
    except UsageError as error:
        return SourceReading(problem=error.message)
    return paste_from_text(text, lambda: variable.describe_variable(name))


def paste_from_bytes(data: bytes, what: Callable[[], str]) -> SourceReading:
    """Return the reading of a paste in any of the encodings that shells and editors write.

    ``what`` returns the name of the source for an error.
    """
    try:
        return paste_from_text(decode_paste(data, what), what)
    except UsageError as error:
        return SourceReading(problem=error.message)


def paste_from_text(text: str, what: Callable[[], str]) -> SourceReading:
    """Return the reading of a decoded text."""
    if not text.strip():
        return SourceReading(problem=f"{what()} is empty.")
    return SourceReading(Secret(text), version(text))


def version(text: str) -> str:
    """Return a hash of a text that does not reveal it.

    It is the same after a restart, since the state of an account is stored under it.
    """
    digest = sha256(b"tokcheck account\0" + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]
