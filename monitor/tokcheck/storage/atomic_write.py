"""Atomic replacement of a file: readers see the whole old file or the whole new one."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from errno import EINVAL, ENOTSUP
from pathlib import Path

PRIVATE_FILE_MODE = 0o600
# O_EXCL: a link in the file's place would send its content to wherever the link points.
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
# Windows replaces and deletes no open file, and readers have one open for moments.
_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.01


def replace_file(path: Path, content: bytes, *, mode: int | None = PRIVATE_FILE_MODE) -> None:
    """Replace a file atomically and durably; a link at ``path`` is replaced, not followed.

    The content goes to a temporary file beside it, which is synced to the disk before it is
    renamed; the folder is synced after that. If anything fails, the old file is untouched.
    With ``mode`` ``None``, the umask decides on the mode of the file.

    :raises OSError: if the file cannot be written.
    """
    # A hidden name with a suffix that programs which read the folder ignore.
    temporary = path.with_name(f".tokcheck.{os.urandom(8).hex()}.tmp")
    try:
        create_file(temporary, content, mode=mode)
        move_file(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def create_file(path: Path, content: bytes, *, mode: int | None = PRIVATE_FILE_MODE) -> None:
    """Create a file with this mode from its first moment, and sync its content to the disk.

    :raises FileExistsError: if anything is there already, a link included.
    """
    descriptor = _create(path, mode)
    try:
        if mode is not None and sys.platform != "win32":
            os.fchmod(descriptor, mode)  # the umask may have removed bits; it never adds any
        write_and_sync(descriptor, content)
    finally:
        os.close(descriptor)


def _create(path: Path, mode: int | None) -> int:
    """Create a file and return its descriptor; on Windows, a private one gets an access list."""
    if sys.platform == "win32" and mode == PRIVATE_FILE_MODE:
        from tokcheck.storage.windows_access import create_private_file

        return create_private_file(str(path))
    return os.open(path, _CREATE_FLAGS, 0o666 if mode is None else mode)


def move_file(source: Path, target: Path) -> None:
    """Move a file, in the place of another one if there is one.

    :raises PermissionError: on Windows, if one of them stays open in some process.
    """
    _retry_while_open(lambda: source.replace(target))


def delete_file(path: Path) -> None:
    """Delete a file if it exists.

    :raises PermissionError: on Windows, if it stays open in some process.
    """
    _retry_while_open(lambda: path.unlink(missing_ok=True))


def _retry_while_open(change: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while sys.platform == "win32" and time.monotonic() < deadline:
        try:
            change()
        except PermissionError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return
    change()


def sync_file(path: Path) -> None:
    """Sync a file that another library wrote to the disk."""
    descriptor = os.open(path, os.O_RDWR)  # Windows syncs nothing that is open for reading
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_and_sync(descriptor: int, content: bytes) -> None:
    """Write all of ``content`` at the descriptor's position, and sync the file to the disk."""
    write_all(descriptor, content)
    os.fsync(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of ``content`` to a descriptor."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Sync a folder's list of files to the disk, where the system can do that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder without read permission, and every folder on Windows
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {EINVAL, ENOTSUP}:  # some network file systems
            raise
    finally:
        os.close(descriptor)


def can_create_in(folder: Path) -> bool:
    """Return whether this process can create files and folders in an existing folder."""
    return find_creation_error(folder) is None


def find_creation_error(folder: Path) -> OSError | None:
    """Return the error with which nothing can be created in an existing folder, if there is one.

    It creates a hidden folder there and removes it again: permissions alone do not show it to root,
    whom they allow everything, also in ``/proc``.
    """
    trial = folder / f".tokcheck.{os.urandom(8).hex()}.tmp"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        return error
    return None
