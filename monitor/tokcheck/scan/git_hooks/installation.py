"""Install the hooks of git, and remove them: all of them, or none and a reason."""

import os
import stat
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tokcheck.core.errors import UsageError, join_lines
from tokcheck.core.escape import printable
from tokcheck.scan.git_hooks.managers import (
    Manager,
    find_manager,
    missing_additions,
    read_or_nothing,
)
from tokcheck.scan.git_hooks.scripts import (
    ALL_HOOKS,
    COMMIT_HOOKS,
    PUSH_HOOK,
    is_ours,
    lines_for,
    runs_scan,
    write_script,
)
from tokcheck.scan.sources import git

# The scopes of git's configuration that more than one repository reads.
_SHARED_SCOPES = {"system", "global"}


class Step(StrEnum):
    """The action taken on a hook."""

    WRITTEN = "Written"
    REPLACED = "Replaced"
    UNCHANGED = "The hook exists already"
    FOREIGN = "It runs tokcheck already"
    REMOVED = "Removed"
    TO_EDIT = "Not removed, because it runs other programs as well; delete its call of tokcheck"


class HookFolder(NamedTuple):
    """Where git looks for the hooks of a repository."""

    path: str
    top: str
    """The top folder of the working tree."""
    shared_by: str
    """The file of git's configuration that names the folder for several repositories, or empty."""


class HookReport(NamedTuple):
    """The actions taken, hook by hook."""

    folder: HookFolder
    steps: tuple[tuple[Step, str], ...]
    """Each with the path of the file."""


def find_hook_folder() -> HookFolder:
    """Return the folder of the hooks; ``GIT_DIR`` and ``GIT_WORK_TREE`` count, as for git.

    :raises UsageError: if there is no repository with a working tree.
    """
    top = os.fsdecode(git.run("rev-parse", "--show-toplevel").rstrip(b"\n"))
    try:
        words = ("config", "-z", "--show-scope", "--show-origin", "--path", "core.hooksPath")
        scope, origin, path = git.run(*words).split(b"\0")[:3]
    except (UsageError, ValueError):  # nothing is configured, or git is older than 2.26
        # In a worktree, they are the main one's.
        answer = git.run("rev-parse", "--git-path", "hooks").rstrip(b"\n")
        return HookFolder(os.path.abspath(os.fsdecode(answer)), top, "")
    shared = scope.decode("ascii", "replace") in _SHARED_SCOPES
    named_by = os.fsdecode(origin).removeprefix("file:") if shared else ""
    # Git runs the hooks in the top folder, and takes a relative path from there.
    return HookFolder(os.path.normpath(os.path.join(top, os.fsdecode(path))), top, named_by)


def install(python: str, *, push: bool = False) -> HookReport:
    """Write the hooks of a commit, and with ``push`` that of a push; existing ones are kept.

    ``python`` is the interpreter that has this package.

    :raises UsageError: if another hook or program is in the way; then nothing is written.
    """
    folder = find_hook_folder()
    kinds = (*COMMIT_HOOKS, PUSH_HOOK) if push else COMMIT_HOOKS
    paths = {kind: os.path.join(folder.path, kind) for kind in kinds}
    there = {kind: path for kind, path in paths.items() if os.path.lexists(path)}
    scripts = {kind: read_or_nothing(path) for kind, path in there.items()}
    managed = find_manager(folder.top, folder.path, scripts)
    if managed is not None:
        return _check_managed(folder, *managed, kinds)
    foreign = [kind for kind, script in scripts.items() if not is_ours(script)]
    _check_foreign(paths, [kind for kind in foreign if not runs_scan(scripts[kind])])
    steps = []
    for kind, path in paths.items():
        script = write_script(kind, python).encode()
        if kind in foreign:
            step = Step.FOREIGN
        elif scripts.get(kind) == script:
            step = Step.UNCHANGED
        else:
            _write(path, script, replaces=kind in there)
            step = Step.REPLACED if kind in there else Step.WRITTEN
        steps.append((step, path))
    return HookReport(folder, tuple(steps))


def uninstall() -> HookReport:
    """Remove the hooks that :func:`install` wrote; others are kept.

    :raises UsageError: if one cannot be removed.
    """
    folder = find_hook_folder()
    steps = []
    # Pre-commit keeps a hook that it found under this name, and runs it.
    names = (f"{kind}{suffix}" for kind in ALL_HOOKS for suffix in ("", ".legacy"))
    for path in (os.path.join(folder.path, name) for name in names):
        script = read_or_nothing(path)
        if is_ours(script):
            try:
                os.unlink(path)
            except OSError as error:
                raise _write_error(path, "removed", error) from None
            steps.append((Step.REMOVED, path))
        elif runs_scan(script):
            steps.append((Step.TO_EDIT, path))
    steps += [(Step.TO_EDIT, path) for path in _managed_files(folder)]
    return HookReport(folder, tuple(steps))


def _managed_files(folder: HookFolder) -> list[str]:
    """Return the files of a manager of hooks that name tokcheck."""
    paths = (os.path.join(folder.path, kind) for kind in ALL_HOOKS)
    scripts = {path: read_or_nothing(path) for path in paths}
    managed = find_manager(folder.top, folder.path, scripts)
    if managed is None:
        return []
    manager, configuration = managed
    missing = {
        each.file for each in missing_additions(folder.top, manager, configuration, ALL_HOOKS)
    }
    files = {each.file for each in manager.additions(configuration, ALL_HOOKS)}
    return sorted(os.path.join(folder.top, file) for file in files - missing)


def _check_managed(
    folder: HookFolder, manager: Manager, configuration: str, kinds: Sequence[str]
) -> HookReport:
    """Check that a manager's configuration names tokcheck; nothing is written for it."""
    missing = missing_additions(folder.top, manager, configuration, kinds)
    if not missing:
        files = {each.file for each in manager.additions(configuration, kinds)}
        paths = sorted(os.path.join(folder.top, file) for file in files)
        return HookReport(folder, tuple((Step.FOREIGN, path) for path in paths))
    raise UsageError(
        f"The hooks of this repository are managed by {manager.name}, so none was written.",
        join_lines(
            *(
                line
                for addition in missing
                for line in (
                    f"Add to {printable(os.path.join(folder.top, addition.file))}:",
                    *(f"    {each}" for each in addition.lines),
                )
            ),
            *((f"Then run: {then}",) if (then := manager.next_command(kinds)) else ()),
        ),
    )


def _check_foreign(paths: dict[str, str], kinds: Sequence[str]) -> None:
    """Check that no other hook is in the way."""
    if not kinds:
        return
    first = kinds[0]
    hints = []
    for kind in kinds:
        added = lines_for(kind)
        what = "this line" if len(added) == 1 else "these lines"
        where = "it" if kind == first else printable(paths[kind])
        if len(added) == 1:
            hints.append(f"Add {what} to {where}: {added[0]}")
        else:
            hints += [f"Add {what} to {where}:", *(f"    {line}" for line in added)]
    if set(paths) - set(kinds):
        hints.append("Then run this command again, for the other hooks.")
    raise UsageError(f"{printable(paths[first])} is another {first} hook.", join_lines(*hints))


def _write(path: str, script: bytes, *, replaces: bool) -> None:
    from pathlib import Path

    from tokcheck.storage.atomic_write import create_file, replace_file, sync_folder

    place = Path(path)
    try:
        if replaces:
            replace_file(place, script, mode=stat.S_IMODE(os.stat(path).st_mode))
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        create_file(place, script, mode=None)
        mode = stat.S_IMODE(place.stat().st_mode)
        place.chmod(mode | (mode & 0o444) >> 2)  # for all who can read it
        sync_folder(place.parent)
    except OSError as error:
        raise _write_error(path, "written", error) from None


def _write_error(path: str, done: str, error: OSError) -> UsageError:
    return UsageError(
        f"{printable(path)} cannot be {done}: {error.strerror}.",
        "Check the permissions of its folder, which git config core.hooksPath may name.",
    )
