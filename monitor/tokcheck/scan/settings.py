"""The settings of a scan: ``[scan]`` in tokcheck.toml, ``[tool.tokcheck.scan]`` in pyproject.toml.

Only the nearest file with such a table counts for a path, from its folder up to the root of the
repository. In one folder tokcheck.toml takes precedence; two files are never merged.
"""

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.storage.regular_files import (
    CONFIGURATION_BYTES,
    decode_text,
    read_regular_file,
    unreadable_file_error,
)

if TYPE_CHECKING:
    from tokcheck.scan.ignore.gitignore import Globs

KINDS = tuple(kind for kind in Kind if kind not in {Kind.PLACEHOLDER, Kind.UNKNOWN})
_KEYS = ("exclude", "kinds", "ignore-expired", "baseline", "old-tokens-in-tests")
_OLD_TOKENS = ("note", "fail", "ignore")
# Other tools' tables may fill a pyproject.toml, which is parsed only if it mentions this one.
_LIMITS = {"tokcheck.toml": CONFIGURATION_BYTES, "pyproject.toml": 1 << 20}


class ScanSettings(NamedTuple):
    """The kinds that a scan searches for, and what it ignores."""

    exclude: tuple[str, ...] = ()
    """Patterns of paths below ``root`` that are not scanned."""
    kinds: frozenset[Kind] = frozenset()
    """The kinds that are reported; all if it is empty."""
    ignore_expired: bool = False
    """Whether tokens that are expired by their own claims are not reported."""
    baseline: str | None = None
    """The path of the baseline file, ready to be opened."""
    old_tokens_in_tests: str = "note"
    """The treatment of another service's token that expired years ago in a test folder: ``note``,
    ``fail`` or ``ignore``."""
    root: str = "."
    """The folder of the settings file."""
    folder: str = "."
    """The folder that relative paths of findings start from."""
    file: str | None = None
    """The settings file, ``None`` if there is none."""

    def for_path(self, _path: str) -> "ScanSettings":
        """Return the settings of a path, as :class:`ProjectSettings` has them for each."""
        return self

    def ignores_kind(self, kind: Kind, expired: bool | None) -> bool:  # noqa: FBT001 - a finding's
        """Return whether findings of a kind, expired or not, are not reported."""
        return (bool(self.kinds) and kind not in self.kinds) or (
            self.ignore_expired and expired is True
        )

    def excludes(self, path: str) -> bool:
        """Return whether a file is excluded; files outside ``root`` never are.

        The members of an archive count as files of a folder with the archive's name.
        """
        if not self.exclude:
            return False
        relative = self.relative_path(path)
        if relative is None:
            return False
        globs = _globs(self.exclude)
        return globs.match(relative) or (
            "!" in relative and globs.match(relative.replace("!", "/"))
        )

    def relative_path(self, path: str) -> str | None:
        """Return a path from ``root``, with slashes; ``None`` if it is outside."""
        if os.path.isabs(path) or self.folder != self.root or path.startswith("."):
            try:
                path = os.path.relpath(os.path.join(self.folder, path), self.root)
            except ValueError:  # another drive of Windows
                return None
        path = path.replace(os.sep, "/")
        return None if path.startswith("../") else path


class ProjectSettings:
    """The settings of each path: those of the nearest file with a table, from its folder upwards.

    So they are the same for every scan of a path, in whatever folder the scan runs. ``folder`` is
    where paths are counted from: the root of the repository, or the current folder outside of one.
    ``current`` is the current folder: its settings apply to files elsewhere; from outside, it is
    ``folder``. ``baseline``, ``exclude`` and ``ignore_expired`` are those of the command line. The
    baseline replaces a file's, and alone may lie anywhere: a repository must not name files of the
    machine that scans it.

    :raises UsageError: in every method, if a file is not TOML, has an unknown key or a value of the
        wrong type, or names a baseline outside the repository.
    """

    def __init__(
        self,
        folder: str,
        current: str | None = None,
        *,
        baseline: str | None = None,
        exclude: tuple[str, ...] = (),
        ignore_expired: bool = False,
    ) -> None:
        self.folder = os.path.abspath(folder)
        self._baseline = baseline
        self._ignore_expired = ignore_expired
        self._found: dict[str, ScanSettings] = {}
        self._unrestricted: set[str] = set()
        current = self.folder if current is None else os.path.abspath(current)
        self._options = tuple(
            ScanSettings(exclude=exclude, root=root, folder=self.folder)
            for root in sorted({self.folder, current})
            if exclude
        )
        try:
            inside = os.path.relpath(current, self.folder).replace(os.sep, "/")
        except ValueError:  # another drive of Windows
            inside = "."
        is_below = inside != "." and inside.split("/", 1)[0] != ".."
        self.current = self._of_folder(inside if is_below else "")
        """The settings of the current folder."""

    def for_path(self, path: str) -> ScanSettings:
        """Return the settings of a path."""
        folder, slash, _ = path.partition("!")[0].rpartition("/")
        if (slash and not folder) or folder.split("/", 1)[0] == ".." or os.path.isabs(folder):
            return self.current  # it lies elsewhere
        return self._of_folder(folder)

    def excludes(self, path: str) -> bool:
        """Return whether a file is excluded, by its settings or by the command line.

        The patterns of the command line are counted from ``folder`` or from the current folder.
        """
        folder = path[: path.rfind("/") + 1]
        if folder in self._unrestricted:
            return False
        settings = self.for_path(path)
        if not settings.exclude and not self._options:
            self._unrestricted.add(folder)  # as nearly every folder is
            return False
        return settings.excludes(path) or any(each.excludes(path) for each in self._options)

    def baselines(self) -> list[str]:
        """Return the baselines of all settings that were needed so far."""
        files = (each.baseline for each in (self.current, *self._found.values()))
        return sorted({file for file in files if file is not None})

    def _of_folder(self, folder: str) -> ScanSettings:
        settings = self._found.get(folder)
        if settings is None:
            inside = folder.replace("/", os.sep)
            settings = self._read(os.path.join(self.folder, inside) if folder else self.folder)
            if settings is None:
                settings = (
                    self._of_folder(folder.rpartition("/")[0])
                    if folder
                    else self._with_options(ScanSettings(root=self.folder))
                )
            self._found[folder] = settings
        return settings

    def _read(self, place: str) -> ScanSettings | None:
        for name, tables in (
            ("tokcheck.toml", ("scan",)),
            ("pyproject.toml", ("tool", "tokcheck", "scan")),
        ):
            file = os.path.join(place, name)
            if not os.path.lexists(file):
                continue  # as in nearly every folder
            table = _read_table(file, tables)
            if table is not None:
                settings = _parse_settings(file, f"[{'.'.join(tables)}]", table)
                if self._baseline is None and settings.baseline is not None:
                    _check_inside(settings.baseline, self.folder, file)
                return self._with_options(settings._replace(root=place, file=file))
        return None

    def _with_options(self, settings: ScanSettings) -> ScanSettings:
        return settings._replace(
            folder=self.folder,
            baseline=self._baseline or settings.baseline,
            ignore_expired=self._ignore_expired or settings.ignore_expired,
        )


def _check_inside(path: str, folder: str, file: str) -> None:
    """Check that a path leads to somewhere below a folder, links followed."""
    folder = os.path.realpath(folder)
    try:
        inside = os.path.commonpath([folder, os.path.realpath(path)]) == folder
    except ValueError:  # another drive of Windows, or no path at all
        inside = False
    if not inside:
        raise UsageError(
            f"{file}: baseline is outside the repository.",
            "Name such a file on the command line: --baseline FILE.",
        )


def _read_table(file: str, tables: tuple[str, ...]) -> object:
    """Return what a file has at the path of tables, ``None`` if it is missing."""
    try:
        data = read_regular_file(file, _LIMITS[os.path.basename(file)])
        # Most pyproject.toml files do not mention tokcheck, and parsing takes as long as a scan.
        if tables[-2:-1] and tables[-2].encode() not in data:
            return None
        text = decode_text(data)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable_file_error(file, error) from None
    from tokcheck.core.documents import DocumentError, parse_toml

    try:
        value: object = parse_toml(text)
    except DocumentError as error:
        raise error.usage_error(file, "TOML", "Correct that line.") from None
    for name in tables:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _parse_settings(file: str, where: str, table: object) -> ScanSettings:
    if not isinstance(table, dict):
        raise UsageError(
            f"{file}: {where} is not a table.", f"Write {where}, and its keys below it."
        )
    for key in table:
        if key not in _KEYS:
            raise UsageError(
                f"{file}: {where} has an unknown key {_quote(key)}.",
                f"Known keys: {', '.join(_KEYS)}.",
            )
    baseline = table.get("baseline")
    if baseline is not None and not (isinstance(baseline, str) and baseline):
        raise UsageError(f"{file}: baseline is {_show(baseline)}.", "Give the path of a file.")
    expired = table.get("ignore-expired", False)
    if not isinstance(expired, bool):
        raise UsageError(f"{file}: ignore-expired is {_show(expired)}.", "Give true or false.")
    old_tokens = table.get("old-tokens-in-tests", _OLD_TOKENS[0])
    if old_tokens not in _OLD_TOKENS:
        raise UsageError(
            f"{file}: old-tokens-in-tests is {_show(old_tokens)}.",
            f"Give one of: {', '.join(_OLD_TOKENS)}.",
        )
    return ScanSettings(
        old_tokens_in_tests=old_tokens,
        exclude=_string_list(file, table, "exclude", '["tests/data/", "*.har"]'),
        kinds=frozenset(
            _parse_kind(file, name)
            for name in _string_list(file, table, "kinds", '["access_token"]')
        ),
        ignore_expired=expired,
        baseline=os.path.join(os.path.dirname(file), baseline) if baseline else None,
    )


@lru_cache(maxsize=16)
def _globs(patterns: tuple[str, ...]) -> "Globs":
    from tokcheck.scan.ignore.gitignore import Globs  # few repositories have patterns

    return Globs(patterns)


def _quote(text: str) -> str:
    """Return a short text in quotes; a token that stands there by mistake is masked."""
    from tokcheck.core.redact import mask_random  # errors are rare

    return repr(mask_random(text)[:40])


def _show(value: object) -> str:
    """Return a short value for a message, or its type: an integer may be too long to write."""
    if isinstance(value, str):
        return _quote(value)
    return repr(value) if isinstance(value, bool) else f"of the type {type(value).__name__}"


def _parse_kind(file: str, name: str) -> Kind:
    if name not in KINDS:
        raise UsageError(
            f"{file}: kinds has an unknown kind {_quote(name)}.",
            f"Known kinds: {', '.join(KINDS)}.",
        )
    return Kind(name)


def _string_list(file: str, table: dict[str, Any], key: str, sample: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise UsageError(f"{file}: {key} is not a list of strings.", f"Example: {key} = {sample}")
    return tuple(values)
