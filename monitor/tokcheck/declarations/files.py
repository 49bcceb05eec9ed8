"""The files of declarations. A declaration decides where tokens go: only its owner may write it."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from tokcheck.core.errors import UsageError, join_lines
from tokcheck.core.redact import looks_secret, plain, redact
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.declarations.named_files import VARIABLE
from tokcheck.storage.regular_files import decode_text, read_regular_file, unreadable_file_error

_LARGEST = 256 * 1024
_MOST_FILES = 200
_MOST_LINKS = 40
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_CHECK = "Check the path."
_HINT = "A declaration decides where tokens are sent."


def read_tables(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the declarations that an option, or else the environment, names, by their names.

    A path is a file, or a folder with files that end in ``.toml``; hidden ones, as editors leave
    them, do not count. The variable separates several as ``PATH`` does. Nothing is read unless it
    is named: a declaration in the folder of a repository is never loaded.

    :raises UsageError: if a file cannot be read, has problems, or can be written by others.
    """
    named = [option] if isinstance(option, str) else [each for each in option or () if each]
    if named:
        return read_paths(map(_expand, named))
    paths = [_expand(each) for each in _split_variable(environment.get(VARIABLE, ""))]
    if not all(path.is_absolute() for path in paths):
        raise UsageError(
            f"{VARIABLE} is not an absolute path.",
            "Write the whole path: a relative one would name another file in every folder.",
        )
    return read_paths(paths)


def _split_variable(value: str) -> list[str]:
    """Return the paths of the variable; a path may contain what separates them."""
    if os.pathsep not in value or os.path.lexists(_expand(value)):
        return [value] if value else []
    return [each for each in value.split(os.pathsep) if each]


def _expand(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:  # the home of an unknown user
        return Path(named)


def read_paths(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the declarations of files and folders by their names, as :func:`read_tables` does.

    A file that is named twice is read once.
    """
    tables: dict[str, dict[str, Any]] = {}
    origins: dict[str, Path] = {}
    files = {_real_path(file): file for path in paths for file in _files_of(path)}
    for file in files.values():
        table = read_file(file)
        name = table["name"]
        if name in tables:
            shown = f"{_display_path(file)} and {_display_path(origins[name])}"
            raise UsageError(
                f"{shown} declare the same name, {name}.",
                "Give each declaration a name of its own.",
            )
        tables[name], origins[name] = table, file
    return tables


def _real_path(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # it is no path: reading it says so
        return str(path)


def read_file(path: Path) -> dict[str, Any]:
    """Return the table of one declaration's file, as :func:`read_tables` does."""
    return read_declaration(read_text(path), _display_path(path))


def read_text(path: Path) -> str:
    """Return the text of a declaration's file.

    :raises UsageError: if it cannot be read, or if others can write it.
    """
    try:
        content = read_regular_file(
            str(path), _LARGEST, check=lambda status: check_writers(path, status)
        )
        return decode_text(content)
    except OSError as error:
        raise unreadable_file_error(_display_path(path), error, _CHECK) from None


def _files_of(path: Path) -> Iterator[Path]:
    if not os.path.isdir(path):  # noqa: PTH112 - a text that is no path at all raises nothing
        yield path
        return
    try:
        files = sorted(each for each in path.iterdir() if _is_declaration(each.name))
    except OSError as error:
        raise unreadable_file_error(_display_path(path), error, _CHECK) from None
    if not files:
        raise UsageError(
            f"{_display_path(path)} holds no declarations.", "Their names end in .toml."
        )
    if len(files) > _MOST_FILES:
        raise UsageError(
            f"{_display_path(path)} holds more than {_MOST_FILES} declarations.", _HINT
        )
    yield from files


def _is_declaration(name: str) -> bool:
    return name.endswith(".toml") and not name.startswith(".")


def check_writers(path: Path, status: os.stat_result) -> None:
    """Check that no other user can change or replace a file with this status.

    :raises UsageError: if others can.
    """
    _check_writers(path, status)
    for folder, is_of_file in _folders_of(path):
        status = folder.stat()
        # A group may share what is above its users' folders.
        if is_of_file or status.st_mode & stat.S_IWOTH:
            _check_writers(folder, status, is_folder=True)


def _folders_of(path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders on the way to a file, over symbolic links.

    Whoever can write in one of them can put another file in the place of this one. Each comes with
    whether the file stands in it, or a link to the file.
    """
    path = path.absolute()
    folder, names = Path(path.anchor), [*reversed(path.parts[1:])]
    links = 0
    while names:
        name = names.pop()
        place = folder.parent if name == ".." else folder / name
        is_link = name != ".." and place.is_symlink()
        yield folder, is_link or not names
        if not is_link:
            folder = place
            continue
        links += 1
        if links > _MOST_LINKS:
            raise UsageError(f"{_display_path(path)} is a loop of links.", "Name the file itself.")
        target = Path(os.readlink(place))  # noqa: PTH115 - not resolved: each step is checked
        if target.is_absolute():
            folder = Path(target.anchor)
        names += reversed(target.parts[1:] if target.is_absolute() else target.parts)


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
            join_lines(f"{_HINT} Run: chmod go-w {quote(str(path))}"),
        )


def _display_path(path: Path) -> str:
    """Return a path without what may be a token, put in its place."""
    parts = str(path).split("/")
    return plain("/".join(redact(part) if looks_secret(part) else part for part in parts))
