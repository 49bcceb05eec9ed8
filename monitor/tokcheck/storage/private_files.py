"""Private files and folders: created with mode 0600 or 0700, refused if others have access.

A mode that is too wide is never changed silently: another user may have read the file, and the
owner has to know. The error names the command that fixes it.
"""

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tokcheck.storage.atomic_write import PRIVATE_FILE_MODE, create_file, sync_folder
from tokcheck.storage.errors import StorageError
from tokcheck.storage.modes import is_private_mode
from tokcheck.storage.shell_words import quote

PRIVATE_FOLDER_MODE = 0o700


def ensure_private_folder(folder: Path) -> None:
    """Create a private folder, or check that an existing one is private.

    :raises StorageError: if others have access to it, if it is something else, or if its path
        allows no folder.
    :raises OSError: if it cannot be created for another reason.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _create_folder(folder)
            sync_folder(folder.parent)
        status = folder.stat()
    except (FileExistsError, FileNotFoundError, NotADirectoryError):
        raise _path_error(folder) from None
    if not stat.S_ISDIR(status.st_mode):
        raise StorageError(folder, "is not a folder", "Name another folder with TOKCHECK_HOME.")
    _check_access(folder, status, PRIVATE_FOLDER_MODE)


def ensure_private_file(path: Path, content: bytes = b"") -> None:
    """Create a private file, synced to the disk, or check that an existing one is private.

    An existing file is not opened: closing it would release the locks of SQLite that this process
    has on it (https://sqlite.org/howtocorrupt.html).

    :raises StorageError: if others have access to it, or if it is not a regular file.
    :raises OSError: if it cannot be created.
    """
    with suppress(FileExistsError):
        create_file(path, content)
        sync_folder(path.parent)
    check_private_file(path)


def check_private_file(path: Path) -> bool:
    """Return whether a file exists; raise an error if it is not private.

    :raises StorageError: if others have access to it, or if it is not a regular file.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(
            path, "is not a regular file", "Move it away; tokcheck does not follow links here."
        )
    _check_access(path, status, PRIVATE_FILE_MODE)
    return True


def existing_part(path: Path) -> Path:
    """Return the longest part of a path that exists, if only as a link to nothing.

    Of a path on a drive that is missing, the drive.
    """
    parts = (path, *path.parents)
    return next((part for part in parts if os.path.lexists(part)), parts[-1])


def _create_folder(folder: Path) -> None:
    if sys.platform == "win32":
        from tokcheck.storage.windows_access import create_private_folder

        create_private_folder(str(folder))
    else:
        folder.mkdir(PRIVATE_FOLDER_MODE)
        folder.chmod(PRIVATE_FOLDER_MODE)  # the umask may have removed bits


def _path_error(folder: Path) -> StorageError:
    """Return the error of a folder that its path does not allow: the system's text is misleading.

    Of a path through a file, Linux says that the file exists; of one in ``/proc``, that there is
    none.
    """
    first = existing_part(folder)
    if first.is_symlink() and not first.exists():
        why = f"{first} is a link to a path that does not exist"
    elif not first.is_dir():
        why = f"{first} is not a folder"
    else:
        why = f"the system does not allow a folder to be created in {first}"
    return StorageError(
        folder, f"cannot be created: {why}", "Name another folder with TOKCHECK_HOME."
    )


def _check_access(path: Path, status: os.stat_result, mode: int) -> None:
    if sys.platform == "win32":
        from tokcheck.storage.windows_access import others_with_access, user_identifier

        _check_access_list(path, others_with_access(str(path)), user_identifier())
    else:
        _check_mode(path, status, mode)


def _check_access_list(path: Path, others: Sequence[str], user: str) -> None:
    if others:
        from tokcheck.storage.windows_access import repair_command

        command = repair_command(str(path), others, user, folder=path.is_dir())
        raise StorageError(
            path,
            f"must be private, but is accessible to other users ({', '.join(others)})",
            f"Run: {command}",
        )


def _check_mode(path: Path, status: os.stat_result, mode: int) -> None:
    if status.st_uid != os.geteuid():
        raise StorageError(
            path,
            "must be private, but belongs to another user, who can read and change it",
            f"Run tokcheck as that user, or change the owner: "
            f"sudo chown {os.geteuid()} {quote(str(path))}",
        )
    if not is_private_mode(status.st_mode):
        found_mode = stat.S_IMODE(status.st_mode)
        raise StorageError(
            path,
            f"must be private, but is accessible to other users (mode {found_mode:04o})",
            f"Run: chmod {mode:o} {quote(str(path))}",
        )
