"""Reading one source of an account: what it gave, or in one sentence why it gave nothing.

No sentence here repeats what a source holds, or more of a path than may be shown.

How names and paths are shown, and whether one is a token that was put into its place.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import NamedTuple

from tokcheck.accounts.names import looks_secret
from tokcheck.core.credential import Kind
from tokcheck.core.redact import plain, redact
from tokcheck.core.secret import Secret
from tokcheck.paste.encoding import encoding_of
from tokcheck.providers import FINDER

_HARMLESS = frozenset({Kind.PLACEHOLDER, Kind.CLIENT_ID})


def shown(text: str) -> str:
    """Return a name or a path fit to be shown: each part without what looks like a token."""
    return plain("/".join(redact(part) if looks_secret(part) else part for part in text.split("/")))


def holds_token(text: str) -> bool:
    """Tell whether somebody wrote a token where its place was to be named.

    A text that is merely unknown is no token here: it may well be the name of a file.
    """
    if redact(text) == plain(text):
        return False  # by far the most, told much faster
    credential = FINDER.find(text).credential
    if credential is None or credential.kind in _HARMLESS:
        return False
    return credential.kind is not Kind.UNKNOWN or credential.flaw is not None


LONGEST = 1024 * 1024

_WHY = {
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist, since what it should be in is no folder",
    errno.EACCES: "may not be read by this user",
    errno.EPERM: "may not be read by this user",
    errno.EISDIR: "is a folder",
    errno.ELOOP: "is a link that leads back to itself",
    errno.ENAMETOOLONG: "has a name that is too long for this system",
}


class SourceReading(NamedTuple):
    """What a source gave: a paste and its version, or the fault that says why there is none."""

    paste: Secret | None = None
    version: str = ""
    fault: str = ""


def read_file(path: str) -> SourceReading:
    """Read a regular file of at most 1 MiB; links are followed.

    :raises OSError: if the system does not let us; :func:`read_error` says it in words.
    :raises ValueError: if the path is none in this system's encoding; the same says it.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - thousands of them, often
        # Never opened: that could wait for ever, or make a device do something.
        kind = "a folder" if os.path.isdir(path) else "no regular file"  # noqa: PTH112 - the same
        return SourceReading(fault=f"The file {shown(path)} is {kind}.")
    with open(path, "rb", opener=_at_once) as file:
        return decode_paste(file.read(LONGEST + 1), lambda: f"The file {shown(path)}")


def _at_once(path: str, flags: int) -> int:
    """Open without waiting, should a pipe have come in the file's place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_error(path: str, error: OSError | ValueError, kind: str = "file") -> SourceReading:
    """Say why a file or a folder could not be read."""
    if isinstance(error, OSError):
        why = _WHY.get(error.errno or 0, f"cannot be read: {error.strerror}")
    else:
        why = "has a name that this system cannot write"
    return SourceReading(fault=f"The {kind} {shown(path)} {why}.")


def read_variable(name: str, environ: Mapping[str, str]) -> SourceReading:
    """Read an environment variable."""
    if name not in environ:
        return SourceReading(fault=f"The variable {shown(name)} is not set.")
    return paste_from_text(environ[name], lambda: f"The variable {shown(name)}")


def decode_paste(data: bytes, what: Callable[[], str]) -> SourceReading:
    """Take a paste of at most 1 MiB in any of the encodings that shells and editors write.

    ``what`` says where it is from; asked only where something is wrong, which is seldom.
    """
    if len(data) > LONGEST:
        return SourceReading(fault=f"{what()} is larger than 1 MiB.")
    try:
        return paste_from_text(data.decode(encoding_of(data[:4])), what)
    except UnicodeDecodeError:
        return SourceReading(fault=f"{what()} holds bytes that are no text.")


def paste_from_text(text: str, what: Callable[[], str]) -> SourceReading:
    """Take a paste."""
    if not text.strip():
        return SourceReading(fault=f"{what()} is empty.")
    return SourceReading(Secret(text), version(text))


def version(text: str) -> str:
    """Return what changes whenever a text does, and tells nothing of it.

    It is the same after a restart, since what is known of a token is kept on disk under it.
    """
    digest = sha256(b"tokcheck account\0" + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]
