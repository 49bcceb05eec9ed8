"""Files that nobody else may read: made so from their first moment, and refused otherwise."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from tokcheck.accounts.errors import StoreError, explained

FOLDER = 0o700
FILE = 0o600
_OTHERS = 0o077
# A link in a file's place would send secrets to wherever it points.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def account_file(folder: Path, name: str, kind: str) -> Path:
    """Return the path of an account's own file; a name may hold what no file name can."""
    from hashlib import sha256

    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return folder / f"account-{digest}.{kind}"


def private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, or check that it is one.

    :raises StoreError: if others have rights to it, or it belongs to somebody else.
    """
    with explained(folder / "."):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(FOLDER)
            folder.chmod(FOLDER)  # the umask may have taken rights away; it never adds any
            synced(folder.parent)
        found = folder.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{folder} is no folder.", "Name another folder with TOKCHECK_HOME.")
    _check(folder, found, FOLDER)


def private_file(path: Path, content: bytes = b"") -> None:
    """Make a file for its owner alone, written through to the disk, or check that it is one.

    A file that exists is not opened: closing it again would end the locks of SQLite that this
    process holds on it (https://sqlite.org/howtocorrupt.html).

    :raises StoreError: if others have rights to it, or it belongs to somebody else.
    """
    with explained(path), suppress(FileExistsError):
        descriptor = os.open(path, _FLAGS, FILE)
        try:
            os.fchmod(descriptor, FILE)
            written(descriptor, content)
        finally:
            os.close(descriptor)
        synced(path.parent)
    checked_file(path)


def replaced(path: Path, content: bytes) -> None:
    """Write a file for its owner alone in one step: it is there whole, or as it was before.

    :raises StoreError: if it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with explained(path):
        beside.unlink(missing_ok=True)
        try:
            private_file(beside, content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        synced(path.parent)


def checked_file(path: Path) -> bool:
    """Tell whether a file exists, after checking that it is its owner's alone."""
    with explained(path):
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is no ordinary file.", "Move it away; a link is not followed.")
    _check(path, found, FILE)
    return True


def written(descriptor: int, content: bytes) -> None:
    """Write all of ``content`` from the file's beginning on, through to the disk."""
    view = memoryview(content)
    while view:
        view = view[os.pwrite(descriptor, view, len(content) - len(view)) :]
    os.fsync(descriptor)


def synced(folder: Path) -> None:
    """Write a folder's list of files through to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(path: Path, found: os.stat_result, wanted: int) -> None:
    if found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & _OTHERS:
        return
    from shlex import quote

    if found.st_uid != os.geteuid():
        raise StoreError(
            f"{path} belongs to another user, who could read and change what is stored in it.",
            f"Run tokcheck as that user, or take it over: "
            f"sudo chown {os.geteuid()} {quote(str(path))}",
        )
    raise StoreError(
        f"Others have rights to {path}, which holds tokens.",
        f"Take them away: chmod {wanted:o} {quote(str(path))}",
    )
