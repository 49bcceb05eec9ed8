"""Atomic replacement of a file: readers see the whole old file or the whole new one."""

import os
from contextlib import suppress
from errno import EINVAL, ENOTSUP
from pathlib import Path

PRIVATE_FILE_MODE = 0o600
# O_EXCL: a link in the file's place would send its content to wherever the link points.
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


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
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def create_file(path: Path, content: bytes, *, mode: int | None = PRIVATE_FILE_MODE) -> None:
    """Create a file with this mode from its first moment, and sync its content to the disk.

    :raises FileExistsError: if anything is there already, a link included.
    """
    descriptor = os.open(path, _CREATE, 0o666 if mode is None else mode)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)  # the umask may have removed bits; it never adds any
        write_and_sync(descriptor, content)
    finally:
        os.close(descriptor)


def write_and_sync(descriptor: int, content: bytes) -> None:
    """Write all of ``content`` at the descriptor's position, and sync the file to the disk."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


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
