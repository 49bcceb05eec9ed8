"""The files of declarations. A declaration decides where tokens go: only its owner may write it."""

import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from tokcheck.core.documents import DocumentError
from tokcheck.core.errors import UsageError, lines
from tokcheck.core.redact import looks_secret, plain, redact
from tokcheck.declarations.declaration_text import read_declaration

VARIABLE = "TOKCHECK_PROVIDERS"
_LARGEST = 256 * 1024
_MOST_FILES = 200
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_HINT = "A declaration decides where tokens are sent."


def read_tables(option: str | None, environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the declarations that an option, or else the environment, names, by their names.

    A path is a file, or a folder with files that end in ``.toml``. Nothing is read unless it is
    named: a declaration in the folder of a repository is never loaded.

    :raises UsageError: if a file cannot be read, has problems, or can be written by others.
    """
    named = option or environment.get(VARIABLE, "")
    if not named:
        return {}
    if option is None and not _expand(named).is_absolute():
        raise UsageError(
            f"{VARIABLE} is not an absolute path.",
            "Write the whole path: a relative one would name another file in every folder.",
        )
    return read_path(_expand(named))


def _expand(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:  # the home of an unknown user
        return Path(named)


def read_path(path: Path) -> dict[str, dict[str, Any]]:
    """Return the declarations of a file or a folder by their names, as :func:`read_tables` does."""
    tables: dict[str, dict[str, Any]] = {}
    origins: dict[str, Path] = {}
    for file in _files_of(path):
        table = read_file(file)
        name = table["name"]
        if name in tables:
            paths = f"{_display_path(file)} and {_display_path(origins[name])}"
            raise UsageError(
                f"{paths} declare the same name, {name}.",
                "Give each declaration a name of its own.",
            )
        tables[name], origins[name] = table, file
    return tables


def read_file(path: Path) -> dict[str, Any]:
    """Return the table of one declaration's file, as :func:`read_tables` does."""
    return read_declaration(read_text(path), _display_path(path))


def read_text(path: Path) -> str:
    """Return the text of a declaration's file.

    :raises UsageError: if it cannot be read, or if others can write it.
    """
    shown = _display_path(path)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"{shown} is not a regular file.", "Name a file, or its folder.")
            check_writers(path, status)
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise _unreadable_error(path, error) from None
    if len(content) > _LARGEST:
        raise UsageError(f"{shown} is too large for a declaration.", "Keep it below 256 KiB.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        failure = DocumentError("The text is not UTF-8")
    raise failure.usage_error(shown, "TOML", "Save the file as UTF-8.")


def _files_of(path: Path) -> Iterator[Path]:
    if not os.path.isdir(path):  # noqa: PTH112 - a text that is no path at all raises nothing
        yield path
        return
    try:
        files = sorted(each for each in path.iterdir() if each.suffix == ".toml")
    except OSError as error:
        raise _unreadable_error(path, error) from None
    if not files:
        raise UsageError(
            f"{_display_path(path)} holds no declarations.", "Their names end in .toml."
        )
    if len(files) > _MOST_FILES:
        raise UsageError(
            f"{_display_path(path)} holds more than {_MOST_FILES} declarations.", _HINT
        )
    yield from files


def check_writers(path: Path, status: os.stat_result) -> None:
    """Check that no other user can change or replace a file with this status.

    :raises UsageError: if others can.
    """
    _check_writers(path, status)
    folder = path.resolve().parent
    _check_writers(folder, folder.stat(), is_folder=True)


def _check_writers(path: Path, status: os.stat_result, *, is_folder: bool = False) -> None:
    """Raise an error if others than the user and the system's administrator can change a file.

    In a folder with the sticky bit, as ``/tmp``, others can add files and replace none.
    """
    if sys.platform == "win32":
        return  # it has no such modes; a user's profile is private by its access list
    what = "The folder " if is_folder else ""
    if status.st_uid not in {os.geteuid(), 0}:
        raise UsageError(
            f"{what}{_display_path(path)} belongs to another user, who can change it.",
            f"{_HINT} Copy it into a folder of your own.",
        )
    if status.st_mode & _OTHERS_WRITE and not (is_folder and status.st_mode & stat.S_ISVTX):
        mode = stat.S_IMODE(status.st_mode)
        raise UsageError(
            f"{what}{_display_path(path)} can be written by other users (mode {mode:04o}).",
            lines(f"{_HINT} Run: chmod go-w {quote(str(path))}"),
        )


def _unreadable_error(path: Path, error: OSError | ValueError) -> UsageError:
    number = error.errno if isinstance(error, OSError) else errno.EINVAL
    if number == errno.EISDIR:
        return UsageError(f"{_display_path(path)} is a folder.", "Name one of its files.")
    reason = os.strerror(number) if number else "unknown error"
    return UsageError(f"{_display_path(path)} cannot be read: {reason}.", "Check the path.")


def _display_path(path: Path) -> str:
    """Return a path without what may be a token, put in its place."""
    parts = str(path).split("/")
    return plain("/".join(redact(part) if looks_secret(part) else part for part in parts))
