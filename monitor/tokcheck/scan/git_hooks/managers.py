"""Programs that manage a repository's hooks: how each is recognized, and its configuration."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tokcheck.scan.git_hooks.scripts import PUSH_HOOK, command
from tokcheck.storage.regular_files import CONFIGURATION_BYTES, read_regular_file

_PROGRAM = b"tokcheck"


class Addition(NamedTuple):
    """Lines to add to a file."""

    file: str
    """The file, from the top folder of the repository."""
    lines: tuple[str, ...]


class Manager(NamedTuple):
    """A program that manages hooks."""

    name: str
    marks: tuple[bytes, ...]
    """Texts in its hooks, any of which shows it."""
    configurations: tuple[str, ...]
    """Its files or folders in the top folder of a repository."""
    additions: Callable[[str, Sequence[str]], list[Addition]]
    """Returns the additions for these hooks to an existing configuration."""
    section: bytes = b""
    """The key of its section in a package.json, which other programs have as well."""
    takes_over: bool = False
    """Whether it manages all hooks where only its configuration is there: once it is installed, it
    replaces them or makes git ignore them."""
    then: str = ""
    """The command to run after that, without the hooks' names."""
    names: str = ""
    """The text before each hook's name in that command."""

    def next_command(self, kinds: Sequence[str]) -> str:
        """Return the command to run after the addition, or nothing."""
        return "".join((self.then, *(f" {self.names} {kind}" for kind in kinds if self.names)))


def _husky(configuration: str, kinds: Sequence[str]) -> list[Addition]:
    return [Addition(f"{configuration}/{kind}", (command(kind),)) for kind in kinds]


def _old_husky(configuration: str, kinds: Sequence[str]) -> list[Addition]:
    # https://github.com/typicode/husky/tree/v4.3.8: the first argument is in a variable.
    entries = (f'"{kind}": "{command(kind, "$HUSKY_GIT_PARAMS")}"' for kind in kinds)
    hooks = f'"hooks": {{{", ".join(entries)}}}'
    section = f'"husky": {{{hooks}}}' if configuration == _PACKAGE else hooks
    return [Addition(configuration, (section,))]


def _lefthook(configuration: str, kinds: Sequence[str]) -> list[Addition]:
    suffix = configuration.rpartition(".")[2]
    form = {"toml": _lefthook_toml, "json": _lefthook_json, "jsonc": _lefthook_json}
    return [Addition(configuration, tuple(form.get(suffix, _lefthook_yaml)(kinds)))]


def _lefthook_yaml(kinds: Sequence[str]) -> Iterator[str]:
    for kind in kinds:
        yield from (f"{kind}:", "  commands:", "    tokcheck:")
        yield f"      run: {command(kind, '{1}')}"
        if kind == PUSH_HOOK:
            yield "      use_stdin: true"


def _lefthook_toml(kinds: Sequence[str]) -> Iterator[str]:
    for kind in kinds:
        yield f"[{kind}.commands.tokcheck]"
        yield f'run = "{command(kind, "{1}")}"'
        if kind == PUSH_HOOK:
            yield "use_stdin = true"


def _lefthook_json(kinds: Sequence[str]) -> Iterator[str]:
    for kind in kinds:
        more = ', "use_stdin": true' if kind == PUSH_HOOK else ""
        settings = f'{{"run": "{command(kind, "{1}")}"{more}}}'
        comma = "" if kind == kinds[-1] else ","
        yield f'"{kind}": {{"commands": {{"tokcheck": {settings}}}}}{comma}'


def _pre_commit(configuration: str, _kinds: Sequence[str]) -> list[Addition]:
    shared = "language: system"
    return [
        Addition(
            configuration,
            (
                "- repo: local",
                "  hooks:",
                f"  - {{id: tokcheck, name: tokcheck, {shared}, entry: tokcheck scan --pre-commit,",
                '     args: ["--"], types: [], always_run: true, require_serial: true,',
                "     stages: [pre-commit, pre-merge-commit, pre-push]}",
                f"  - {{id: tokcheck-commit-msg, name: tokcheck, {shared},",
                "     entry: tokcheck scan --message, stages: [commit-msg]}",
            ),
        )
    ]


def _overcommit(configuration: str, kinds: Sequence[str]) -> list[Addition]:
    lines = []
    for kind in kinds:
        name = "".join(word.capitalize() for word in kind.split("-"))
        words = ", ".join(f'"{word}"' for word in command(kind, "").split())
        lines += [f"{name}:", "  Tokcheck:", "    enabled: true", f"    command: [{words}]"]
    return [Addition(configuration, tuple(lines))]


def _simple_git_hooks(configuration: str, kinds: Sequence[str]) -> list[Addition]:
    entries = ", ".join(f'"{kind}": "{command(kind, "$1")}"' for kind in kinds)
    section = f'"simple-git-hooks": {{{entries}}}' if configuration == _PACKAGE else entries
    return [Addition(configuration, (section,))]


_LEFTHOOK_FILES = tuple(
    f"{folder}{dot}lefthook.{suffix}"
    for folder, dots in (("", ("", ".")), (".config/", ("",)))
    for dot in dots
    for suffix in ("yml", "yaml", "toml", "json", "jsonc")
)
_HUSKY = ".husky"
_PACKAGE = "package.json"
# The order counts: the hooks of the new husky hold the same word as those of the old one.
MANAGERS = (
    Manager(
        "lefthook",
        (b"lefthook",),
        _LEFTHOOK_FILES,
        _lefthook,
        takes_over=True,
        then="lefthook install",
    ),
    Manager("husky", (), (_HUSKY,), _husky, takes_over=True),
    Manager(
        "husky",
        (b"husky",),
        (".huskyrc", ".huskyrc.json", _PACKAGE),
        _old_husky,
        b"husky",
        takes_over=True,
    ),
    Manager(
        "pre-commit",
        (b"File generated by pre-commit",),
        (".pre-commit-config.yaml", ".pre-commit-config.yml"),
        _pre_commit,
        then="pre-commit install",
        names="-t",
    ),
    Manager(
        "overcommit",
        (b"overcommit",),
        (".overcommit.yml",),
        _overcommit,
        takes_over=True,
        then="overcommit --sign",
    ),
    Manager(
        "simple-git-hooks",
        (b"SIMPLE_GIT_HOOKS", b"simple-git-hooks"),
        (".simple-git-hooks.json", _PACKAGE),
        _simple_git_hooks,
        b"simple-git-hooks",
        takes_over=True,
        then="npx simple-git-hooks",
    ),
)


def find_manager(top: str, folder: str, scripts: Mapping[str, bytes]) -> tuple[Manager, str] | None:
    """Return the program that manages the hooks of a repository, and its configuration.

    ``top`` is the top folder, ``folder`` that of the hooks; ``scripts`` are those that are there.
    """
    for manager in MANAGERS:
        if manager.configurations == (_HUSKY,):
            # Husky lets git look for the hooks in its own folder, which need not be at the top.
            own = os.path.dirname(folder) if os.path.basename(folder) == "_" else folder
            if os.path.basename(own) == _HUSKY:
                return manager, os.path.relpath(own, top).replace(os.sep, "/")
        there = [
            name for name in manager.configurations if os.path.lexists(os.path.join(top, name))
        ]
        is_marked = any(mark in script for script in scripts.values() for mark in manager.marks)
        filled = [name for name in there if _is_own(top, name, manager)]
        if is_marked or (manager.takes_over and filled):
            return manager, (filled or there or manager.configurations)[0]
    return None


def _is_own(top: str, name: str, manager: Manager) -> bool:
    """Return whether a file of the repository holds this program's configuration."""
    if name != _PACKAGE:
        return True
    section = rb'"%s"\s*:\s*\{' % re.escape(manager.section)
    return re.search(section, read_or_nothing(os.path.join(top, name))) is not None


def missing_additions(
    top: str, manager: Manager, configuration: str, kinds: Sequence[str]
) -> list[Addition]:
    """Return the additions for these hooks, without the files that name tokcheck already."""
    return [
        addition
        for addition in manager.additions(configuration, kinds)
        if _PROGRAM not in read_or_nothing(os.path.join(top, addition.file))
    ]


def read_or_nothing(path: str) -> bytes:
    """Return the content of a file, or nothing if it cannot be read."""
    try:
        return read_regular_file(path, CONFIGURATION_BYTES)
    except OSError:
        return b""
